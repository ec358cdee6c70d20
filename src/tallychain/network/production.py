"""Makes a real node: one institution's keys, settings and founder's file, and the genesis document of a chain that is no demonstration.

Keys of persons are made by the persons, each under a passphrase that nobody else is told; here only their public halves and certificates are read.  What the
node itself must open while it runs (system, sealing and sequencer keys) is made here, under a passphrase of the node.
"""

import secrets
import shutil
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance.api import usual_section
from tallychain.contracts.members.record import MemberRecord, RecordKey, check_record
from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.digest import sha256
from tallychain.crypto.keyfile import Kind, StoredSecret, read_public, write_key_file
from tallychain.crypto.keys import SEED_BYTES, SealingKey, signing_key_from_seed
from tallychain.crypto.requests import own_certificate
from tallychain.crypto.schemes import ED25519
from tallychain.gateway import config
from tallychain.gateway.config import DEMO_PASSPHRASE, Folder
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger import codec
from tallychain.ledger.founders import EMBEDDED
from tallychain.ledger.genesis import Genesis, GenesisRefused, beginning, genesis_digest, read_genesis
from tallychain.ledger.identity import SUPERVISOR, SYSTEM
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
from tallychain.network.policies import usual_policies
from tallychain.network.staff import Person, enrol, persons_of
from tallychain.sql.places import Place

PASSPHRASE_LEAST: Final = 12
"""Characters; the passphrase opens every key that acts without a person."""
_OUTAGE_GRACE_MS: Final = 30 * 60 * 1000
_GATEWAY_FILE: Final = "gateway.toml"
_YEAR_MS: Final = 366 * 86_400_000


class ProductionLayout:
    """Where everything of a real node lies."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.node = self.root / "node.toml"
        self.genesis = self.root / "genesis.json"
        self.member = self.root / "member.json"
        self.common = self.root / "founding.json"
        self.sequencer_key = self.root / "sequencer.key"
        self.fingerprint_key = self.root / "fingerprint-key.json"

    def keys(self) -> Path:
        """The folder of the gateway's keys, wherever the node's settings put the gateway."""
        settings = self.root / tomllib.loads(self.node.read_text())["gateway"]
        return Folder(settings.parent).keys


@dataclass(frozen=True, slots=True)
class MemberPrepared:
    """An institution that is ready to be founded."""

    member: str
    file: Path
    digest: str
    """SHA-256 of the file, to be compared by telephone."""
    codes: dict[str, str] = field(repr=False)
    """By account, the one-time code with which its person enrols a second factor."""


@dataclass(frozen=True, slots=True)
class ChainFounded:
    """A chain that can be started."""

    chain: str
    members: tuple[str, ...]
    genesis: str
    """Digest of the genesis document: it names the chain, and every founder compares it."""
    fingerprint_key: str
    """Salted commitment of the alliance's fingerprint key, which every founder compares too."""


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
        system, sealing = _node_keys(layout, folder, secret, passphrase)
        record = _record(founding, persons, system, sealing)
        _check_record(record)
        _settings(layout, folder, founding, base)
        codes = enrol(folder, founding, persons, secret, _tables(folder))
        write_readable(
            layout.common, Common(founding.chain, founding.alliance, founding.tree_depth, calendars)
        )
        file = FounderFile(FOUNDER_FORMAT, founding.chain, founding.alliance, record)
        write_readable(layout.member, file)
        return MemberPrepared(founding.member, layout.member, sha256(layout.member.read_bytes()).hex(), codes)


def found_chain(root: Path, others: Sequence[Path], passphrase: str) -> ChainFounded:
    """
    Write the genesis document of a chain with this institution and those of the other founders' files.  Raises `ProductionRefused`.

    The member whose folder this is runs the sequencer, and makes the fingerprint key, which lies sealed to all founders in `fingerprint-key.json`.
    """
    layout = ProductionLayout(root)
    _check_unfounded(layout)
    common, own = read_json(layout.common, Common), read_founder(layout.member)
    founders = [own]
    for path in others:
        other = read_founder(path)
        if (other.chain, other.alliance) != (own.chain, own.alliance):
            raise ProductionRefused(
                f"{path} is for the chain {other.chain} of {other.alliance}, not for {own.chain} of {own.alliance}."
            )
        if other != own:
            founders.append(other)
    records = tuple(sorted((file.record for file in founders), key=lambda record: record.member))
    key = make_key(layout.keys(), passphrase)
    document = _genesis(common, records, read_public(layout.sequencer_key)[1], key.commitment())
    try:
        beginning(document, CATALOGUE)
    except GenesisRefused as refused:
        raise ProductionRefused(str(refused)) from None
    sealed = seal_key(key, records, genesis_digest(document).hex())
    write_readable(layout.fingerprint_key, sealed)
    layout.genesis.write_bytes(document)
    return _founded(document, sealed)


