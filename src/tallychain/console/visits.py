"""What a page is asked and what it answers: the visitor, the session cookie, the form and its token."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from litestar.datastructures import Cookie

from tallychain.console.desk import Desk
from tallychain.console.words import LANGUAGES, Words
from tallychain.crypto.digest import digest, equal
from tallychain.gateway.accounts import TOKEN_BYTES, Account
from tallychain.gateway.service import Gateway

HTML: Final = "text/html; charset=utf-8"
COOKIE_HOURS: Final = 12
_FORM: Final = "console-form"


class PageRefused(Exception):
    """A request that the console itself refuses; its sentence stands in the catalogue of words under `refusal.<code>`."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the browser."""

    body: bytes | AsyncIterator[bytes]
    status: int = 200
    media_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()
    sets_cookies: bool = True
    """Whether a visitor without a session gets the cookie that its forms rest on; what others may keep carries none."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a form sent along, bounded."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of one visitor."""

    gateway: Gateway
    desk: Desk
    words: Words
    account: Account | None
    secret: str
    """Of the session, or of a visitor who has not signed in; from it follow the tokens of all forms."""
    token: str
    """The gateway's bearer token; empty without a session."""
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    files: tuple[Upload, ...]
    """What a form sent along; empty where its page takes no files."""
    url: str
    """Path and query of this page, so that a change of language comes back to it."""
    is_poll: bool
    """Asked by a page that follows the ledger, not by a person."""

    @property
    def caller(self) -> Account:
        """Who has signed in; raises `PageRefused` otherwise."""
        if self.account is None:
            raise PageRefused("CONSOLE_NOT_SIGNED_IN", 401)
        return self.account

    @property
    def form_token(self) -> str:
        """What every form of this visitor carries."""
        return form_token(self.secret)

    def text(self, name: str) -> str:
        """One field of the form, blanks around it removed; empty where it was left out."""
        return self.form.get(name, "").strip()

    def may(self, *classes: str) -> bool:
        """Whether the visitor is of one of these classes of the permissions table."""
        return self.account is not None and bool(self.account.classes & set(classes))


def form_token(secret: str) -> str:
    """The token of a visitor's forms; it does not give the secret away."""
    return digest(_FORM, secret.encode()).hex()


def check_form(visit: Visit, *, origin: str, host: str) -> None:
    """Let a form of our own pages through; raises `PageRefused`."""
    foreign = origin not in ("", f"http://{host}", f"https://{host}")
    if foreign or not equal(visit.form.get("form_token", "").encode(), visit.form_token.encode()):
        raise PageRefused("CONSOLE_FORM_NOT_OURS", 403)


def new_secret() -> str:
    """For a visitor who has none."""
    return secrets.token_hex(TOKEN_BYTES)


def session_cookie(member: str) -> str:
    """Name of the session's cookie: browsers share cookies between ports, so each member has its own."""
    return f"tally-{member}"


def visitor_cookie(member: str) -> str:
    """Name of the cookie of somebody who has not signed in."""
    return f"tally-{member}-visitor"


def language_cookie(member: str) -> str:
    """Name of the cookie that remembers the language."""
    return f"tally-{member}-language"


def cookie(gateway: Gateway, name: str, value: str, *, seconds: int = COOKIE_HOURS * 3600) -> Cookie:
    """A cookie that no script reads and no other site sends."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=seconds,
        httponly=True,
        samesite="strict",
        secure=gateway.settings.public_url.startswith("https://"),
    )


def go_to(path: str, *, cookies: tuple[Cookie, ...] = (), **query: str) -> Reply:
    """Send the browser to a page of ours; after a form, so that to reload sends nothing again."""
    where = quote(path, safe="/:") + (f"?{urlencode(query)}" if query else "")
    return Reply(b"", 303, headers={"Location": where}, cookies=cookies)


def language_of(cookie: str, accepted: str) -> str:
    """The language that was chosen, else the first that the browser asks for and we have, else Chinese."""
    if cookie in LANGUAGES:
        return cookie
    for item in accepted[:200].split(","):
        name = item.strip()[:2].lower()
        if name in LANGUAGES:
            return name
    return LANGUAGES[0]
