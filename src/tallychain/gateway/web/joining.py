"""The way in for a new person, who has no session yet: one-time code, passphrase, phone."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.gateway.factors import Pending, qr_svg
from tallychain.gateway.problems import Problem
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json

Secret = Annotated[str, Meta(max_length=200)]
_NO_STORE: Final = {"Cache-Control": "no-store"}


class Begin(Struct, frozen=True, forbid_unknown_fields=True):
    """Account, one-time code, and the passphrases: the present one where there is one, and a new one where it changes."""

    account: Annotated[str, Meta(max_length=40)]
    enrolment_code: Secret
    passphrase: Secret = ""
    new_passphrase: Secret = ""

    def __repr__(self) -> str:
        return f"<enrolment of {self.account}>"


class Confirm(Struct, frozen=True, forbid_unknown_fields=True):
    """The same again, with the first code that the phone shows."""

    account: Annotated[str, Meta(max_length=40)]
    enrolment_code: Secret
    passphrase: Secret
    code: Secret

    def __repr__(self) -> str:
        return f"<enrolment of {self.account}>"


class PendingView(Struct, frozen=True):
    """The secret for the phone, shown this once: as text, as address, and as a picture (SVG) to be photographed."""

    secret: str
    uri: str
    qr_svg: str

    def __repr__(self) -> str:
        return "<pending second factor>"


class RecoveryCodes(Struct, frozen=True):
    """Codes that each stand in for the phone once; they are shown this once."""

    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return "<recovery codes>"


def pending(made: Pending) -> Answer:
    """A pending secret as an answer that nothing on the way keeps."""
    return json(PendingView(made.secret, made.uri, qr_svg(made.uri)), 201, _NO_STORE)


def recovery(codes: tuple[str, ...], status: int = 200) -> Answer:
    """Recovery codes as an answer that nothing on the way keeps."""
    return json(RecoveryCodes(codes), status, _NO_STORE)


async def begin(asked: Asked) -> Answer:
    """A passphrase of one's own, and a secret for the phone."""
    body = asked.read(Begin)
    _take(asked, body.account)
    made = await asked.gateway.joining.begin(
        body.account, body.enrolment_code, body.passphrase, body.new_passphrase
    )
    return pending(made)


async def confirm(asked: Asked) -> Answer:
    """The second factor in force; its recovery codes."""
    body = asked.read(Confirm)
    _take(asked, body.account)
    codes = await asked.gateway.joining.confirm(body.account, body.enrolment_code, body.passphrase, body.code)
    return recovery(codes)


def _take(asked: Asked, account: str) -> None:
    if asked.gateway.facts.demo:
        raise Problem("GATEWAY_NOT_FOUND")
    asked.gateway.account_rates.take(f"sign-in:{asked.address}")
    asked.gateway.account_rates.take(f"enrol:{account}")


_REFUSALS: Final = (
    "GATEWAY_NOT_FOUND",
    "GATEWAY_ENROLMENT_REFUSED",
    "GATEWAY_ACCOUNT_LOCKED",
    "GATEWAY_ACCOUNT_LOCKED_FOR_GOOD",
)

ENDPOINTS: Final = (
    Endpoint(
        name="enrolment-begin",
        method="POST",
        path="/v1/enrolments",
        summary="Take over a new account with its one-time code; not on demonstrations",
        handler=begin,
        request=Begin,
        response=PendingView,
        status=201,
        tag="session",
        problems=_REFUSALS,
    ),
    Endpoint(
        name="enrolment-confirm",
        method="POST",
        path="/v1/enrolments/confirm",
        summary="Put the second factor in force by its first code",
        handler=confirm,
        request=Confirm,
        response=RecoveryCodes,
        tag="session",
        problems=(*_REFUSALS, "GATEWAY_SECOND_FACTOR_REFUSED", "GATEWAY_SECOND_FACTOR_NOT_BEGUN"),
    ),
)
