"""A small alliance in memory: validators with keys, who sign whatever headers a test makes, honest or not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.sdk.verify.headers import (
    ABSENT,
    FOR_BLOCK,
    FOR_NIL,
    BlockId,
    Commit,
    CommitRow,
    Header,
    Stamp,
    Validators,
    encode_commit,
    encode_header,
    header_hash,
    sign_bytes,
)

START_MS = 1_773_622_800_000
EMPTY = sha256(b"")


def key_of(name: str) -> SigningKey:
    """The consensus key of a validator of this name."""
    return signing_key_from_seed(ED25519, sha256(name.encode()))


def set_of(powers: dict[str, int]) -> Validators:
    """The set of these validators with these votes."""
    return Validators((key_of(name).public, power) for name, power in powers.items())


@dataclass(frozen=True)
class Decided:
    """One height: who decided it, its header, and the votes."""

    powers: dict[str, int]
    header: Header
    commit: Commit

    @property
    def validators(self) -> Validators:
        return set_of(self.powers)

    @property
    def header_bytes(self) -> bytes:
        return encode_header(self.header)

    @property
    def commit_bytes(self) -> bytes:
        return encode_commit(self.commit)


def vote(
    header: Header,
    powers: dict[str, int],
    *,
    absent: Collection[str] = (),
    none: Collection[str] = (),
    round_: int = 0,
) -> Commit:
    """The votes of a set on a header: those of `absent` are missing, those of `none` are for no block."""
    keys = {key_of(name).public: name for name in powers}
    block = BlockId(header_hash(header), 1, sha256(b"parts"))
    commit = Commit(header.height, round_, block, ())
    rows: list[CommitRow] = []
    for item in set_of(powers).rows:
        name = keys[item.key]
        time = header.time._replace(nanos=(header.time.nanos + len(rows) + 1) % 10**9)
        row = CommitRow(FOR_NIL if name in none else FOR_BLOCK, item.address, time)
        made = key_of(name).sign(sign_bytes(header.chain, commit, row))
        rows.append(CommitRow(ABSENT) if name in absent else row._replace(signature=made))
    return commit._replace(rows=tuple(rows))


@dataclass
class Alliance:
    """A chain that grows by one header at a time."""

    chain: str
    powers: dict[str, int]
    start_ms: int = START_MS
    decided: list[Decided] = field(default_factory=list)

    @property
    def founders(self) -> Validators:
        return self.decided[0].validators if self.decided else set_of(self.powers)

    def header(
        self,
        *,
        data: bytes = EMPTY,
        results: bytes = EMPTY,
        app: bytes = bytes(32),
        time_ms: int = 0,
        then: dict[str, int] | None = None,
    ) -> Header:
        """The next header; `then` is the set that decides the one after it."""
        last = self.decided[-1] if self.decided else None
        time = time_ms or self.start_ms + 1_000 * len(self.decided)
        return Header(
            (11, 1),
            self.chain,
            len(self.decided) + 1,
            Stamp(time // 1000, time % 1000 * 1_000_000),
            BlockId() if last is None else last.commit.block,
            EMPTY,
            data,
            set_of(self.powers).hash,
            set_of(then or self.powers).hash,
            sha256(b"parameters"),
            app,
            results,
            EMPTY,
            set_of(self.powers).rows[0].address,
        )

    def grow(
        self,
        *,
        absent: Collection[str] = (),
        none: Collection[str] = (),
        then: dict[str, int] | None = None,
        **header: bytes | int,
    ) -> Decided:
        """Decide the next height."""
        head = self.header(then=then, **header)  # type: ignore[arg-type]  # names and types are those of `header`
        made = Decided(self.powers, head, vote(head, self.powers, absent=absent, none=none))
        self.decided.append(made)
        self.powers = then or self.powers
        return made


def signers(names: Sequence[str]) -> set[str]:
    """The keys of these validators."""
    return {key_of(name).public for name in names}
