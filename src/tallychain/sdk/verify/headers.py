"""CometBFT's headers, commits and validator sets: strict reading of their bytes, and the digests over them.

Written from the engine's published formats (protobuf messages `tendermint.types.Header`, `Commit` and `ValidatorSet`, release 0.38).
Bytes are taken only in the one form in which the engine writes them: decoding and encoding again must give the same bytes.
"""

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from .basics import Broken, demand
from .wire import Fields, merkle_root, put_bytes, put_filled, put_number, uvarint

HEADER_BYTES, MAX_VALIDATORS, _ROW_BYTES = 1024, 200, 160
ABSENT, FOR_BLOCK, FOR_NIL = 1, 2, 3
_MAX_POWER = (2**63 - 1) // 8
_MAX_HEIGHT = 2**53
_HEX = frozenset("0123456789abcdef")


class BlockId(NamedTuple):
    """How the engine names a block: its header's hash, and count and root of the parts in which it was sent."""

    hash: bytes = b""
    parts: int = 0
    parts_hash: bytes = b""


class Stamp(NamedTuple):
    """A moment in UTC; Go writes one that is not set as the first of January of the year 1."""

    seconds: int = -62_135_596_800
    nanos: int = 0

    @property
    def ms(self) -> int:
        """In milliseconds, the rest cut off: the ledger's time."""
        return self.seconds * 1000 + self.nanos // 1_000_000


class Header(NamedTuple):
    """The head of one block; it carries the results and the state root of the block before."""

    version: tuple[int, int]
    """Of the block's format and of the application."""
    chain: str
    height: int
    time: Stamp
    last_block: BlockId
    last_commit_hash: bytes
    data_hash: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    consensus_hash: bytes
    app_hash: bytes
    last_results_hash: bytes
    evidence_hash: bytes
    proposer: bytes


class CommitRow(NamedTuple):
    """What one validator did in the round that decided: nothing, a vote for the block, or one for none."""

    flag: int
    address: bytes = b""
    time: Stamp = Stamp()
    signature: bytes = b""


class Commit(NamedTuple):
    """The votes that made a block final, one row a validator in the order of its set."""

    height: int
    round: int
    block: BlockId
    rows: tuple[CommitRow, ...]


class Validator(NamedTuple):
    """A consensus key (`ed25519:` and 64 hex digits) and its votes."""

    key: str
    power: int

    @property
    def raw(self) -> bytes:
        """The key's 32 bytes."""
        return bytes.fromhex(self.key.partition(":")[2])

    @property
    def address(self) -> bytes:
        """The first 20 bytes of the key's SHA-256."""
        return sha256(self.raw).digest()[:20]


class Validators:
    """
    A set in the engine's order: more votes first, then by address.

    Refuses doubles, keys of another kind, and powers beyond the engine's bounds.
    """

    def __init__(self, rows: Iterable[tuple[str, int]]) -> None:
        made = [Validator(key, power) for key, power in rows]
        for item in made:
            scheme, _, digits = item.key.partition(":")
            good = scheme == "ed25519" and len(digits) == 64 and set(digits) <= _HEX
            demand(good and 0 < item.power <= _MAX_POWER, "MALFORMED", what="validators")
        demand(0 < len(made) <= MAX_VALIDATORS, "MALFORMED", what="validators")
        demand(len({item.key for item in made}) == len(made), "MALFORMED", what="validators")
        self.rows = tuple(sorted(made, key=lambda item: (-item.power, item.address)))
        self.total = sum(item.power for item in made)
        demand(self.total <= _MAX_POWER, "MALFORMED", what="validators")

    @cached_property
    def hash(self) -> bytes:
        """`validators_hash` of a header whose block this set decides."""
        rows = [put_bytes(1, put_bytes(1, item.raw)) + put_number(2, item.power) for item in self.rows]
        return merkle_root(rows)

    @cached_property
    def powers(self) -> dict[str, int]:
        """The votes of each key."""
        return {item.key: item.power for item in self.rows}

    @cached_property
    def addresses(self) -> tuple[bytes, ...]:
        """In the order of the set, which is that of a commit's rows."""
        return tuple(item.address for item in self.rows)


