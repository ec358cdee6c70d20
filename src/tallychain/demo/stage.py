"""The persons of the story, each with a connection to its own gateway, and what they can do there."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.config import DEMO_PASSPHRASE
from tallychain.network import looking
from tallychain.network.layout import Access, Layout
from tallychain.sdk import calls
from tallychain.sdk.client import GatewayClient, GatewayRefused, Unlock, Wish

A = TypeVar("A")

Say = Callable[[str], None]
Row = dict[str, Any]

_UNLOCK: Final = Unlock(DEMO_PASSPHRASE)
_LATER: Final = ("GATEWAY_CARD_PENDING", "GATEWAY_RATE_EXCEEDED")
"""Answers after which the same request is worth repeating."""
_PATIENCE_S: Final = 120.0
_CATCH_UP_S: Final = 120.0
_LOOK_S: Final = 0.05


class StoryBroken(Exception):
    """Something did not happen as the story goes; the text is a sentence."""

    code = "STORY_BROKEN"


@dataclass(frozen=True, slots=True)
class MetRefusal:
    """A refusal met on purpose: what was tried, by whom, and what came back."""

    tried: str
    by: str
    code: str
    sentence: str


class Interrupted(Exception):
    """Somebody asked the demonstration to end."""


class Stage:
    """A running trial alliance, seen from its users."""

    def __init__(self, layout: Layout, say: Say) -> None:
        self.layout = layout
        self.say = say
        self.persons: dict[str, Access] = {person.name: person for person in layout.read_access()}
        self.refusals: list[MetRefusal] = []
        self.acts: Counter[str] = Counter()
        self.ended = False
        self._seen = 0
        """The highest block in which an act of the story ended, or to which its clock was moved."""
        self._clients: dict[str, GatewayClient] = {}

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def client(self, name: str) -> GatewayClient:
        """A person's connection, signed in."""
        if self.ended:
            raise Interrupted
        client = self._clients.get(name)
        if client is None:
            person = self.persons[name]
            client = GatewayClient(person.url)
            client.sign_in(person.account, DEMO_PASSPHRASE)
            self._clients[name] = client
        return client

    def reader(self, name: str) -> GatewayClient:
        """
        A person's connection, once its gateway shows every act of the story so far.

        Gateways follow the ledger each at its own pace: what one has shown as done, another may not show yet.
        """
        self.caught_up(name, self._seen)
        return self.client(name)

    def clients(self) -> list[str]:
        """The persons who begin acts for clients."""
        return [
            person.name
            for person in self.persons.values()
            if person.seat != HOUSE and "maker" in person.roles
        ]

    def token(self, name: str) -> str:
        """A fresh bearer token of a person."""
        person = self.persons[name]
        with GatewayClient(person.url) as client:
            return client.sign_in(person.account, DEMO_PASSPHRASE)

    def receiver(self, name: str) -> dict[str, str]:
        """How a giver names a client: its sponsor and its code."""
        person = self.persons[name]
        return {"sponsor": person.member, "uscc": person.uscc}

    def sign_cards(self, name: str) -> int:
        """Have a client sign a stock of tag cards, so that others can give to it while it is away."""
        return int(self._patiently(lambda: self.client(name).ask(calls.refill_cards(_UNLOCK)))["cards"])

    def do(self, name: str, type_name: str, args: Row, sealed: Row | None = None) -> Row:
        """One person's act, done; raises `StoryBroken` where it is not."""
        found = self.try_to(name, type_name, args, sealed)
        if found["state"] != "done":
            raise StoryBroken(f"{name} could not do {type_name}: {found['code']}: {found['sentence_en']}")
        return found

    def try_to(self, name: str, type_name: str, args: Row, sealed: Row | None = None) -> Row:
        """One person's act and what became of it; raises `GatewayRefused` where the gateway does not take it."""
        operation = self.begin(name, type_name, args, sealed)["operation"]
        return self.end_of(name, operation)

    def begin(self, name: str, type_name: str, args: Row, sealed: Row | None = None) -> dict[str, str]:
        """Ask for an act; while a card is awaited from another gateway the same request is repeated."""
        wish = Wish(type=type_name, args=args, sealed=sealed or {}, unlock=_UNLOCK, key=calls.fresh_key())
        client = self.reader(name)
        made = self._patiently(lambda: client.act(wish))
        return {"draft": made.draft, "operation": made.operation}

    def _patiently(self, ask: Callable[[], A]) -> A:
        """What a request leads to; one that may be repeated later is repeated, as every client should do."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return ask()
            except GatewayRefused as refused:
                if refused.code not in _LATER or time.monotonic() > deadline:
                    raise
            time.sleep(_LOOK_S * 10)

    def end_of(self, name: str, operation: str) -> Row:
        """What became of an operation, once its end is certain and the person's own gateway shows it."""
        found = self.client(name).wait(operation)
        self.acts[str(found["type"])] += 1
        if found["state"] == "done":
            self._seen = max(self._seen, int(found["height"]))
            self.caught_up(name, self._seen)
        return found

    def together(self, member: str, type_name: str, args: Row, sealed: Row | None = None) -> Row:
        """An act of a member: its maker makes it, its checker approves it."""
        draft = self.begin(f"{member}-maker", type_name, args, sealed)["draft"]
        return self.approved(member, draft)

    def try_together(self, member: str, type_name: str, args: Row, sealed: Row | None = None) -> Row:
        """An act of a member's two persons and what became of it, refused or not."""
        draft = self.begin(f"{member}-maker", type_name, args, sealed)["draft"]
        checker = f"{member}-checker"
        return self.end_of(checker, self._patiently(lambda: self.client(checker).approve(draft, _UNLOCK)))

    def approved(self, member: str, draft: str) -> Row:
        """A draft, approved by the member's checker; raises `StoryBroken` where the ledger refuses it."""
        checker = f"{member}-checker"
        operation = self._patiently(lambda: self.client(checker).approve(draft, _UNLOCK))
        found = self.end_of(checker, operation)
        if found["state"] != "done":
            raise StoryBroken(
                f"{member} could not do {found['type']}: {found['code']}: {found['sentence_en']}"
            )
        return found

    def refused(self, tried: str, name: str, attempt: Callable[[], Row | None]) -> str:
        """Note the refusal that an attempt meets; its code.  Raises `StoryBroken` where it is not refused."""
        try:
            found = attempt()
        except GatewayRefused as refused:
            code, sentence = refused.code, refused.sentence
        else:
            if found is None or found["state"] not in ("refused", "turned_away"):
                raise StoryBroken(f"{name} should not have been able to: {tried}.")
            code, sentence = str(found["code"]), str(found["sentence_en"])
        self.refusals.append(MetRefusal(tried, name, code, sentence))
        self.say(f"  refused as it should be: {tried} [{code}]")
        return code

    def caught_up(self, name: str, height: int) -> None:
        """Wait until a person's gateway answers queries as of a block."""
        client = self.client(name)
        deadline = time.monotonic() + _CATCH_UP_S
        while client.page("vouchers", {}, limit=1).as_of.get("height", 0) < height:
            if time.monotonic() > deadline:
                raise StoryBroken(f"The gateway of {name} has not caught up with block {height}.")
            time.sleep(_LOOK_S)

    def advance(self, to_ms: int) -> int:
        """
        Move the chain's clock; the height reached, once every gateway knows the time.

        One that did not would date cards by the time before, and refuse letters of the others as sent in the future.
        """
        height = asyncio.run(looking.advance(self.layout.root, to_ms))
        self._seen = max(self._seen, height)
        for member in sorted({person.member for person in self.persons.values()}):
            self.caught_up(f"{member}-maker", height)
        return height
