"""Acts: a caller says what it wants, and the gateway builds, seals, signs and submits it for the caller's seat.

What needs two persons becomes a draft at the first call and an operation when another person approves it.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from tallychain.contracts.documents.operations import Confirm
from tallychain.crypto.kept import KeptDamaged
from tallychain.crypto.keys import SigningKey
from tallychain.crypto.wallet import nonce
from tallychain.gateway import building, confirming, drafts, permissions, quoting, requests
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.building import Builder, Person, Plan, Wish
from tallychain.gateway.cards import Cards
from tallychain.gateway.challenges import Challenges
from tallychain.gateway.clientaccounts import ClientAccounts
from tallychain.gateway.concern import NOBODY, Concerns
from tallychain.gateway.confirming import CONFIRM, Basis, Confirming
from tallychain.gateway.correspondence import Correspondence
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.drafts import Draft, DraftContent, Drafts
from tallychain.gateway.limits import OwnLimits
from tallychain.gateway.naming import Naming
from tallychain.gateway.outbox import Outbox
from tallychain.gateway.papers import fill_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.quoting import Promised, Quoting
from tallychain.gateway.receivers import Receivers
from tallychain.gateway.requests import Name, Requests
from tallychain.gateway.seats import Seat, Seats, TagRow
from tallychain.gateway.submissions import Submissions
from tallychain.gateway.unlocking import Opened, Signer, Unlock, Unlocking
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation, Authority
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import Signature, SignedOperation, operation_id
from tallychain.ledger.types import Author, MemberId, member_author, tag_author
from tallychain.sdk.build import Prepared, assemble, signature


class UnlockBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person gives to sign one act: the passphrase of the own key, and a second factor where one is demanded."""

    passphrase: str
    code: str = ""

    def __repr__(self) -> str:
        return "<unlock>"

    def unlock(self) -> Unlock:
        """As the keys take it."""
        return Unlock(self.passphrase, self.code)


class ActBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request for an act."""

    args: dict[str, Any]
    unlock: UnlockBody | None = None
    sealed: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    to: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Further recipients of a sealed part, beyond those that must be there."""
    tag: str = ""
    """The acting tag of the seat, where it is not clear from the arguments."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act led to: a draft that waits, or an operation that is kept for submission."""

    draft: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """The parts of a gateway that acts need."""

    member: str
    catalogue: Catalogue
    secret: bytes
    """The member's own secret behind nonces and references of its acts."""
    system_key: SigningKey
    limits: OwnLimits
    naming: Naming
    """The alliance's keys behind the fingerprints of papers."""
    database: Database
    seats: Seats
    cards: Cards
    concerns: Concerns
    confirming: Confirming
    client_accounts: ClientAccounts
    challenges: Challenges
    receivers: Receivers
    correspondence: Correspondence
    builder: Builder
    quoting: Quoting
    drafts: Drafts
    requests: Requests
    unlocking: Unlocking
    outbox: Outbox
    submissions: Submissions


