"""A chain of one small contract with real keys, signatures, state tree and journals, block by block in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec

from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519, verify
from tallychain.ledger import codec
from tallychain.ledger.admission import AdmittedEnvelope, SignatureCheck, admissible
from tallychain.ledger.envelope import Envelope, build_header, envelope_message
from tallychain.ledger.genesis import Genesis, initial_rows, initial_tree
from tallychain.ledger.identity import (
    ACTIVE,
    BANK,
    CORE_ENTERPRISE,
    KEYS,
    MEMBERS,
    SUPERVISOR,
    Key,
    Member,
    SealingKey,
)
from tallychain.ledger.machine import BlockInput, BlockResult, LedgerState, apply_block
from tallychain.ledger.operation import (
    Body,
    SealedPart,
    Signature,
    SignedOperation,
    operation_id,
    signing_message,
)
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.state import MemoryBacking
from tallychain.ledger.tests.toy import ALARMS, BOXES, CATALOGUE, TAG_SEALING, FillBox
from tallychain.ledger.timeline import settled
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import Height, TimeMs

CHAIN = "toy-1"
START_MS = 1_800_000_000_000
KINDS = {"bank-a": BANK, "bank-b": BANK, "ce-a": CORE_ENTERPRISE, "supervisor": SUPERVISOR}
STAFF = ("maker", "checker", "admin", "deputy", "system", "look")
RIGHTS = {"deputy": ("admin",)}
LIMIT = 1_000
SEALING = "member:supervisor#2"
BOX = b"sealed"


@cache
def key_of(name: str) -> SigningKey:
    """The signing key that follows from a name, such as `bank-a/maker`."""
    return signing_key_from_seed(ED25519, sha256(name.encode()))


def tag(name: str) -> str:
    """A holder's author name."""
    return f"tag:{key_of(name).public}"


def good(checks: Sequence[SignatureCheck]) -> bool:
    """Whether every signature is good."""
    return all(verify(*check) for check in checks)


def members() -> tuple[Member, ...]:
    """The members of the trial chain."""
    return tuple(
        Member(
            member=name,
            name=name,
            uscc="",
            kinds=(kind,),
            licences=(),
            standing=settled(ACTIVE),
            sealing=(
                SealingKey(1, "x25519:" + sha256(name.encode() + b"1").hex(), START_MS),
                SealingKey(2, "x25519:" + sha256(name.encode() + b"2").hex(), 0),
            ),
            gateway="",
            admitted_height=0,
        )
        for name, kind in KINDS.items()
    )


def keys() -> tuple[Key, ...]:
    """Their keys; `twin` is a second maker of bank-a under the certificate of the checker."""
    rows = [
        Key(
            key=key_of(f"{member}/{role}").public,
            member=member,
            person=sha256(f"{member}/{role}".encode()).hex()[:16],
            rights=RIGHTS.get(role, (role,)),
            limit=LIMIT if role == "checker" else 0,
            certificate=sha256(f"{member}/{role}/c".encode()).hex(),
            valid_from=0,
            revoked_at=0,
        )
        for member in KINDS
        for role in STAFF
    ]
    checker = next(row for row in rows if row.key == key_of("bank-a/checker").public)
    twin = msgspec.structs.replace(
        checker, key=key_of("bank-a/twin").public, person="00" * 8, rights=("maker", "checker")
    )
    both = msgspec.structs.replace(checker, key=key_of("bank-a/both").public, rights=("maker",))
    late = msgspec.structs.replace(rows[4], key=key_of("bank-a/late").public, valid_from=5)
    return (*rows, twin, both, late)


def document(**changes: object) -> bytes:
    """The genesis document."""
    genesis = Genesis(
        chain=CHAIN,
        alliance="TOY1",
        time_ms=START_MS,
        demo=True,
        clock="driven",
        tree_depth=4,
        outages=True,
        outage_grace_ms=1_800_000,
        engine="embedded",
        sequencer=key_of("sequencer").public,
        validators=(),
        nodes=(),
        supervisors=("supervisor",),
        policies=(),
        calendars=(),
        contracts={"boxes": msgspec.Raw(codec.encode((members(), keys())))},
    )
    return codec.encode(msgspec.structs.replace(genesis, **changes))


@dataclass(slots=True)
class Block:
    """What a block did, with its results decoded."""

    result: BlockResult
    inadmissible: list[str] = field(default_factory=list)

    @property
    def answers(self) -> list[Receipt | NotTaken]:
        """The answers to all operations, in order."""
        return [answer(row) for rows in self.result.results for row in rows]

    @property
    def codes(self) -> list[str]:
        """The codes of all answers, in order."""
        return [item.code for item in self.answers]


def answer(row: bytes) -> Receipt | NotTaken:
    """A result as what it is."""
    kind: type[Receipt | NotTaken] = Receipt if b'"outcome"' in row else NotTaken
    return codec.decode(kind, row)


