"""What an institution says about itself before it begins: a file that is read strictly, and the file that it gives to the other founders.

`founding.toml`, with paths relative to its folder::

    chain = "alliance-1"                    # name of the chain
    alliance = "HX01"                       # four letters or digits, in every voucher's number
    member = "bank-a"
    name = "华信银行股份有限公司"             # legal name
    uscc = "91310000MA1FL0007C"             # unified social credit code, or LEI
    kinds = ["BANK"]
    licences = ["Banking licence B0001"]
    gateway_url = "https://tally.bank-a.example"   # where the other members reach this gateway
    listen_host = "127.0.0.1"
    listen_port = 8440
    trusted_roots = "roots"                 # folder with certificates (DER) of authorities that are believed
    calendars = ["calendar-2026.json"]      # free and worked days as published
    database = "sqlite"                     # or postgresql://role@host/name?sslmode=verify-full
    database_password_file = ""             # with the role's password (0600)

    [node]                                  # of a chain of several validators, ordered by CometBFT; without it: one operator
    kind = "validator"                      # or observer, which has everything and does not vote
    power = 10                              # weight of its votes among the validators
    address = "tally.bank-a.example:26656"  # where the other founders' nodes reach this one
    listen = "0.0.0.0:26656"
    network = "wan"                         # lan where nodes reach each other within a few milliseconds
    rpc_port = 26657                        # on this machine alone
    metrics_port = 26660                    # the engine's figures, on this machine alone
    ledger_metrics_port = 9464              # the ledger's
    workers = 1                             # processes that verify signatures beside the ledger's own
    remote_address = "tally.bank-a.example:8450"   # where the gateways of other members reach this node; "" for nowhere
    remote_listen = "0.0.0.0:8450"          # what is opened for them

    [[staff]]                               # at least two persons with the right admin
    account = "admin-1"
    name = "Li Wen"                         # stays in this gateway
    rights = ["admin"]
    key = "admin-1.key"                     # made by that person: tally key new
    certificate = "admin-1.der"             # from a licensed authority: tally key request
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.members.record import MemberRecord
from tallychain.engine.cometbft.settings import Address, AddressOrNone, Port
from tallychain.gateway.config import SQLITE
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.types import ChainName, Count, MemberName
from tallychain.ledger.validators import VALIDATOR, ConsensusKey, NodeKind, Power

T = TypeVar("T")
FOUNDER_FORMAT: Final = 3
_FILE_MAX: Final = 1024 * 1024

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Path = Annotated[str, Meta(min_length=1, max_length=1_000)]
AllianceCode = Annotated[str, Meta(pattern="^[A-Z0-9]{4}$(?!\\n)")]


class ProductionRefused(Exception):
    """A real start cannot be made like this; the text is one sentence that says what to change."""

    code = "PRODUCTION_REFUSED"


class StaffMember(Struct, frozen=True, forbid_unknown_fields=True):
    """One person of the staff with a key of its own."""

    account: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$(?!\\n)")]
    name: _Name
    rights: Annotated[tuple[str, ...], Meta(min_length=1, max_length=5)]
    key: _Path
    certificate: _Path
    limit: Annotated[int, Meta(ge=0)] = 0
    """Largest amount, in minor units, that the key signs for; 0 for no limit of its own."""


class FoundingNode(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[node]`."""

    kind: NodeKind = VALIDATOR
    power: Power = 10
    address: Address
    listen: Address = "0.0.0.0:26656"
    network: Annotated[str, Meta(pattern="^(lan|wan)$(?!\\n)")] = "wan"
    rpc_port: Port = 26657
    metrics_port: Port = 26660
    ledger_metrics_port: Port = 9464
    workers: Annotated[int, Meta(ge=0, le=64)] = 1
    remote_address: AddressOrNone = ""
    remote_listen: Address = "0.0.0.0:8450"


