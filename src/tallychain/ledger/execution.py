"""One operation inside a block: authentic, not seen before, entitled, then its contract's rule.

The order of the questions is fixed, so that a member always gets the most important reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tallychain.ledger import identity, limits
from tallychain.ledger.admission import AdmittedOperation
from tallychain.ledger.contract import Call, Change, Contract
from tallychain.ledger.identity import KEYS, MEMBERS, Key, Member
from tallychain.ledger.journals import PendingReplay
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.quarantine import QUARANTINE
from tallychain.ledger.receipt import NONCE_USED, REPEAT
from tallychain.ledger.refusals import (
    AboveKeyLimit,
    InvariantBroken,
    KindMissing,
    MemberNotActive,
    PartMissing,
    PartNotDeclared,
    Quarantined,
    RecipientMissing,
    RecipientUnknown,
    RightMissing,
    SamePerson,
    TurnedAway,
)
from tallychain.ledger.state import Overlay, Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Author, MemberId, author_member, author_tag_key


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an operation is executed against."""

    state: Overlay
    """The block's pending state."""
    replay: PendingReplay
    now: Moment


def authenticate(operation: AdmittedOperation, around: Surroundings) -> Call:
    """
    The call that an operation makes, if it is its author's own and comes for the first time.

    Raises `TurnedAway`: `KEY_NOT_OF_AUTHOR`, `KEY_REVOKED`, `ROLES_WRONG`, `EXPIRED`, `EXPIRES_TOO_FAR`, `REPEAT`, `NONCE_USED`,
    `TOO_MANY_LIVING`.  The signatures themselves were verified at admission, under the keys they name.
    """
    body = operation.body
    author = Author(body.author)
    member = author_member(author)
    first = around.replay.first(body.author, body.nonce)
    if first == operation.id:
        # Before anything else: what became of it does not change because a key was revoked or time has passed since.
        raise TurnedAway(REPEAT, first)
    signers = _signers(operation, around, member)
    _check_expiry(operation, around.now)
    if first is not None:
        raise TurnedAway(NONCE_USED, first)
    if around.replay.living(body.via) >= limits.LIVING_OPERATIONS:
        raise TurnedAway("TOO_MANY_LIVING")
    tag = author_tag_key(author)
    return Call(operation.id, author, member, tag, MemberId(body.via), around.now, signers, body.sealed)


def _signers(operation: AdmittedOperation, around: Surroundings, member: MemberId | None) -> tuple[Key, ...]:
    signatures = operation.signed.signatures
    if tuple(signature.role for signature in signatures) != operation.kind.authority.roles:
        raise TurnedAway("ROLES_WRONG")
    is_holder = operation.kind.authority.roles == (identity.HOLDER,)
    if is_holder != (member is None):
        raise TurnedAway("ROLES_WRONG")
    if member is None:
        if signatures[0].key != author_tag_key(Author(operation.body.author)):
            raise TurnedAway("KEY_NOT_OF_AUTHOR")
        return ()
    return tuple(_member_key(signature.key, member, around) for signature in signatures)


def _member_key(text: str, member: MemberId, around: Surroundings) -> Key:
    key = around.state.get(KEYS, text)
    if key is None or key.member != member:
        raise TurnedAway("KEY_NOT_OF_AUTHOR")
    if not key.signs_at(around.now.height):
        raise TurnedAway("KEY_REVOKED")
    return key


def _check_expiry(operation: AdmittedOperation, now: Moment) -> None:
    two = len(operation.kind.authority.roles) > 1
    lifetime = limits.TWO_SIGNATURE_LIFETIME_MS if two else limits.ONE_SIGNATURE_LIFETIME_MS
    if operation.body.expires <= now.time_ms:
        raise TurnedAway("EXPIRED")
    if operation.body.expires > now.time_ms + lifetime:
        raise TurnedAway("EXPIRES_TOO_FAR")


