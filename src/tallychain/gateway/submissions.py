"""Takes finished operations for submission: checked, kept durably, then handed to the sender."""

from collections.abc import Callable, Sequence

import structlog

from tallychain.crypto.schemes import verify
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.carrying import Carrying
from tallychain.gateway.certificates import Chain
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database, DatabaseLost
from tallychain.gateway.introductions import Introductions, note_due
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.limits import OwnLimits
from tallychain.gateway.outbox import QUEUED, Outbox, Submission, Waiting, insert
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat
from tallychain.gateway.sender import Sender
from tallychain.ledger import codec, limits
from tallychain.ledger.admission import AdmittedOperation, read_operation
from tallychain.ledger.contract import AnyOperation, Authority
from tallychain.ledger.identity import KEYS, Key
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import SignedOperation, signing_message
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.types import MEMBER_PREFIX, Author, MemberId, author_member

Also = Callable[[Connection], None]
"""Something to be written in the same transaction."""


class _Names:
    """What reading an operation needs to know of the chain."""

    def __init__(self, chain: str, catalogue: Catalogue) -> None:
        self.chain = chain
        self._catalogue = catalogue

    def is_system_key(self, member: MemberId, key: str) -> bool:  # noqa: ARG002 - envelopes are not read here
        """No envelope is read here."""
        return False

    def operation_type(self, name: str, version: int) -> AnyOperation | None:
        """The declared type of an operation."""
        return self._catalogue.operation_type(name, version)


