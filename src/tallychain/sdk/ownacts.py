"""Acts that are sealed and signed on their owner's machine, from a plan that a gateway has made and that is checked here first.

A plan may only add what a gateway has to find: the tags of receivers, the acting tag, who must be able to read each part.  Everything else
has to be what the owner asked for, or nothing is signed.  Fingerprints of papers are taken as the gateway made them, because their key is the
members' own.  What a gateway could still do is name further readers of a part: `readers` shows
them, and the ledger refuses a part whose needed readers are missing.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.crypto.certificates import CertificateNotValid, certificate_digest
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.identity import CardNotValid, TagCard, sign_identity, verify_card
from tallychain.crypto.wallet import nonce, reference, tag_author
from tallychain.ledger import codec, limits
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import SignedOperation
from tallychain.sdk.build import IDENTITY, Act, Part, Prepared, Recipient, assemble, prepare, signature
from tallychain.sdk.ownwallet import OwnWallet

SALT_BYTES: Final = 32
_WANTED: Final = frozenset({"sponsor", "uscc"})
_KEYED: Final = frozenset({"keyed"})
_MADE_BY_MEMBERS: Final = frozenset({"paper", "fingerprint_of", "newest"})


class PlanRefused(CryptoRefusal):
    """A plan is not what was asked for, so nothing is signed.  The text says what differs."""

    code = "PLAN_REFUSED"


class PlannedPart(Struct, frozen=True):
    """A part to be sealed, and who must be able to read it, as name and sealing key."""

    label: str
    to: tuple[tuple[str, str], ...]


class PlannedCard(Struct, frozen=True):
    """The tag card behind a receiver that was asked for, and the certificate that it rests on."""

    sponsor: str
    uscc: str
    card: bytes
    certificate: bytes
    intermediates: tuple[bytes, ...]


class Plan(Struct, frozen=True):
    """What a gateway answers to `/v1/plans/{type}`."""

    chain: str
    type: str
    version: int
    args: str
    tag: str
    counter: int
    via: str
    expires_ms: int
    parts: tuple[PlannedPart, ...]
    cards: tuple[PlannedCard, ...]
    name: str
    uscc: str
    two_persons: bool


class KeptPart(Struct, frozen=True):
    """A part with its content and salt, so that a second person seals the very same bytes."""

    label: str
    content: str
    to: tuple[tuple[str, str], ...]
    salt: bytes


class OwnAct(Struct, frozen=True):
    """An act that was checked, ready to be signed by one person or by two; holds contents in clear and is for the seat's persons only."""

    chain: str
    type: str
    version: int
    args: str
    tag: str
    counter: int
    via: str
    nonce: bytes
    expires_ms: int
    parts: tuple[KeptPart, ...]
    maker_certificate: str = ""
    maker_signature: str = ""

    def readers(self) -> dict[str, tuple[str, ...]]:
        """Who can read each part."""
        return {part.label: tuple(name for name, _ in part.to) for part in self.parts}


def with_references(args: Any, wallet: OwnWallet) -> Any:
    """Arguments with every `{"keyed": number}` replaced by this seat's opaque reference of that business number."""
    if isinstance(args, dict):
        if set(args) == _KEYED and isinstance(args["keyed"], str):
            return reference(wallet.view.seat_secret, args["keyed"]).hex()
        return {key: with_references(value, wallet) for key, value in args.items()}
    if isinstance(args, list | tuple):
        return [with_references(value, wallet) for value in args]
    return args


def with_fingerprints(content: Any, plan: Plan) -> Any:
    """
    A sealed part with each `{"fingerprint_of": …}` replaced by the fingerprint that the plan gives the paper of that place and total.

    Whether it is that of the paper only members can say, whose key it is made with.  Raises `PlanRefused` for another number or total.
    """
    if not isinstance(content, dict) or not isinstance(content.get("papers"), list):
        return content
    named = msgspec.json.decode(plan.args).get("invoices", [])
    _demand(len(named) == len(content["papers"]), "the number of papers")
    filled = []
    for paper, invoice in zip(content["papers"], named, strict=True):
        wanted = paper.get("fingerprint")
        if isinstance(wanted, dict) and set(wanted) == {"fingerprint_of"}:
            _demand(paper.get("total") == invoice["total"], "the total of a paper")
            filled.append({**paper, "fingerprint": invoice["fingerprint"]})
        else:
            filled.append(paper)
    return {**content, "papers": filled}