def take_genesis(root: Path, document: bytes, key: FoundingKey, passphrase: str) -> ChainFounded:
    """
    Take over a genesis document that another founder has built, once it is seen that this institution is in it as it is, and the fingerprint key.

    Raises `ProductionRefused`; nothing is taken then.
    """
    layout = ProductionLayout(root)
    _check_unfounded(layout)
    own = read_founder(layout.member)
    try:
        genesis = read_genesis(document)
        beginning(document, CATALOGUE)
    except GenesisRefused as refused:
        raise ProductionRefused(str(refused)) from None
    if genesis.demo or genesis.clock != SYSTEM_CLOCK:
        raise ProductionRefused(
            "The genesis document is that of a demonstration, or its clock is moved by hand."
        )
    if own.record not in codec.decode(tuple[MemberRecord, ...], bytes(genesis.contracts["members"])):
        raise ProductionRefused(
            f"The genesis document does not hold {own.record.member} as {layout.member} describes it."
        )
    take_key(layout.keys(), key, genesis_digest(document).hex(), _committed(genesis), passphrase)
    layout.genesis.write_bytes(document)
    return _founded(document, key)


def _founded(document: bytes, key: FoundingKey) -> ChainFounded:
    genesis = read_genesis(document)
    records = codec.decode(tuple[MemberRecord, ...], bytes(genesis.contracts["members"]))
    return ChainFounded(
        genesis.chain,
        tuple(record.member for record in records),
        genesis_digest(document).hex(),
        key.commitment,
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


def _genesis(common: Common, records: tuple[MemberRecord, ...], sequencer: str, commitment: str) -> bytes:
    now_ms = _now_ms()
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
            engine=EMBEDDED,
            sequencer=sequencer,
            validators=(),
            nodes=(),
            supervisors=tuple(record.member for record in records if SUPERVISOR in record.kinds),
            policies=usual_policies(CATALOGUE, format_date(local_day(now_ms))),
            calendars=common.calendars,
            contracts={
                "documents": msgspec.Raw(codec.encode(documents.founding_section(commitment))),
                "members": msgspec.Raw(codec.encode(records)),
                "governance": msgspec.Raw(codec.encode(usual_section([record.member for record in records]))),
            },
        )
    )


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


def _node_keys(
    layout: ProductionLayout, folder: Folder, secret: bytes, passphrase: str
) -> tuple[RecordKey, str]:
    """The keys that act without a person: the record of the system's key, and the sealing key."""

    def keep(path: Path, kind: Kind, public: str, secret: bytes) -> None:
        write_key_file(path, StoredSecret(kind, public, secret), passphrase)

    system, sealing, sequencer = (secrets.token_bytes(SEED_BYTES) for _ in range(3))
    public = signing_key_from_seed(ED25519, system).public
    sealing_public = SealingKey.from_seed(sealing).public
    keep(folder.keys / "system.key", "signing", public, system)
    keep(folder.keys / "sealing-1.key", "sealing", sealing_public, sealing)
    keep(folder.keys / "secret.key", "secret", "", secret)
    keep(layout.sequencer_key, "signing", signing_key_from_seed(ED25519, sequencer).public, sequencer)
    person, now_ms = secrets.token_hex(8), _now_ms()
    # Its member vouches for its own machine: the digest of this certificate stands on the member's record.
    certificate = own_certificate(ED25519, system, person, now_ms, now_ms + 10 * _YEAR_MS)
    (folder.keys / "system.der").write_bytes(certificate)
    return RecordKey(public, person, (SYSTEM,), 0, certificate_digest(certificate)), sealing_public


def _tables(folder: Folder) -> Place:
    """Where the gateway will look for its tables, by the very settings that were written for it."""
    try:
        settings, _ = config.load(folder.root / _GATEWAY_FILE, {})
        return config.own_tables(settings, folder)
    except config.ConfigRefused as refused:
        raise ProductionRefused(str(refused)) from None


def _settings(layout: ProductionLayout, folder: Folder, founding: Founding, base: Path) -> None:
    ledger = layout.root / founding.ledger
    ledger.mkdir(mode=0o700, parents=True, exist_ok=True)
    texts = {
        "member": founding.member,
        "engine": str(ledger / "ledger.sock"),
        "genesis": str(layout.genesis),
        "listen_host": founding.listen_host,
        "public_url": founding.gateway_url,
        "database": founding.database,
    }
    if founding.database_password_file:
        texts["database_password_file"] = str((base / founding.database_password_file).absolute())
    lines = [f"{name} = {msgspec.json.encode(text).decode()}" for name, text in texts.items()]
    lines.append(f"listen_port = {founding.listen_port}")
    (folder.root / _GATEWAY_FILE).write_text("\n".join(lines) + "\n")
    places = {
        "ledger": founding.ledger,
        "genesis": layout.genesis.name,
        "sequencer_key": layout.sequencer_key.name,
        "passphrase_file": "",
        "gateway": f"{founding.gateway}/{_GATEWAY_FILE}",
    }
    lines = [f"{name} = {msgspec.json.encode(text).decode()}" for name, text in places.items()]
    layout.node.write_text("\n".join(lines) + "\n")


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
