"""From a caller's request to an act with its sealed parts, ready to be signed."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.crypto.digest import sha256
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.identity import sign_identity
from tallychain.crypto.keys import SigningKey
from tallychain.crypto.wallet import reference
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import call_of
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat
from tallychain.gateway.sentences import would_be_refused
from tallychain.gateway.strictjson import convert
from tallychain.ledger import codec, limits
from tallychain.ledger.contract import AnyOperation, Authority, SealRule
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.refusals import Refused
from tallychain.ledger.types import MEMBER_PREFIX, Author
from tallychain.sdk.audience import AudienceUnknown, party_recipient, recipients
from tallychain.sdk.build import IDENTITY, Act, Part, Prepared, Recipient, prepare

SALT_BYTES: Final = 32
_MARGIN_MS: Final = 60_000
_EXTRA_RECIPIENT: Final = re.compile(r"member:[a-z][a-z0-9-]{1,31}|x25519:[0-9a-f]{64}")
_KEYED: Final = frozenset({"keyed"})


class KeptPart(Struct, frozen=True):
    """A part as it will be sealed: content and salt are fixed, so that it can be sealed again to the same bytes."""

    label: str
    content: bytes
    to: tuple[Recipient, ...]
    salt: bytes


class Plan(Struct, frozen=True):
    """Everything of an act but the signatures; building it again gives the same bytes."""

    chain: str
    type: str
    version: int
    args: bytes
    author: str
    via: str
    nonce: bytes
    expires_ms: int
    parts: tuple[KeptPart, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for, its arguments checked."""

    kind: AnyOperation
    args: Struct
    contents: dict[str, Struct]
    extra: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Person:
    """A person's identity key, open for one act, and the digest of its certificate."""

    key: SigningKey
    certificate: str


def fill_references(plain: Any, secret: bytes) -> None:
    """Replace every `{"keyed": number}` in plain arguments by the opaque reference of that business number."""
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in list(items):
        if isinstance(value, dict) and set(value) == _KEYED and isinstance(value["keyed"], str):
            plain[key] = reference(secret, value["keyed"]).hex()
        else:
            fill_references(value, secret)


def wish(kind: AnyOperation, args: Any, sealed: dict[str, Any], to: dict[str, tuple[str, ...]]) -> Wish:
    """
    The request in declared types.

    Raises `GATEWAY_FIELD_NOT_VALID`, `GATEWAY_CHARACTER_NOT_ALLOWED`, `GATEWAY_PART_UNKNOWN`, `GATEWAY_PART_MISSING`, and
    `GATEWAY_WOULD_BE_REFUSED` for a content that its contract does not take.
    """
    rules = {rule.label: rule for rule in kind.seals}
    for label in [*sealed, *to]:
        if label not in rules:
            raise Problem("GATEWAY_PART_UNKNOWN", label=label[:40])
    if IDENTITY in sealed:
        raise Problem("GATEWAY_PART_UNKNOWN", label=IDENTITY)
    for label, rule in rules.items():
        if rule.required and label not in sealed and label != IDENTITY:
            raise Problem("GATEWAY_PART_MISSING", label=label)
    _check_recipients(to)
    value = convert(kind.args, args)
    contents = {label: convert(rules[label].content, content) for label, content in sealed.items()}
    for checked in [value, *contents.values()]:
        check_texts(checked)
    _check_contents(rules, contents)
    return Wish(kind, value, contents, to)


def bare_wish(kind: AnyOperation, args: Any, labels: Sequence[str], to: dict[str, tuple[str, ...]]) -> Wish:
    """The request of a seat that keeps its own keys: of sealed parts only the labels are known here.  Raises as `wish`."""
    rules = {rule.label: rule for rule in kind.seals}
    for label in [*labels, *to]:
        if label not in rules or label == IDENTITY:
            raise Problem("GATEWAY_PART_UNKNOWN", label=label[:40])
    for label, rule in rules.items():
        if rule.required and label not in labels and label != IDENTITY:
            raise Problem("GATEWAY_PART_MISSING", label=label)
    _check_recipients(to)
    value = convert(kind.args, args)
    check_texts(value)
    return Wish(kind, value, {}, to)