def check(
    plan: Plan,
    kind: AnyOperation,
    wallet: OwnWallet,
    args: Any,
    contents: Mapping[str, Struct],
    *,
    key: str,
    now_ms: int,
) -> OwnAct:
    """
    Make sure that a plan is what was asked for, and take it as an act of this wallet.

    `args` as they were sent, `contents` the sealed parts by label, `key` the Idempotency-Key, `now_ms` the time of the chain.
    Raises `PlanRefused`.
    """
    facts = wallet.facts
    _demand((plan.chain, plan.via) == (facts.chain, facts.sponsor), "chain or sponsor")
    _demand((plan.name, plan.uscc) == (facts.name, facts.uscc), "name or code of the enterprise")
    _demand(plan.two_persons == facts.two_persons, "the number of persons who sign")
    _demand((plan.type, plan.version) == (kind.name, kind.version), "the type of the act")
    _demand(wallet.sign.tag_key(plan.counter).public == plan.tag, "the acting tag")
    _demand(now_ms < plan.expires_ms <= now_ms + limits.ONE_SIGNATURE_LIFETIME_MS, "the time it lives")
    wanted = _with_receivers(args, msgspec.json.decode(plan.args), iter(plan.cards), wallet, now_ms)
    try:
        value = msgspec.convert(wanted, kind.args)
    except msgspec.ValidationError as error:
        raise PlanRefused(f"The arguments are not valid: {error}.") from None
    _demand(codec.encode(value).decode() == plan.args, "the arguments")
    labels = [part.label for part in plan.parts if part.label != IDENTITY]
    _demand(sorted(labels) == sorted(contents), "the sealed parts")
    own = wallet.view.sealing_key(plan.counter).public
    kept = []
    for part in plan.parts:
        names = [name for name, _ in part.to]
        _demand(own in names, f"the readers of {part.label}: the author is missing")
        _demand(all(name == found for name, found in part.to if name.startswith("x25519:")), "a reader's key")
        text = "" if part.label == IDENTITY else codec.encode(contents[part.label]).decode()
        kept.append(KeptPart(part.label, text, part.to, secrets.token_bytes(SALT_BYTES)))
    return OwnAct(
        chain=plan.chain,
        type=plan.type,
        version=plan.version,
        args=plan.args,
        tag=plan.tag,
        counter=plan.counter,
        via=plan.via,
        nonce=nonce(wallet.view.seat_secret, kind.name, key),
        expires_ms=plan.expires_ms,
        parts=tuple(kept),
    )


def sign_alone(act: OwnAct, kind: AnyOperation, wallet: OwnWallet) -> SignedOperation:
    """The operation, signed by the one person of the seat; raises `WalletRefused`, `PlanRefused`."""
    _demand(not wallet.facts.two_persons, "the number of persons who sign")
    return _finish(act, kind, wallet, lambda statement: _content(wallet, statement))


def sign_first(act: OwnAct, kind: AnyOperation, wallet: OwnWallet) -> OwnAct:
    """The act with the identity signature of the first person, for the second one to read and to sign."""
    found: list[bytes] = []

    def catch(statement: bytes) -> IdentityContent:
        found.append(statement)
        return IdentityContent("x", "", "0" * 64, "", "", "")

    _prepare(act, kind, catch)
    made = _content(wallet, found[0])
    return msgspec.structs.replace(act, maker_certificate=made.certificate, maker_signature=made.signature)


