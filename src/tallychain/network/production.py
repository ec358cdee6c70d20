"""Makes a real node: one institution's keys, settings and founder's file, and the genesis document of a chain that is no demonstration.

Keys of persons are made by the persons, each under a passphrase that nobody else is told; here only their public halves and certificates are read.  What the
node itself must open while it runs (system, sealing and sequencer keys) is made here, under a passphrase of the node.
"""

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.admission import api as admission
from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance.api import usual_section
from tallychain.contracts.members.record import MemberRecord, RecordKey, check_record
from tallychain.crypto.digest import sha256
from tallychain.crypto.keyfile import read_public
from tallychain.crypto.keys import SEED_BYTES
from tallychain.gateway.config import DEMO_PASSPHRASE, Folder
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger import codec
from tallychain.ledger.founders import COMETBFT, EMBEDDED
from tallychain.ledger.genesis import Genesis, GenesisRefused, beginning, genesis_digest, read_genesis
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE, SUPERVISOR
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.refusals import Refused
from tallychain.network.founding import (
    FOUNDER_FORMAT,
    Common,
    FounderFile,
    Founding,
    ProductionRefused,
    read_founder,
    read_json,
)
from tallychain.network.foundingkey import FoundingKey, make_key, seal_key, take_key
from tallychain.network.genesis import SYSTEM as SYSTEM_CLOCK
from tallychain.network.layout import write_readable
from tallychain.network.making import FolderNotEmpty
from tallychain.network.nodefounding import (
    check_founder_node,
    check_nodes_in,
    check_same_engine,
    engine_of,
    founding_rows,
    make_founder_node,
    tolerated,
)
from tallychain.network.policies import usual_policies
from tallychain.network.productionfiles import (
    ProductionLayout,
    name_peers,
    node_keys,
    tables,
    write_settings,
)
from tallychain.network.staff import Person, enrol, persons_of

PASSPHRASE_LEAST: Final = 12
"""Characters; the passphrase opens every key that acts without a person."""
_OUTAGE_GRACE_MS: Final = 30 * 60 * 1000


@dataclass(frozen=True, slots=True)
class MemberPrepared:
    """An institution that is ready to be founded."""

    member: str
    file: Path
    digest: str
    """SHA-256 of the file, to be compared by telephone."""
    codes: dict[str, str] = field(repr=False)
    """By account, the one-time code with which its person enrols a second factor."""
    has_node: bool = False
    """Whether it is prepared for a chain of several validators."""