class Builder:
    """Builds acts for one member."""

    def __init__(self, member: str, chain: str, state: LedgerState, clock: ChainClock) -> None:
        self._member = member
        self._chain = chain
        self._state = state
        self._clock = clock

    async def plan(
        self,
        asked: Wish,
        author: Author,
        author_sealing: str | None,
        nonce: bytes,
        fixed: Callable[[bytes], bytes] | None = None,
    ) -> Plan:
        """
        The act with its parts addressed and salted; `fixed` gives the salt of a content where it has to be the same again.

        Raises `GATEWAY_WOULD_BE_REFUSED` where the ledger would not know the object, `GATEWAY_MEMBER_UNKNOWN`.
        """
        kind = asked.kind
        parts = []
        for rule in kind.seals:
            if rule.label in asked.contents or (rule.label == IDENTITY and rule.required):
                to = await self._audience(rule, asked, author, author_sealing)
                content = asked.contents.get(rule.label)
                text = b"" if content is None else codec.encode(content)
                salt = secrets.token_bytes(SALT_BYTES) if fixed is None else fixed(text)
                parts.append(KeptPart(rule.label, text, to, salt))
        return Plan(
            chain=self._chain,
            type=kind.name,
            version=kind.version,
            args=codec.encode(asked.args),
            author=author,
            via=self._member,
            nonce=nonce,
            expires_ms=self._clock.now_ms() + lifetime_ms(kind),
            parts=tuple(parts),
        )

    async def audiences(
        self, asked: Wish, author: Author, author_sealing: str, labels: Sequence[str]
    ) -> list[tuple[str, tuple[Recipient, ...]]]:
        """Who must be able to read each part of an act that is sealed elsewhere.  Raises as `plan`."""
        return [
            (rule.label, await self._audience(rule, asked, author, author_sealing))
            for rule in asked.kind.seals
            if rule.label in labels or (rule.label == IDENTITY and rule.required)
        ]

    async def need_carrier(self, asked: Wish, author: Author) -> None:
        """
        Whether this member is the one who carries the act, because it is among those who must be able to read who acts.

        Raises `GATEWAY_HELD_ELSEWHERE`, and as `plan`.
        """
        rule = next((rule for rule in asked.kind.seals if rule.label == IDENTITY), None)
        if rule is None:
            return
        own = f"{MEMBER_PREFIX}{self._member}#"
        to = await self._audience(rule, asked, author, "")
        if not any(recipient.name.startswith(own) for recipient in to):
            raise Problem("GATEWAY_HELD_ELSEWHERE")

    async def _audience(
        self, rule: SealRule, asked: Wish, author: Author, author_sealing: str | None
    ) -> tuple[Recipient, ...]:
        call = call_of(author, self._member, self._clock)
        try:
            to = await self._state.evaluate(
                lambda state: recipients(rule, asked.args, call, state, author_sealing=author_sealing)
            )
            extra = [
                await self._state.evaluate(lambda state, party=party: party_recipient(state, party))  # type: ignore[misc]  # the default binds this round's party
                for party in asked.extra.get(rule.label, ())
            ]
        except Refused as refused:
            raise would_be_refused(refused) from None
        except AudienceUnknown as error:
            raise Problem("GATEWAY_MEMBER_UNKNOWN", member=error.member[:80]) from None
        return tuple(sorted({*to, *extra}))


def lifetime_ms(kind: AnyOperation) -> int:
    """How long an act may wait, a little less than the ledger allows."""
    two = len(kind.authority.roles) > 1
    return (limits.TWO_SIGNATURE_LIFETIME_MS if two else limits.ONE_SIGNATURE_LIFETIME_MS) - _MARGIN_MS


def statement(plan: Plan, kind: AnyOperation) -> bytes:
    """The identity statement of an act: what each person's identity key signs."""
    found: list[bytes] = []

    def catch(made: bytes) -> IdentityContent:
        found.append(made)
        return IdentityContent("x", "", "0" * 64, "", "", "")

    _prepare(plan, kind, catch)
    return found[0]


def sealed(plan: Plan, kind: AnyOperation, content: IdentityContent | None = None) -> Prepared:
    """
    The operation ready for its signatures.

    Raises `GATEWAY_CANNOT_SEAL`, `GATEWAY_BODY_TOO_LARGE`.
    """
    made = _prepare(plan, kind, None if content is None else lambda _: content)
    if len(made.body) > limits.BODY_BYTES:
        raise Problem("GATEWAY_BODY_TOO_LARGE", limit=limits.BODY_BYTES)
    return made


def identity_content(seat: Seat, made: bytes, first: Person, second: Person | None) -> IdentityContent:
    """The content of the part `identity`, signed by one person or by two."""
    return IdentityContent(
        name=seat.name,
        uscc=seat.uscc,
        certificate=first.certificate,
        signature=sign_identity(first.key, made).hex(),
        checker_certificate="" if second is None else second.certificate,
        checker_signature="" if second is None else sign_identity(second.key, made).hex(),
    )


def request_digest(args: Any, sealed_parts: Any, to: Any, tag: str) -> bytes:
    """What tells two requests under one Idempotency-Key apart; no passphrase goes into it."""
    return sha256(msgspec.json.encode([args, sealed_parts, to, tag], order="deterministic"))


def has_identity(kind: AnyOperation) -> bool:
    """Whether an act carries a client's identity."""
    return kind.authority is Authority.HOLDER


def _check_contents(rules: dict[str, SealRule], contents: dict[str, Struct]) -> None:
    for label, content in contents.items():
        check = rules[label].check
        try:
            if check is not None:
                check(content)
        except Refused as refused:
            raise would_be_refused(refused) from None


def _prepare(plan: Plan, kind: AnyOperation, identity: Any) -> Prepared:
    rules = {rule.label: rule for rule in kind.seals}
    salts = iter(
        [part.salt for part in plan.parts if part.label != IDENTITY]
        + [part.salt for part in plan.parts if part.label == IDENTITY]
    )
    parts = tuple(
        Part(
            part.label,
            codec.trusted(rules[part.label].content, part.content) if part.content else None,
            tuple(Recipient(*to) for to in part.to),
        )
        for part in plan.parts
    )
    act = Act(
        chain=plan.chain,
        kind=kind,
        args=codec.trusted(kind.args, plan.args),
        author=plan.author,
        via=plan.via,
        nonce=plan.nonce,
        expires_ms=plan.expires_ms,
        parts=parts,
        identity=identity,
    )
    try:
        return prepare(act, lambda: next(salts))
    except CryptoRefusal as error:
        raise Problem("GATEWAY_CANNOT_SEAL", detail=str(error)) from None


def check_texts(value: Struct) -> None:
    """Refuse characters that the ledger would not take; raises `GATEWAY_CHARACTER_NOT_ALLOWED`."""
    try:
        codec.check_texts(codec.encode(value))
    except codec.Malformed as error:
        raise Problem("GATEWAY_CHARACTER_NOT_ALLOWED", detail=error.detail) from None


def _check_recipients(to: dict[str, tuple[str, ...]]) -> None:
    for parties in to.values():
        for party in parties:
            if not _EXTRA_RECIPIENT.fullmatch(party):
                raise Problem("GATEWAY_FIELD_NOT_VALID", detail="a recipient is member:<id> or a sealing key")