def header_hash(header: Header) -> bytes:
    """The digest that validators sign and that the next header names."""
    version, chain, height, time, last, *hashes = _parts(header)
    wrapped = [version, put_filled(1, chain), height, time, last]
    return merkle_root([*wrapped, *(put_filled(1, part) for part in hashes)])


def commit_hash(commit: Commit) -> bytes:
    """`last_commit_hash` of the next header, where its proposer had exactly these votes."""
    return merkle_root([_row(row) for row in commit.rows])


def data_hash(transactions: Iterable[bytes]) -> bytes:
    """`data_hash` of a header whose block holds these transactions."""
    return merkle_root([sha256(transaction).digest() for transaction in transactions])


def results_hash(results: Iterable[tuple[int, bytes]]) -> bytes:
    """`last_results_hash` of the header after a block with these results: code and data of each transaction."""
    return merkle_root([put_number(1, code) + put_filled(2, data) for code, data in results])


def sign_bytes(chain: str, commit: Commit, row: CommitRow) -> bytes:
    """What a validator signed with its vote: the canonical form, behind its length."""
    parts = put_number(1, commit.block.parts) + put_filled(2, commit.block.parts_hash)
    block = put_bytes(4, put_filled(1, commit.block.hash) + put_bytes(2, parts))
    rounds = b"\x19" + commit.round.to_bytes(8, "little") if commit.round else b""
    vote = b"\x08\x02\x11" + commit.height.to_bytes(8, "little") + rounds
    vote += (block if row.flag == FOR_BLOCK else b"") + put_bytes(5, _stamp(row.time))
    vote += put_filled(6, chain.encode())
    return uvarint(len(vote)) + vote


def decode_header(data: bytes) -> Header:
    """The header in these bytes; refuses whatever the engine would not have written so."""
    try:
        demand(len(data) <= HEADER_BYTES, "MALFORMED", what="header")
        fields = Fields(data)
        version = fields.message(1)
        header = Header(
            (version.number(1), version.number(2)),
            fields.bytes(2).decode(),
            fields.number(3),
            _read_stamp(fields.message(4)),
            _read_block_id(fields.message(5)),
            *(fields.bytes(number) for number in range(6, 15)),
        )
        good = encode_header(header) == data and 0 < header.height <= _MAX_HEIGHT
    except ValueError:
        raise Broken("MALFORMED", {"what": "header"}) from None
    whole = len(header.validators_hash) == len(header.next_validators_hash) == 32
    demand(good and whole and len(header.proposer) == 20, "MALFORMED", what="header")
    return header


def encode_header(header: Header) -> bytes:
    """The header's bytes as the engine writes them."""
    version, chain, _, time, last, *hashes = _parts(header)
    made = put_bytes(1, version) + put_filled(2, chain) + put_number(3, header.height)
    made += put_bytes(4, time) + put_bytes(5, last)
    return made + b"".join(put_filled(number, part) for number, part in enumerate(hashes, 6))


def decode_commit(data: bytes) -> Commit:
    """The commit in these bytes; refuses whatever the engine would not have written so."""
    try:
        demand(len(data) <= HEADER_BYTES + _ROW_BYTES * MAX_VALIDATORS, "MALFORMED", what="commit")
        fields = Fields(data)
        commit = Commit(
            fields.number(1),
            fields.number(2),
            _read_block_id(fields.message(3)),
            tuple(
                CommitRow(row.number(1), row.bytes(2), _read_stamp(row.message(3)), row.bytes(4))
                for row in fields.repeated(4)
            ),
        )
        good = encode_commit(commit) == data and 0 < commit.height <= _MAX_HEIGHT
    except ValueError:
        raise Broken("MALFORMED", {"what": "commit"}) from None
    demand(good and commit.round < 2**31 and len(commit.rows) <= MAX_VALIDATORS, "MALFORMED", what="commit")
    for row in commit.rows:
        absent = row == CommitRow(ABSENT)
        voted = row.flag in (FOR_BLOCK, FOR_NIL) and len(row.address) == 20 and len(row.signature) == 64
        demand(absent or voted, "MALFORMED", what="commit")
    return commit