class Chain:
    """One node's view of the chain."""

    def __init__(self, **changes: object) -> None:
        text = document(**changes)
        rows = initial_rows(text, CATALOGUE)
        self.backing = MemoryBacking()
        self.backing.write(rows.items())
        self.ledger = LedgerState(CATALOGUE, self.backing, initial_tree(text, rows))
        self.ledger.restore(Height(0), TimeMs(START_MS), ())
        self.journals: dict[str, list[bytes]] = {}
        self._count = 0

    # -- building ------------------------------------------------------------------------------------------

    def body(
        self,
        kind: str,
        args: msgspec.Struct,
        *,
        author: str = "member:bank-a",
        via: str = "bank-a",
        nonce: str = "",
        lives_ms: int = 60_000,
        sealed: tuple[SealedPart, ...] = (),
        chain: str = CHAIN,
    ) -> bytes:
        """The body of an operation; a fresh nonce unless one is given."""
        self._count += 1
        return codec.encode(
            Body(
                chain=chain,
                type=kind,
                version=1,
                author=author,
                via=via,
                nonce=nonce or f"{self._count:032x}",
                expires=self.ledger.time_ms + lives_ms,
                args=msgspec.Raw(codec.encode(args)),
                sealed=sealed,
            )
        )

    def ask(self, kind: str, args: msgspec.Struct, *signers: str, **more: object) -> SignedOperation:
        """An operation of `bank-a`, signed in the declared roles by the names given or by the usual ones."""
        declared = CATALOGUE.operation_type(kind, 1)
        assert declared is not None
        roles = declared.authority.roles
        author = str(more.get("author", "member:bank-a")).removeprefix("member:")
        usual = ("admin", "deputy") if roles == ("admin", "admin") else roles
        names = signers or tuple(f"{author}/{role}" for role in usual)
        plain = signed(self.body(kind, args, **more), roles, names)  # type: ignore[arg-type]  # the rest of the body
        return with_box(plain) if more.get("sealed") else plain

    # -- going on ------------------------------------------------------------------------------------------

    def block(self, *operations: SignedOperation, via: str = "bank-a", after_ms: int = 1_000) -> Block:
        """One block with one envelope of these operations, or an empty one."""
        return self.raw_block([pack(operations, via, self.ledger.time_ms)] if operations else [], after_ms)

    def raw_block(self, envelopes: Sequence[bytes], after_ms: int = 1_000) -> Block:
        """One block of these envelopes, each admitted or not."""
        block, refused = self.candidate(envelopes, after_ms)
        return Block(self.keep(apply_block(self.ledger, block)), refused)

    def candidate(self, envelopes: Sequence[bytes], after_ms: int = 1_000) -> tuple[BlockInput, list[str]]:
        """The next block as it would be with these envelopes, and why some are not admitted."""
        found: list[AdmittedEnvelope | None] = []
        refused = []
        for data in envelopes:
            try:
                found.append(admissible(data, self.ledger, good))
            except Inadmissible as error:
                refused.append(error.code)
                found.append(None)
        height = Height(self.ledger.height + 1)
        return BlockInput(height, TimeMs(self.ledger.time_ms + after_ms), found), refused

    def keep(self, result: BlockResult) -> BlockResult:
        self.backing.write(result.writes.items())
        for journal, position, row in result.journal_rows:
            rows = self.journals.setdefault(journal, [])
            assert len(rows) == position
            rows.append(row)
        for journal in result.journals_dropped:
            del self.journals[journal]
        return result

    def restarted(self) -> "Chain":
        """The chain as a new process builds it from copies of what is kept."""
        other = Chain()
        other.backing = MemoryBacking()
        other.backing.write(self.backing.content.items())
        other.journals = {name: list(rows) for name, rows in self.journals.items()}
        tree = BucketTree(self.ledger.tree.depth, sorted(other.backing.content.items()))
        other.ledger = LedgerState(CATALOGUE, other.backing, tree)
        replay = [
            (name, row) for name, rows in self.journals.items() if name.startswith("replay/") for row in rows
        ]
        other.ledger.restore(self.ledger.height, self.ledger.time_ms, replay)
        return other

    # -- looking -------------------------------------------------------------------------------------------

    @property
    def root(self) -> bytes:
        """The state root."""
        return self.ledger.tree.root

    def content(self) -> dict[bytes, bytes]:
        """The rows that contracts write: boxes, alarms, members and keys."""
        prefixes = tuple(table.key() for table in (BOXES, ALARMS, MEMBERS, KEYS))
        return {key: row for key, row in self.backing.content.items() if key.startswith(prefixes)}


def signed(body: bytes, roles: Sequence[str], names: Sequence[str]) -> SignedOperation:
    """A body under the signatures of the keys with these names, in these roles."""
    number = operation_id(body)
    signatures = []
    for role, name in zip(roles, names, strict=True):
        key = key_of(name)
        signatures.append(Signature(role, key.public, key.sign(signing_message(number, role, key.public))))
    return SignedOperation(body, tuple(signatures), {})


def with_box(operation: SignedOperation) -> SignedOperation:
    """An operation whose sealed parts were made by `note`, with their box."""
    return SignedOperation(operation.body, operation.signatures, {sha256(BOX).hex(): BOX})


def pack(
    operations: Sequence[SignedOperation], via: str, now_ms: int, *, key: str = "", lives_ms: int = 60_000
) -> bytes:
    """An envelope of a member's system."""
    name = key or f"{via}/system"
    header = build_header(
        chain=CHAIN,
        member=via,
        key=key_of(name).public,
        expires=now_ms + lives_ms,
        operations=tuple(operations),
    )
    return codec.encode_frame(
        Envelope(header, tuple(operations), key_of(name).sign(envelope_message(header)))
    )


def note(to: tuple[str, ...] = (SEALING, TAG_SEALING), label: str = "note") -> SealedPart:
    """A sealed part as a body names it; the ledger never looks into a box, so one serves all."""
    return SealedPart(label, "00" * 32, sha256(BOX).hex(), tuple(sorted(to)))


def carried(
    chain: Chain, *parts: SealedPart, name: str = "t1", box: str = "A", **more: object
) -> SignedOperation:
    """A holder's operation with these sealed parts."""
    body = chain.body("box.carry", FillBox(box, 1), author=tag(name), sealed=parts, **more)  # type: ignore[arg-type]  # the rest of the body
    plain = signed(body, ("holder",), (name,))
    return with_box(plain) if parts else plain