def decide(operation: AdmittedOperation, call: Call, state: Reader) -> Change:
    """The Change that an authentic operation makes.  Raises a `Refused`."""
    _check_standing(operation, call, state)
    _check_persons(operation, call)
    _check_quarantine(operation, state)
    _check_sealed(operation, call, state)
    return operation.kind.rule(operation.args, call, state)


def check_touched(contracts: Sequence[Contract], change: Change, before: Reader, after: Reader) -> None:
    """
    Refuse to adopt a Change that would break an invariant of any contract.  Raises `InvariantBroken`.

    All contracts are asked, because a Change may write another contract's rows through its api.
    """
    for contract in contracts:
        if contract.touched is not None:
            for number, detail in contract.touched(change, before, after):
                raise InvariantBroken(number, detail)


def _check_standing(operation: AdmittedOperation, call: Call, state: Reader) -> None:
    parties = [call.via] if call.member in (None, call.via) else [call.member, call.via]
    for party in parties:
        member = state.get(MEMBERS, party)
        status = identity.REVOKED if member is None else member.status_at(call.now)
        if status == identity.ACTIVE:
            continue
        if operation.kind.begins or status != identity.SUSPENDED:
            raise MemberNotActive(party, status)
    kinds = operation.kind.kinds
    if call.member is not None and kinds:
        author = state.get(MEMBERS, call.member)
        if author is None or not any(kind in author.kinds for kind in kinds):
            raise KindMissing(call.member, " / ".join(kinds))


def _check_persons(operation: AdmittedOperation, call: Call) -> None:
    for role, key in zip(operation.kind.authority.roles, call.signers, strict=False):
        if role not in key.rights:
            raise RightMissing(key.person, role)
    if len(call.signers) > 1:
        first, second = call.signers
        if first.person == second.person or first.certificate == second.certificate:
            raise SamePerson(second.person)
    if operation.kind.amount is not None:
        amount = operation.kind.amount(operation.args)
        for key in call.signers:
            if key.limit and amount > key.limit:
                raise AboveKeyLimit(key.person, amount, key.limit)


def quarantine_object(operation: AdmittedOperation) -> str:
    """What is closed when this operation meets a defect: its primary object, or such operations of its author."""
    if operation.kind.primary is None:
        return f"{operation.body.type} {operation.body.author}"
    return operation.kind.primary(operation.args)


def _check_quarantine(operation: AdmittedOperation, state: Reader) -> None:
    row = state.get(QUARANTINE, quarantine_object(operation))
    if row is not None:
        raise Quarantined(row.object, row.height)


def _check_sealed(operation: AdmittedOperation, call: Call, state: Reader) -> None:
    rules = {rule.label: rule for rule in operation.kind.seals}
    parts: dict[str, SealedPart] = {}
    for part in call.sealed:
        if part.label not in rules or part.label in parts:
            raise PartNotDeclared(part.label)
        parts[part.label] = part
    for label, rule in rules.items():
        if label not in parts and rule.required:
            raise PartMissing(label)
    for label, part in parts.items():
        _check_audience(rules[label].audience(operation.args, call, state), part.to, label)
    for label, part in parts.items():
        for recipient in part.to:
            _check_recipient(recipient, label, call, state)


def _check_recipient(recipient: str, label: str, call: Call, state: Reader) -> None:
    """A member's key must be in force; a tag's sealing key speaks for itself."""
    if not recipient.startswith("member:"):
        return
    name, _, number = recipient.removeprefix("member:").partition("#")
    member: Member | None = state.get(MEMBERS, name)
    if member is None or not member.may_open_with(int(number), call.now.time_ms):
        raise RecipientUnknown(label, recipient)


def _check_audience(audience: tuple[str, ...], to: tuple[str, ...], label: str) -> None:
    present = {recipient.partition("#")[0] for recipient in to}
    for party in audience:
        if party not in present:
            raise RecipientMissing(label, party)