class Acts:
    """Does acts for the seats of one gateway."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    def kind(self, type_name: str) -> AnyOperation:
        """The newest declared version of a type; raises `GATEWAY_TYPE_UNKNOWN`."""
        found = [kind for kind in self._ways.catalogue.operation_types() if kind.name == type_name]
        if not found:
            raise Problem("GATEWAY_TYPE_UNKNOWN", type=type_name[:80])
        return max(found, key=lambda kind: kind.version)

    async def make(
        self, type_name: str, body: ActBody, account: Account, key: str, opened: Opened | None = None
    ) -> Answer:
        """
        Begin an act; the same request again has the same answer.  `opened` is the signer's key where many acts are signed at once.

        Raises the problems of every step, before anything is signed wherever that is possible.
        """
        kind = self.kind(type_name)
        permissions.need(permissions.MAKES[kind.authority], account)
        name = Name(account.seat, kind.name, key)
        digest = building.request_digest(body.args, body.sealed, body.to, body.tag)
        async with self._ways.requests.one_at_a_time(name):
            before = await self._ways.requests.earlier(name, digest)
            if before is not None:
                return Answer(before.draft, before.operation)
            await self._ways.outbox.need_room(account.seat)
            secret = await self._secret(account, kind)
            # The digest is of the request as it came; what the gateway fills in goes into a copy.
            args = msgspec.json.decode(msgspec.json.encode(body.args))
            building.fill_references(args, secret)
            sealed = msgspec.json.decode(msgspec.json.encode(body.sealed))
            keys = await self._ways.naming.keys_for(kind.name, args, sealed)
            fill_papers(args, keys)
            await self._ways.receivers.fill(args, seat=account.seat, request=f"{kind.name}/{key}")
            promised = await self._promised(kind, args, key)
            await self._ways.challenges.fill(kind.name, args, account.seat)
            fill_papers(sealed, keys)
            await self._ways.client_accounts.fill(kind.name, args, sealed)
            asked = building.wish(kind, args, sealed, body.to)
            act_nonce = nonce(secret, kind.name, key)
            step = _Step(kind, asked, account, name, digest, act_nonce, opened or body.unlock, promised)
            if building.has_identity(kind):
                return await self._holder(step, body.tag)
            return await self._member(step)

    async def approve(self, draft: Draft, account: Account, unlock: UnlockBody | Opened | None) -> str:
        """
        The second person signs a draft, and it is kept for submission; the operation's id.

        Approved again by the same person, it has the same answer.
        """
        kind = self.kind(draft.type)
        permissions.need(permissions.DECIDES[kind.authority], account)
        if draft.state == drafts.APPROVED and draft.decided_by == account.id:
            return draft.operation
        self._ways.drafts.need_open(draft)
        if account.id == draft.maker or await self._is_same_person(draft, account):
            raise Problem("GATEWAY_SAME_PERSON")
        if building.has_identity(kind):
            return await self._approve_holder(draft, kind, account, unlock)
        await self._basis(kind, codec.trusted(kind.args, draft.content.plan.args))
        keys = await self._staff_key(account, unlock, "approve", draft.id)
        content = draft.content
        prepared = building.sealed(content.plan, kind)
        second = signature(prepared, kind.authority.roles[1], keys)
        return await self._submit(draft, assemble_again(prepared, content, second), account)

    async def _member(self, step: "_Step") -> Answer:
        fixed = quoting.salts(self._ways.secret, step.nonce) if step.kind.name == quoting.REVEAL else None
        plan = await self._ways.builder.plan(step.asked, self._author(), None, step.nonce, fixed)
        prepared = building.sealed(plan, step.kind)
        if step.kind.authority is Authority.SYSTEM:
            await self._ways.unlocking.audit(step.account.id, step.kind.name, prepared.id)
            signed = assemble(prepared, [signature(prepared, "system", self._ways.system_key)])
            return await self._keep(step, signed)
        basis = confirming.kept(await self._basis(step.kind, step.asked.args))
        key = await self._staff_key(step.account, step.unlock, step.kind.name, prepared.id)
        first = signature(prepared, step.kind.authority.roles[0], key)
        promised = quoting.stored(step.promised, self._ways.secret)
        content = DraftContent(plan, step.name.key, prepared.body, (first,), "", "", 0, basis, promised)
        return await self._keep_draft(step, content)

    async def _promised(self, kind: AnyOperation, args: dict[str, Any], key: str) -> Promised | None:
        """The quote whose terms stand in the place of a commitment; None for any other act."""
        if kind.name != quoting.QUOTE:
            return None
        return await self._ways.quoting.fill(args, key, self.kind(quoting.REVEAL), self._author())

    def promised(self, draft: Draft) -> Promised | None:
        """The quote that a draft commits to, for who may read the draft; raises `GATEWAY_DRAFT_CLOSED` where it does not open under this member's secret."""
        try:
            return quoting.read(draft.content.promised, self._ways.secret)
        except KeptDamaged:
            raise Problem("GATEWAY_DRAFT_CLOSED", state="damaged") from None

    def _author(self) -> Author:
        return member_author(MemberId(self._ways.member))

    async def _basis(self, kind: AnyOperation, args: Struct) -> Basis | None:
        """What a confirmation rests on, judged anew for each person who signs it; None for any other act.  A vote on a key rests on having it."""
        await self._ways.naming.check_vote(kind.name, args)
        await self._ways.limits.check(args)
        await self._ways.client_accounts.check(args)
        if kind.name != CONFIRM or not isinstance(args, Confirm):
            return None
        return await self._ways.confirming.check(args.payable)

    async def _holder(self, step: "_Step", named: str) -> Answer:
        seat = await self._ways.seats.need(step.account.seat)
        await self._ways.cards.check_certificate(step.account)
        author = tag_author(NOBODY)
        concern = await self._ways.concerns.of(step.kind, step.asked.args, author, self._ways.member)
        chosen = await self._named(named, seat)
        await self._ways.builder.need_carrier(
            step.asked, author if chosen is None else tag_author(chosen.key)
        )
        tag = chosen or await self._ways.concerns.acting_tag(
            step.kind, step.asked.args, concern, seat.id, self._ways.member
        )
        await self._ways.concerns.check_foundations(concern, seat.id)
        signer = await self._signer(step.account, step.unlock, step.kind.name, step.name.key)
        if tag is None:
            tag = await self._ways.cards.fresh_tag(step.account, signer)
        plan = await self._ways.builder.plan(step.asked, tag_author(tag.key), tag.sealing, step.nonce)
        person = Person(signer.identity, step.account.certificate)
        if seat.two_persons:
            answer = await self._second(step, seat, tag, plan, person)
        else:
            answer = await self._alone(step, seat, tag, plan, signer)
        await self._ways.cards.refill(step.account, signer)
        await self._ways.correspondence.answer_waiting(seat.id)
        return answer

    async def _alone(self, step: "_Step", seat: Seat, tag: TagRow, plan: Plan, signer: Signer) -> Answer:
        person = Person(signer.identity, step.account.certificate)
        made = building.statement(plan, step.kind)
        prepared = building.sealed(plan, step.kind, building.identity_content(seat, made, person, None))
        signed = assemble(prepared, [signature(prepared, "holder", signer.root.tag_key(tag.counter))])
        return await self._keep(step, signed)

    async def _second(self, step: "_Step", seat: Seat, tag: TagRow, plan: Plan, maker: Person) -> Answer:
        made = building.statement(plan, step.kind)
        first = building.identity_content(seat, made, maker, None)
        content = DraftContent(plan, step.name.key, b"", (), first.certificate, first.signature, tag.counter)
        return await self._keep_draft(step, content)

    async def _approve_holder(
        self, draft: Draft, kind: AnyOperation, account: Account, unlock: UnlockBody | Opened | None
    ) -> str:
        seat = await self._ways.seats.need(draft.seat)
        await self._ways.cards.check_certificate(account)
        content = draft.content
        if account.certificate == content.maker_certificate:
            raise Problem("GATEWAY_SAME_PERSON")
        signer = await self._signer(account, unlock, "approve", draft.id)
        made = building.statement(content.plan, kind)
        second = building.identity_content(seat, made, Person(signer.identity, account.certificate), None)
        both = msgspec.structs.replace(
            second,
            certificate=content.maker_certificate,
            signature=content.maker_signature,
            checker_certificate=second.certificate,
            checker_signature=second.signature,
        )
        prepared = building.sealed(content.plan, kind, both)
        signed = assemble(prepared, [signature(prepared, "holder", signer.root.tag_key(content.counter))])
        return await self._submit(draft, signed, account)

    async def _submit(self, draft: Draft, signed: SignedOperation, account: Account) -> str:
        operation = operation_id(signed.body)
        promised = self.promised(draft)

        def also(db: Connection) -> None:
            if promised is not None:
                quoting.insert(db, promised, draft.content.promised, operation)
            drafts.close(db, draft.id, drafts.APPROVED, account.id, operation=operation)
            db.execute(
                "UPDATE request SET operation = ? WHERE seat = ? AND type = ? AND key = ?",
                (operation, draft.seat, draft.type, draft.content.key),
            )

        return await self._ways.submissions.take(signed, account, [also])

    async def _keep(self, step: "_Step", signed: SignedOperation) -> Answer:
        operation = operation_id(signed.body)
        await self._ways.submissions.take(
            signed,
            step.account,
            [lambda db: requests.remember(db, step.name, step.digest, operation=operation)],
        )
        return Answer(operation=operation)

    async def _keep_draft(self, step: "_Step", content: DraftContent) -> Answer:
        draft = self._ways.drafts.fresh(
            seat=step.account.seat,
            kind=step.kind.name,
            maker=step.account.id,
            expires_ms=content.plan.expires_ms,
            content=content,
        )

        def write(db: Connection) -> None:
            drafts.insert(db, draft)
            requests.remember(db, step.name, step.digest, draft=draft.id)

        await self._ways.database.write(write)
        return Answer(draft=draft.id)

    async def _is_same_person(self, draft: Draft, account: Account) -> bool:
        row = await self._ways.database.read(
            lambda db: db.execute("SELECT person FROM account WHERE id = ?", (draft.maker,)).fetchone()
        )
        return row is not None and row[0] == account.person

    async def _secret(self, account: Account, kind: AnyOperation) -> bytes:
        if not building.has_identity(kind):
            return self._ways.secret
        view = self._ways.seats.views.get(account.seat)
        if view is None:
            seat = await self._ways.seats.get(account.seat)
            if seat is not None and not seat.hosted:
                raise Problem("GATEWAY_OWN_KEYS")
            raise Problem("GATEWAY_FORBIDDEN" if account.seat != HOUSE else "GATEWAY_NOT_FOUND")
        return view.seat_secret

    async def _named(self, key: str, seat: Seat) -> TagRow | None:
        if not key:
            return None
        tag = await self._ways.seats.tag(key)
        if tag is None or tag.seat != seat.id:
            raise Problem("GATEWAY_TAG_UNKNOWN")
        return tag

    async def _staff_key(
        self, account: Account, unlock: UnlockBody | Opened | None, act: str, subject: str
    ) -> SigningKey:
        if unlock is None:
            raise Problem("GATEWAY_UNLOCK_REFUSED")
        if isinstance(unlock, Opened):
            await self._ways.unlocking.audit(account.id, act, subject, unlock.factor)
            return unlock.staff_key()
        return await self._ways.unlocking.staff_key(account, unlock.unlock(), act=act, subject=subject)

    async def _signer(
        self, account: Account, unlock: UnlockBody | Opened | None, act: str, subject: str
    ) -> Signer:
        if unlock is None:
            raise Problem("GATEWAY_UNLOCK_REFUSED")
        if isinstance(unlock, Opened):
            await self._ways.unlocking.audit(account.id, act, subject, unlock.factor)
            return unlock.client()
        return await self._ways.unlocking.signer(account, unlock.unlock(), act=act, subject=subject)


@dataclass(frozen=True, slots=True)
class _Step:
    """One request on its way to an operation."""

    kind: AnyOperation
    asked: Wish
    account: Account
    name: Name
    digest: bytes
    nonce: bytes
    unlock: UnlockBody | Opened | None
    promised: Promised | None = None


def assemble_again(prepared: Prepared, content: DraftContent, second: Signature) -> SignedOperation:
    """The operation of a draft with both signatures; its text is the very one that the maker signed."""
    if prepared.body != content.body:
        raise DraftDiffers
    return assemble(prepared, [*content.signatures, second])


class DraftDiffers(Exception):
    """Our own mistake: a draft did not build to the text that its maker signed."""