class FounderNode(Struct, frozen=True, forbid_unknown_fields=True):
    """The public part of a founder's node."""

    kind: NodeKind
    address: Address
    node_key: ConsensusKey
    """Public key behind the node's id."""
    consensus_key: Annotated[str, Meta(pattern="^(ed25519:[0-9a-f]{64})?$(?!\\n)")]
    """With which the validator signs; empty for an observer."""
    power: Count
    """0 for an observer."""
    remote: AddressOrNone
    """Where gateways of other members reach it; empty where it serves none."""
    certificate: Annotated[str, Meta(min_length=1, max_length=4096)]
    """With which the founder's processes show themselves to those of the others; PEM."""
    proofs: Annotated[
        tuple[Annotated[str, Meta(pattern="^[0-9a-f]{128}$(?!\\n)")], ...], Meta(min_length=1, max_length=2)
    ]
    """Signatures of the node key and, for a validator, the consensus key: who names a key has it."""


class Founding(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table above."""

    chain: ChainName
    alliance: AllianceCode
    member: MemberName
    name: _Name
    uscc: Annotated[str, Meta(min_length=18, max_length=20)]
    kinds: Annotated[tuple[str, ...], Meta(min_length=1, max_length=10)]
    licences: Annotated[tuple[_Name, ...], Meta(max_length=20)] = ()
    gateway_url: Annotated[str, Meta(min_length=1, max_length=200)]
    listen_host: Annotated[str, Meta(min_length=1, max_length=255)] = "127.0.0.1"
    listen_port: Annotated[int, Meta(ge=1, le=65_535)] = 8440
    trusted_roots: _Path
    calendars: Annotated[tuple[_Path, ...], Meta(min_length=1, max_length=20)]
    staff: Annotated[tuple[StaffMember, ...], Meta(min_length=2, max_length=100)]
    tree_depth: Annotated[int, Meta(ge=8, le=20)] = 18
    ledger: str = "ledger"
    """Folder of the chain, absolute or within the node's; it may lie on a disk of its own."""
    gateway: str = "gateway"
    """Folder of the gateway."""
    database: Annotated[str, Meta(min_length=1, max_length=1_000)] = SQLITE
    """Where the gateway's tables lie: `sqlite`, or the address of a PostgreSQL database of its own."""
    database_password_file: Annotated[str, Meta(max_length=1_000)] = ""
    """File (0600) with the password of the role, where the server asks for one."""
    node: FoundingNode | None = None
    """Of a chain of several validators."""


class FounderFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What one founder gives to the others: public alone, and nothing that anybody could act with."""

    format: int
    chain: ChainName
    alliance: AllianceCode
    record: MemberRecord
    node: FounderNode | None = None


class Common(Struct, frozen=True, forbid_unknown_fields=True):
    """What the genesis document needs beside the founders."""

    chain: ChainName
    alliance: AllianceCode
    tree_depth: int
    calendars: tuple[CalendarYear, ...]
    node: FoundingNode | None = None
    """How this institution's own node shall run; no business of the others."""


def read_founding(path: Path) -> Founding:
    """The settings in a file; raises `ProductionRefused`."""
    try:
        return msgspec.convert(tomllib.loads(_read(path).decode()), Founding)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ProductionRefused(f"{path} cannot be used: {error}.") from None


def read_json(path: Path, kind: type[T]) -> T:
    """A JSON file of this form and no other; raises `ProductionRefused`."""
    try:
        return msgspec.json.decode(_read(path), type=kind)
    except msgspec.DecodeError as error:
        raise ProductionRefused(f"{path} cannot be used: {error}.") from None


def read_founder(path: Path) -> FounderFile:
    """What another founder gave; raises `ProductionRefused`."""
    found = read_json(path, FounderFile)
    if found.format != FOUNDER_FORMAT:
        raise ProductionRefused(f"{path} has the format {found.format}; this program reads {FOUNDER_FORMAT}.")
    return found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_MAX + 1)
    except OSError as error:
        raise ProductionRefused(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > _FILE_MAX:
        raise ProductionRefused(f"{path} is longer than {_FILE_MAX} bytes.")
    return data
