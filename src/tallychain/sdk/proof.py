"""Make proof bundles: everything that `verify` needs in order to show, without a ledger, what became of one operation.

A bundle holds nothing that its maker did not have: sealed parts and certificates stand in it only as far as the maker may show them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from msgspec import Raw

from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.digest import Tag, digest
from tallychain.ledger import codec, merkle
from tallychain.ledger.envelope import Envelope, EnvelopeHeader
from tallychain.ledger.header import header_digest
from tallychain.ledger.identity import KEYS, MEMBERS
from tallychain.ledger.merkle import Path
from tallychain.ledger.operation import Body, Signature, SignedOperation, operation_id, signed_leaf
from tallychain.ledger.parameters import CALENDARS, FACTS, POLICIES
from tallychain.ledger.tree import InclusionProof, StateProof
from tallychain.ledger.types import Author, author_member
from tallychain.sdk.bundlerows import (
    AllianceBundle,
    Bundle,
    Carrier,
    CertificateRow,
    HeaderRow,
    OpenedRow,
    OperationRow,
    ReceiptRow,
    SignatureRow,
    StateRow,
    ValidatorRow,
    VotedRow,
)
from tallychain.sdk.headerpath import COMETBFT, HeaderPath, HeaderSource, SignedHeader, founding_of, lead
from tallychain.sdk.verify.basics import Broken

FORMAT: Final = "tally-proof/1"
ALLIANCE_FORMAT: Final = "tally-proof/2"
"""From a chain with several validators: other headers, otherwise the same."""
FACTS_TABLE: Final = "facts"
_TABLES: Final = (FACTS_TABLE, "member", "key", "policy", "calendar")
_TRIES: Final = 20


class ProofUnavailable(Exception):
    """A proof cannot be made: `code` is stable, the text a sentence.  `NOT_YET` passes with the next block."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class ReceiptAnswer(Protocol):
    """What an engine says of a receipt: where it stands and what leads from it to the next header."""

    @property
    def height(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def receipt(self) -> bytes: ...
    @property
    def envelope(self) -> bytes: ...
    @property
    def receipt_path(self) -> Path: ...
    @property
    def result_path(self) -> Path: ...
    @property
    def header(self) -> bytes: ...
    @property
    def header_signature(self) -> bytes: ...
    @property
    def next_header(self) -> bytes: ...
    @property
    def next_header_signature(self) -> bytes: ...


class QueryAnswer(Protocol):
    """What an engine says of one row: after which block it reads so, and its proof under the next header."""

    @property
    def height(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def proof(self) -> StateProof | None: ...


class Source(HeaderSource, Protocol):
    """What a proof needs of an engine.  Engines stand above this folder, so their answers are described here by shape."""

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """The receipt of an operation with what proves it."""

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """One row of the state, with a proof as of the newest root that stands in a header."""


@dataclass(frozen=True, slots=True)
class StateRecord:
    """One record of the state with its proof; `table` is `facts`, `member`, `key`, `policy` or `calendar`."""

    table: str
    value: bytes
    proof: InclusionProof


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """A sealed part that the maker of the proof shows: its salt, and its content as it was committed to."""

    label: str
    salt: bytes
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the maker of a proof chooses to show beside the operation itself."""

    opened: tuple[OpenedPart, ...] = ()
    certificates: tuple[bytes, ...] = ()
    """In DER: of persons and enterprises whose signatures stand in the operation or in a part shown."""
    policies: tuple[tuple[str, int], ...] = ()
    """Kind and version of each policy that is cited."""
    calendars: tuple[int, ...] = ()
    """Years of the calendars that are cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofMaterial:
    """All parts of a proof, as plain bytes: gathered from an engine, or from wherever a maker keeps them."""

    genesis: bytes
    body: bytes
    signatures: tuple[Signature, ...]
    envelope: bytes
    """Canonical header of the envelope that carried the operation."""
    envelope_signature: bytes
    envelope_path: Path
    """From the operation's body and signatures to the root in the envelope's header."""
    receipt: bytes
    receipt_path: Path
    """From the receipt to the result data of its envelope."""
    result_path: Path
    """From the envelope's result to `results_root` of the second header."""
    headers: tuple[SignedHeader, ...] = ()
    """Of the operation's block, of the next one, and of a later one if the records were proven later; empty where there is a path."""
    path: HeaderPath | None = None
    """On a chain with several validators, the headers that lead from its founders to these."""
    records: tuple[StateRecord, ...]
    """Chain facts; member and key of each signer and of the carrier; what is cited; all under `app_hash` of the last header."""
    stated: tuple[StateRecord, ...] = ()
    """Further records under the same header, which a certificate states beside the bundle; tables by their names there."""
    opened: tuple[OpenedPart, ...] = ()
    certificates: tuple[bytes, ...] = ()


def make_bundle(material: ProofMaterial) -> bytes:
    """
    The bundle: one canonical JSON text, in the form that docs/proofs.md describes.

    Nothing is verified here; whoever is shown the bundle does that.  Raises `ProofUnavailable` with `NOT_TEXT` for a part whose content is not
    UTF-8.
    """
    path = material.path
    signatures = [SignatureRow(item.role, item.key, item.signature.hex()) for item in material.signatures]
    carrier = Carrier(
        Raw(material.envelope), material.envelope_signature.hex(), _steps(material.envelope_path)
    )
    receipt = ReceiptRow(
        Raw(material.receipt),
        digest(Tag.RECEIPT, material.receipt).hex(),
        _steps(material.receipt_path),
        _steps(material.result_path),
    )
    before = (
        FORMAT if path is None else ALLIANCE_FORMAT,
        founding_of(material.genesis).chain,
        Raw(material.genesis),
        OperationRow(operation_id(material.body), Raw(material.body), signatures),
        carrier,
        receipt,
    )
    after = (
        {table: _rows(material.records, table) for table in _TABLES},
        [OpenedRow(part.label, part.salt.hex(), _text(part)) for part in material.opened],
        [CertificateRow(certificate_digest(der), der.hex()) for der in material.certificates],
    )
    if path is None:
        return codec.encode(Bundle(*before, [_header_row(row) for row in material.headers], *after))
    sets = [[ValidatorRow(item.key, item.power) for item in row.rows] for row in path.validators]
    voted = [VotedRow(row.text.hex(), row.signature.hex()) for row in path.headers]
    return codec.encode(AllianceBundle(*before, sets, path.block.hex(), voted, *after))


async def gather(
    engine: Source,
    operation: str,
    genesis: bytes,
    shown: Shown | None = None,
    *,
    through: int = 0,
    stating: Sequence[tuple[str, bytes]] = (),
) -> ProofMaterial:
    """
    Collect what proves an operation (its id, 64 hex digits) on the chain of this genesis document.

    `through` is the height of a header that whoever checks trusts already, on a chain with several validators: the proof leads through it.
    `stating` names further records, by table and key, that a certificate states.

    Raises `ProofUnavailable`: `NO_RECEIPT` (unknown or turned away), `NOT_YET` (the next header is not made yet), `RECORD_MISSING`
    (something cited does not stand in the ledger), `CHAIN_MOVES` (no two answers were of one height); and the engine's own errors.
    """
    show = shown or Shown()
    answer = await engine.receipt(operation)
    if answer is None:
        raise ProofUnavailable("NO_RECEIPT", f"There is no receipt of the operation {operation}.")
    if not answer.next_header:
        raise ProofUnavailable(
            "NOT_YET", "The header that commits to this receipt comes with the next block."
        )
    envelope = codec.decode_frame(Envelope, answer.envelope)
    signed = envelope.operations[answer.position]
    wanted = _keys(signed, envelope.header, show)
    height, records = await _records(engine, [*wanted, *stating])
    several = founding_of(genesis).engine == COMETBFT
    return ProofMaterial(
        genesis=genesis,
        body=signed.body,
        signatures=signed.signatures,
        envelope=envelope.header,
        envelope_signature=envelope.signature,
        envelope_path=merkle.prove([signed_leaf(item) for item in envelope.operations], answer.position),
        receipt=answer.receipt,
        receipt_path=answer.receipt_path,
        result_path=answer.result_path,
        headers=() if several else await _headers(engine, answer, height),
        path=await _path(engine, genesis, (through, answer.height + 1, height + 1), answer)
        if several
        else None,
        records=records[: len(wanted)],
        stated=records[len(wanted) :],
        opened=show.opened,
        certificates=show.certificates,
    )


async def _headers(engine: Source, answer: ReceiptAnswer, height: int) -> tuple[SignedHeader, ...]:
    headers = [
        SignedHeader(answer.header, answer.header_signature),
        SignedHeader(answer.next_header, answer.next_header_signature),
    ]
    if height != answer.height:
        block = await engine.block(height + 1)
        headers.append(SignedHeader(block.header, block.header_signature))
    return tuple(headers)


async def _path(
    engine: Source, genesis: bytes, heights: tuple[int, ...], answer: ReceiptAnswer
) -> HeaderPath:
    try:
        path, _ = await lead(engine, genesis, tuple(sorted(set(heights))))
    except Broken as broken:
        raise ProofUnavailable("HEADERS_BROKEN", f"The engine's headers do not hold: {broken}") from None
    return replace(path, block=answer.header)


def _header_row(header: SignedHeader) -> HeaderRow:
    return HeaderRow(Raw(header.text), header_digest(header.text).hex(), header.signature.hex())


def _keys(signed: SignedOperation, envelope: bytes, show: Shown) -> list[tuple[str, bytes]]:
    """Table and state key of every record that the proof needs."""
    header = codec.trusted(EnvelopeHeader, envelope)
    body = codec.trusted(Body, signed.body)
    author = author_member(Author(body.author))
    members = {header.member} | ({author} if author is not None else set())
    keys = {header.key} | ({item.key for item in signed.signatures} if author is not None else set())
    wanted = [(FACTS_TABLE, FACTS.key())]
    wanted += [("member", MEMBERS.key(member)) for member in sorted(members)]
    wanted += [("key", KEYS.key(key)) for key in sorted(keys)]
    wanted += [("policy", POLICIES.key(kind, version)) for kind, version in show.policies]
    return wanted + [("calendar", CALENDARS.key(year)) for year in show.calendars]


async def _records(
    engine: Source, wanted: Sequence[tuple[str, bytes]]
) -> tuple[int, tuple[StateRecord, ...]]:
    """All records at one height: a chain under load moves on between two answers, so this is tried again."""
    for _ in range(_TRIES):
        answers = [await engine.query(key, prove=True) for _, key in wanted]
        heights = {answer.height for answer in answers}
        if len(heights) == 1:
            rows = zip(wanted, answers, strict=True)
            return heights.pop(), tuple(_record(table, answer) for (table, _), answer in rows)
    raise ProofUnavailable("CHAIN_MOVES", "The chain moved on while the proof was made; try again.")


def _record(table: str, answer: QueryAnswer) -> StateRecord:
    if answer.value is None or not isinstance(answer.proof, InclusionProof):
        raise ProofUnavailable(
            "RECORD_MISSING", f"A record of the table {table} does not stand in the ledger."
        )
    return StateRecord(table, answer.value, answer.proof)


def _rows(records: Sequence[StateRecord], table: str) -> list[StateRow]:
    return [state_row(record) for record in records if record.table == table]


def state_row(record: StateRecord) -> StateRow:
    """A record of the state as it stands in a bundle."""
    return StateRow(Raw(record.value), _steps(record.proof.lower), _steps(record.proof.upper))


def _steps(path: Path) -> list[str]:
    """A path as texts: the side on which each neighbour stands, and its digest.

    Index and count are left out, because no root binds the count: what nothing binds has no place in a bundle.
    """
    steps = []
    index, last, aunts = path.index, path.total - 1, iter(path.aunts)
    while last > 0:
        if index % 2 == 1 or index < last:
            steps.append(("L" if index % 2 == 1 else "R") + next(aunts))
        index, last = index // 2, last // 2
    return steps


def _text(part: OpenedPart) -> str:
    try:
        return part.content.decode()
    except UnicodeDecodeError:
        raise ProofUnavailable("NOT_TEXT", f"The content of the part {part.label} is not text.") from None