def sign_second(act: OwnAct, kind: AnyOperation, wallet: OwnWallet) -> SignedOperation:
    """The operation with both identity signatures; raises `PlanRefused` for an act of another wallet or a person who signed it already."""
    facts = wallet.facts
    _demand((act.chain, act.via) == (facts.chain, facts.sponsor), "chain or sponsor")
    _demand(wallet.sign.tag_key(act.counter).public == act.tag, "the acting tag")
    _demand(bool(act.maker_signature), "the first person's signature is missing")
    _demand(
        act.maker_certificate != certificate_digest(wallet.certificate),
        "the persons: another person has to sign",
    )

    def both(statement: bytes) -> IdentityContent:
        second = _content(wallet, statement)
        return msgspec.structs.replace(
            second,
            certificate=act.maker_certificate,
            signature=act.maker_signature,
            checker_certificate=second.certificate,
            checker_signature=second.signature,
        )

    return _finish(act, kind, wallet, both)


def _finish(
    act: OwnAct, kind: AnyOperation, wallet: OwnWallet, write: Callable[[bytes], IdentityContent]
) -> SignedOperation:
    prepared = _prepare(act, kind, write)
    return assemble(prepared, [signature(prepared, "holder", wallet.sign.tag_key(act.counter))])


def _prepare(act: OwnAct, kind: AnyOperation, write: Callable[[bytes], IdentityContent]) -> Prepared:
    rules = {rule.label: rule for rule in kind.seals}
    salts = iter(
        [part.salt for part in act.parts if part.label != IDENTITY]
        + [part.salt for part in act.parts if part.label == IDENTITY]
    )
    parts = tuple(
        Part(
            part.label,
            codec.decode(rules[part.label].content, part.content.encode()) if part.content else None,
            tuple(Recipient(*to) for to in part.to),
        )
        for part in act.parts
    )
    return prepare(
        Act(
            chain=act.chain,
            kind=kind,
            args=codec.decode(kind.args, act.args.encode()),
            author=tag_author(act.tag),
            via=act.via,
            nonce=act.nonce,
            expires_ms=act.expires_ms,
            parts=parts,
            identity=write,
        ),
        lambda: next(salts),
    )


def _content(wallet: OwnWallet, statement: bytes) -> IdentityContent:
    return IdentityContent(
        name=wallet.facts.name,
        uscc=wallet.facts.uscc,
        certificate=certificate_digest(wallet.certificate),
        signature=sign_identity(wallet.identity, statement).hex(),
        checker_certificate="",
        checker_signature="",
    )


def _with_receivers(
    args: Any, planned: Any, cards: Iterator[PlannedCard], wallet: OwnWallet, now_ms: int
) -> Any:
    """
    Arguments with what was wanted in them: tags of verified cards for receivers, in their order.

    For papers it is what stands at that place of the plan.
    """
    if isinstance(args, dict):
        if set(args) == _WANTED:
            return _receiver(args, next(cards, None), wallet, now_ms)
        if len(args) == 1 and set(args) <= _MADE_BY_MEMBERS:
            return planned
        inner = planned if isinstance(planned, dict) else {}
        return {
            key: _with_receivers(value, inner.get(key), cards, wallet, now_ms) for key, value in args.items()
        }
    if isinstance(args, list | tuple):
        rows = planned if isinstance(planned, list) and len(planned) == len(args) else [None] * len(args)
        return [
            _with_receivers(value, row, cards, wallet, now_ms) for value, row in zip(args, rows, strict=True)
        ]
    return args


def _receiver(
    wanted: Mapping[str, str], found: PlannedCard | None, wallet: OwnWallet, now_ms: int
) -> dict[str, str]:
    if found is None:
        raise PlanRefused("The plan has no tag card for a receiver that was asked for.")
    try:
        card = msgspec.json.decode(found.card, type=TagCard)
        verify_card(card, found.certificate, chain=wallet.facts.chain, at_ms=now_ms)
        subject = wallet.believed(found.certificate, found.intermediates, now_ms)
    except (CardNotValid, CertificateNotValid, msgspec.DecodeError) as error:
        raise PlanRefused(f"The receiver's tag card is not good: {error}") from None
    _demand(card.sponsor == wanted["sponsor"], "the receiver's sponsor")
    _demand(subject.identifier == wanted["uscc"], "the receiver: the certificate is another enterprise's")
    return {"tag": card.tag.removeprefix("tag:"), "sealing": card.sealing, "sponsor": card.sponsor}


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise PlanRefused(f"The gateway's plan is not what was asked for; it differs in {what}.")