@dataclass(frozen=True, slots=True)
class ChainFounded:
    """A chain that can be started."""

    chain: str
    members: tuple[str, ...]
    genesis: str
    """Digest of the genesis document: it names the chain, and every founder compares it."""
    fingerprint_key: str
    """Salted commitment of the alliance's fingerprint key, which every founder compares too."""
    validators: tuple[str, ...] = ()
    """The members whose nodes vote on blocks; nobody where one operator runs the ledger."""
    tolerates: int = 0
    """How many of them may be away or lie."""


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that everybody knows or that is guessed soon; raises `ProductionRefused`."""
    if passphrase == DEMO_PASSPHRASE:
        raise ProductionRefused(
            "The passphrase of the node is that of demonstrations, which everybody knows."
        )
    if len(passphrase) < PASSPHRASE_LEAST:
        raise ProductionRefused(f"The passphrase of the node has fewer than {PASSPHRASE_LEAST} characters.")


def prepare_member(root: Path, founding: Founding, base: Path, passphrase: str) -> MemberPrepared:
    """
    Make an institution's node in the empty folder `root`: keys, settings, accounts and the founder's file; nothing is started.

    `base` is the folder that paths in `founding` start from.  Raises `ProductionRefused`, `FolderNotEmpty`, and `CryptoRefusal` for a key file that others may
    read; what was begun is removed then.
    """
    check_passphrase(passphrase)
    persons = persons_of(founding, base, _now_ms())
    calendars = tuple(read_json(base / path, CalendarYear) for path in founding.calendars)
    _check_calendars(calendars)
    with _new(root):
        layout = ProductionLayout(root)
        folder = Folder(layout.root / founding.gateway)
        folder.make()
        (folder.root / "revocations").mkdir(mode=0o700)
        shutil.copytree(base / founding.trusted_roots, folder.root / "trusted")
        secret = secrets.token_bytes(SEED_BYTES)
        system, sealing = node_keys(layout, folder, secret, passphrase, founding)
        record = _record(founding, persons, system, sealing)
        _check_record(record)
        write_settings(layout, folder, founding, base)
        codes = enrol(folder, founding, persons, secret, tables(folder))
        common = Common(founding.chain, founding.alliance, founding.tree_depth, calendars, founding.node)
        write_readable(layout.common, common)
        node = (
            None
            if founding.node is None
            else make_founder_node(layout.root, founding.node, founding.chain, founding.member)
        )
        file = FounderFile(FOUNDER_FORMAT, founding.chain, founding.alliance, record, node)
        write_readable(layout.member, file)
        of_file = sha256(layout.member.read_bytes()).hex()
        return MemberPrepared(founding.member, layout.member, of_file, codes, node is not None)


def found_chain(root: Path, others: Sequence[Path], passphrase: str) -> ChainFounded:
    """
    Write the genesis document of a chain with this institution and those of the other founders' files.  Raises `ProductionRefused`.

    The member whose folder this is runs the sequencer, unless every founder has a node of its own, and makes the fingerprint key, which lies sealed to all
    founders in `fingerprint-key.json`.
    """
    layout = ProductionLayout(root)
    _check_unfounded(layout)
    common, own = read_json(layout.common, Common), read_founder(layout.member)
    founders = _founders(own, others)
    records = tuple(file.record for file in founders)
    key = make_key(layout.keys(), passphrase)
    sequencer = read_public(layout.sequencer_key)[1] if engine_of(own) == EMBEDDED else ""
    document = _genesis(common, founders, sequencer, key.commitment())
    try:
        beginning(document, CATALOGUE)
    except GenesisRefused as refused:
        raise ProductionRefused(str(refused)) from None
    sealed = seal_key(key, records, genesis_digest(document).hex())
    write_readable(layout.fingerprint_key, sealed)
    name_peers(layout, common, own, founders)
    layout.genesis.write_bytes(document)
    return _founded(document, sealed)


def take_genesis(
    root: Path, document: bytes, key: FoundingKey, passphrase: str, others: Sequence[Path] = ()
) -> ChainFounded:
    """
    Take over a genesis document that another founder has built, once it is seen that this institution is in it as it is, and the fingerprint key.

    On a chain of several validators `others` are the files of all other founders, and the document holds their validators and nodes and no more.  Raises
    `ProductionRefused`; nothing is taken then.
    """
    layout = ProductionLayout(root)
    _check_unfounded(layout)
    common, own = read_json(layout.common, Common), read_founder(layout.member)
    founders = _founders(own, others)
    try:
        genesis = read_genesis(document)
        beginning(document, CATALOGUE)
    except GenesisRefused as refused:
        raise ProductionRefused(str(refused)) from None
    if genesis.demo or genesis.clock != SYSTEM_CLOCK:
        raise ProductionRefused(
            "The genesis document is that of a demonstration, or its clock is moved by hand."
        )
    records = codec.decode(tuple[MemberRecord, ...], bytes(genesis.contracts["members"]))
    for file in founders:
        if file.record not in records:
            raise ProductionRefused(
                f"The genesis document does not hold {file.record.member} as its member file describes it."
            )
    if genesis.engine != engine_of(own):
        raise ProductionRefused(
            f"The genesis document is for the engine {genesis.engine}; this institution was prepared for {engine_of(own)}."
        )
    check_nodes_in(genesis, [record.member for record in records], founders)
    take_key(layout.keys(), key, genesis_digest(document).hex(), _committed(genesis), passphrase)
    name_peers(layout, common, own, founders)
    layout.genesis.write_bytes(document)
    return _founded(document, key)


def _founders(own: FounderFile, others: Sequence[Path]) -> list[FounderFile]:
    """This founder and those of the other files, in the order of their members; raises `ProductionRefused`."""
    founders = [own]
    for path in others:
        other = read_founder(path)
        if (other.chain, other.alliance) != (own.chain, own.alliance):
            raise ProductionRefused(
                f"{path} is for the chain {other.chain} of {other.alliance}, not for {own.chain} of {own.alliance}."
            )
        check_founder_node(other, path)
        if other != own:
            founders.append(other)
    check_same_engine(founders)
    return sorted(founders, key=lambda file: file.record.member)


def _founded(document: bytes, key: FoundingKey) -> ChainFounded:
    genesis = read_genesis(document)
    records = codec.decode(tuple[MemberRecord, ...], bytes(genesis.contracts["members"]))
    return ChainFounded(
        genesis.chain,
        tuple(record.member for record in records),
        genesis_digest(document).hex(),
        key.commitment,
        tuple(row.member for row in genesis.validators),
        tolerated([row.power for row in genesis.validators]),
    )


def _check_unfounded(layout: ProductionLayout) -> None:
    if not layout.member.is_file():
        raise ProductionRefused(
            f"No institution was prepared in {layout.root}: run tally network init --production there first."
        )
    if layout.genesis.exists():
        raise ProductionRefused(
            f"There is already a genesis document {layout.genesis}; it is not overwritten."
        )


def _genesis(common: Common, founders: Sequence[FounderFile], sequencer: str, commitment: str) -> bytes:
    now_ms, records = _now_ms(), tuple(file.record for file in founders)
    validators, nodes = founding_rows(founders)
    return codec.encode(
        Genesis(
            chain=common.chain,
            alliance=common.alliance,
            time_ms=now_ms,
            demo=False,
            clock=SYSTEM_CLOCK,
            tree_depth=common.tree_depth,
            outages=True,
            outage_grace_ms=_OUTAGE_GRACE_MS,
            engine=EMBEDDED if sequencer else COMETBFT,
            sequencer=sequencer,
            validators=validators,
            nodes=nodes,
            supervisors=tuple(record.member for record in records if SUPERVISOR in record.kinds),
            policies=usual_policies(
                CATALOGUE, format_date(local_day(now_ms)), EMBEDDED if sequencer else COMETBFT
            ),
            calendars=common.calendars,
            contracts={
                "admission": msgspec.Raw(codec.encode(_admissions(records, now_ms))),
                "documents": msgspec.Raw(codec.encode(documents.founding_section(commitment))),
                "members": msgspec.Raw(codec.encode(records)),
                "governance": msgspec.Raw(codec.encode(usual_section([record.member for record in records]))),
            },
        )
    )


def _admissions(records: Sequence[MemberRecord], now_ms: int) -> tuple[admission.FoundingReview, ...]:
    """Founding banks answer for founding core enterprises, which the founders accept with the document; each is reviewed within a year."""

    def of_kind(kind: str) -> list[str]:
        return [record.member for record in records if kind in record.kinds]

    return admission.founding_section(of_kind(CORE_ENTERPRISE), of_kind(BANK), now_ms)


def _committed(genesis: Genesis) -> str:
    """The commitment of the first fingerprint key in a genesis document that was read; raises `ProductionRefused` where there is none."""
    section = genesis.contracts.get("documents")
    epochs = () if section is None else codec.decode(documents.DocumentsSection, bytes(section)).key_epochs
    if not epochs:
        raise ProductionRefused("The genesis document commits to no fingerprint key.")
    return epochs[0].commitment


def _check_calendars(calendars: tuple[CalendarYear, ...]) -> None:
    year = local_day(_now_ms()).year
    if year not in {calendar.year for calendar in calendars}:
        raise ProductionRefused(
            f"There is no calendar of {year}: without it nothing that is due this year can be dated."
        )


def _check_record(record: MemberRecord) -> None:
    try:
        check_record(record)
        codec.decode(MemberRecord, codec.encode(record))
    except Refused as refused:
        raise ProductionRefused(f"The institution may not begin like this: {refused}") from None
    except codec.Malformed as error:
        raise ProductionRefused(f"The institution may not begin like this: {error.detail}.") from None


def _record(founding: Founding, persons: Sequence[Person], system: RecordKey, sealing: str) -> MemberRecord:
    return MemberRecord(
        member=founding.member,
        name=founding.name,
        uscc=founding.uscc,
        kinds=founding.kinds,
        licences=founding.licences,
        gateway=founding.gateway_url,
        sealing=sealing,
        keys=(*(person.record for person in persons), system),
    )


@contextmanager
def _new(root: Path) -> Iterator[None]:
    """An empty folder that is filled whole or not at all."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FolderNotEmpty(root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.chmod(0o700)
    try:
        yield
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