class Submissions:
    """The one way into the outbox."""

    def __init__(
        self,
        member: str,
        chain: str,
        catalogue: Catalogue,
        state: LedgerState,
        carrying: Carrying,
        limits: OwnLimits,
        introductions: Introductions,
        outbox: Outbox,
        sender: Sender,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._names = _Names(chain, catalogue)
        self._state = state
        self._carrying = carrying
        self._limits = limits
        self._introductions = introductions
        self._outbox = outbox
        self._sender = sender
        self._database = database
        self._clock = clock

    async def take(self, signed: SignedOperation, account: Account, also: Sequence[Also] = ()) -> str:
        """
        Check an operation, keep it durably and begin to submit it; its id.

        When this returns the operation is on the disk.  Raises `GATEWAY_OPERATION_NOT_VALID`, `GATEWAY_CARRIER_IS_ANOTHER`,
        `GATEWAY_IDENTITY_NOT_PROVEN`, `GATEWAY_FORBIDDEN`, `GATEWAY_OUTBOX_FULL`, and what goes beyond the member's own limits.
        """
        operation = self._read(signed)
        self._check_signatures(operation)
        chains: tuple[Chain, ...] = ()
        seat: Seat | None = None
        if operation.kind.authority is Authority.HOLDER:
            carried = await self._carrying.check(operation)
            seat, chains = carried.seat, carried.chains
            if account.seat != seat.id and not account.is_staff:
                raise Problem("GATEWAY_FORBIDDEN")
        else:
            await self._check_author(operation, account)
        pairs = _pairs(operation, self._member, chains)
        async with self._limits.judged(operation.id, operation.args):
            is_due = await self._keep(operation, account, seat, also, pairs)
        if is_due:
            await self._introduce()
        return operation.id

    def _read(self, signed: SignedOperation) -> AdmittedOperation:
        try:
            operation = read_operation(signed, self._names)
        except Inadmissible as error:
            raise Problem("GATEWAY_OPERATION_NOT_VALID", detail=f"{error.code}: {error.detail}") from None
        if operation.body.via != self._member:
            raise Problem("GATEWAY_CARRIER_IS_ANOTHER", via=operation.body.via)
        if operation.body.expires <= self._clock.block_time_ms:
            raise Problem("GATEWAY_OPERATION_NOT_VALID", detail="EXPIRED: its time is over")
        two = len(operation.kind.authority.roles) > 1
        lifetime = limits.TWO_SIGNATURE_LIFETIME_MS if two else limits.ONE_SIGNATURE_LIFETIME_MS
        if operation.body.expires > self._clock.now_ms() + lifetime:
            raise Problem("GATEWAY_OPERATION_NOT_VALID", detail="EXPIRES_TOO_FAR: its time ends too late")
        roles = tuple(signature.role for signature in signed.signatures)
        if roles != operation.kind.authority.roles:
            raise Problem("GATEWAY_OPERATION_NOT_VALID", detail="ROLES_WRONG: it needs other roles")
        return operation

    def _check_signatures(self, operation: AdmittedOperation) -> None:
        """A false signature would make the whole envelope inadmissible, and others' operations with it."""
        for item in operation.signed.signatures:
            if not verify(item.key, signing_message(operation.id, item.role, item.key), item.signature):
                raise Problem("GATEWAY_OPERATION_NOT_VALID", detail="SIGNATURE_FALSE: a signature is false")

    async def _check_author(self, operation: AdmittedOperation, account: Account) -> None:
        if author_member(Author(operation.body.author)) != self._member or not account.is_staff:
            raise Problem("GATEWAY_FORBIDDEN")
        for item in operation.signed.signatures:
            row, height = await self._state.dated(KEYS, item.key)
            if why := key_fault(row, self._member, height):
                raise Problem("GATEWAY_OPERATION_NOT_VALID", detail=why)

    async def _keep(
        self,
        operation: AdmittedOperation,
        account: Account,
        seat: Seat | None,
        also: Sequence[Also],
        introduced: Sequence[tuple[str, str]],
    ) -> bool:
        """Put the operation on the disk, with everything that follows from it; whether somebody is to be introduced."""
        await self._outbox.need_room(HOUSE if seat is None else seat.id)
        frame = codec.encode_frame(operation.signed)
        submission = Submission(
            id=operation.id,
            seat=HOUSE if seat is None else seat.id,
            account=account.id,
            type=operation.kind.name,
            frame=frame,
            expires_ms=operation.body.expires,
            queued_ms=self._clock.now_ms(),
            state=QUEUED,
            code="",
            height=0,
            first="",
            answer=b"",
        )

        def write(db: Connection) -> tuple[bool, bool]:
            is_new = insert(db, submission)
            for work in also:
                work(db)
            return is_new, note_due(db, submission.seat, introduced)

        is_new, is_due = await self._database.write(write)
        if is_new:
            self._outbox.open += 1
            self._sender.add([Waiting(operation.id, frame, operation.body.expires)])
        return is_due

    async def _introduce(self) -> None:
        """
        Begin to introduce what became due with an operation.

        The operation is on the disk, so whatever goes wrong here is not the caller's to hear: what is due stays written down and is done later.
        """
        try:
            await self._introductions.send_due()
        except (Problem, DatabaseLost) as error:
            structlog.get_logger("submissions").warning("introduced later", why=type(error).__name__)


def _pairs(operation: AdmittedOperation, own: str, chains: Sequence[Chain]) -> list[tuple[str, str]]:
    """The certificates of an act, and every other member that can open who acts."""
    members = {
        name.removeprefix(MEMBER_PREFIX).partition("#")[0]
        for part in operation.body.sealed
        for name in part.to
        if name.startswith(MEMBER_PREFIX)
    } - {own}
    return [(chain.digest, member) for chain in chains for member in sorted(members)]


def key_fault(row: Key | None, member: str, height: int) -> str:
    """
    Why a key cannot sign for a member in the block after this height; an empty text where it can, or has ended, which the ledger says itself.

    One that is not in force yet is not taken: the ledger turns it away in one block and might execute the same operation in a later one, when this
    gateway has told its client already that it had no effect.
    """
    if row is None or row.member != member:
        return "KEY_NOT_OF_AUTHOR: a key is not the member's"
    if row.valid_from > height + 1:
        return f"KEY_NOT_YET_VALID: a key is in force only from block {row.valid_from} on"
    return ""