def encode_commit(commit: Commit) -> bytes:
    """The commit's bytes as the engine writes them."""
    made = put_number(1, commit.height) + put_number(2, commit.round) + put_bytes(3, _block_id(commit.block))
    return made + b"".join(put_bytes(4, _row(row)) for row in commit.rows)


def decode_validators(data: bytes) -> Validators:
    """
    The validators in the bytes of a `ValidatorSet`.

    They must be in the engine's order, with the addresses of their keys; priorities, proposer and total are not looked at further.
    """
    try:
        demand(len(data) <= HEADER_BYTES + _ROW_BYTES * MAX_VALIDATORS, "MALFORMED", what="validators")
        fields = Fields(data)
        rows = [_read_validator(row) for row in fields.repeated(1)]
        last = b""
        if fields.has(2):
            proposer = _read_validator(fields.message(2))
            last = put_bytes(2, _validator(*proposer))
        total = fields.signed(3)
        made = Validators((item.key, item.power) for item, _, _ in rows)
    except ValueError:
        raise Broken("MALFORMED", {"what": "validators"}) from None
    again = b"".join(put_bytes(1, _validator(*row)) for row in rows) + last + put_number(3, total)
    in_order = tuple(item for item, _, _ in rows) == made.rows
    fit = all(address == item.address for item, address, _ in rows)
    demand(again == data and in_order and fit and total in (0, made.total), "MALFORMED", what="validators")
    return made


def encode_validators(validators: Validators) -> bytes:
    """A `ValidatorSet` with these validators, without priorities, proposer and total."""
    return b"".join(put_bytes(1, _validator(item, item.address, 0)) for item in validators.rows)


def _parts(header: Header) -> list[bytes]:
    """Of every field what goes, almost unchanged, into its bytes and into its hash."""
    return [
        put_number(1, header.version[0]) + put_number(2, header.version[1]),
        header.chain.encode(),
        put_number(1, header.height),
        _stamp(header.time),
        _block_id(header.last_block),
        *header[5:],
    ]


def _stamp(time: Stamp) -> bytes:
    return put_number(1, time.seconds) + put_number(2, time.nanos)


def _read_stamp(fields: Fields) -> Stamp:
    time = Stamp(fields.signed(1), fields.number(2))
    demand(time.seconds >= Stamp().seconds and time.nanos < 10**9, "MALFORMED", what="time")
    return time


def _block_id(block: BlockId) -> bytes:
    parts = put_number(1, block.parts) + put_filled(2, block.parts_hash)
    return put_filled(1, block.hash) + put_bytes(2, parts)


def _read_block_id(fields: Fields) -> BlockId:
    name, parts = fields.bytes(1), fields.message(2)
    return BlockId(name, parts.number(1), parts.bytes(2))


def _row(row: CommitRow) -> bytes:
    voted = put_number(1, row.flag) + put_filled(2, row.address)
    return voted + put_bytes(3, _stamp(row.time)) + put_filled(4, row.signature)


def _validator(item: Validator, address: bytes, priority: int) -> bytes:
    made = put_filled(1, address) + put_bytes(2, put_bytes(1, item.raw))
    return made + put_number(3, item.power) + put_number(4, priority)


def _read_validator(fields: Fields) -> tuple[Validator, bytes, int]:
    address, key = fields.bytes(1), fields.message(2).bytes(1)
    return Validator(f"ed25519:{key.hex()}", fields.signed(3)), address, fields.signed(4)
