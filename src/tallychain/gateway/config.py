"""The settings of one member's gateway: a TOML file, and environment variables that override it.

Folder of a member::

    gateway.toml       this file
    keys/              key files of the member (mode 0600): system.key, sealing-<n>.key, secret.key and one per person of its staff
    seats/<id>/        wallet of a seat: view.key, sign-<account>.key, identity-<account>.key
    gateway.sqlite     accounts, drafts, outbox, letters, unless they lie in PostgreSQL
    readmodel.sqlite   rows for queries, made again from the ledger at any time, likewise
    documents/         files that were given to this gateway

Every setting, with its default:

| setting | default | meaning |
|---|---|---|
| member | (needed) | id of the member that this gateway serves |
| engine | (needed, or ledger) | path of the socket of the ledger process, or of the nearest node's |
| ledger | [] | paths of the sockets of more nodes, the nearest first, on a chain with several validators; in the environment separated by commas. A node of another member is tls://member@host:port |
| tls | "tls" | folder of certificates for such nodes: own.key, own.pem, peers/<member>.pem |
| trusted_header | "" | several validators: HEIGHT:HASH of a header that another member has told; every node must have it, and newer ones are checked from there on |
| trusting_days | 0 | several validators: how old the newest trusted header may be when the gateway begins or goes on after a silence: that one, the last one followed, or the genesis document; 0 for any age |
| genesis | "genesis.json" | the chain's genesis document; its digest must be that of the ledger |
| listen_host, listen_port | 127.0.0.1, 8440 | where requests are taken |
| public_url | "" | where others reach this gateway; shown, and checked against the member's record |
| passphrase_file | "" | file (0600) with the passphrase of system, sealing and view keys; empty: TALLY_PASSPHRASE, the credential `passphrase` of a systemd service, or "demo" on a demo chain |
| database | "sqlite" | where tables lie: files in this folder, or a database of this gateway's own on a PostgreSQL server, postgresql://role@host/name?sslmode=verify-full |
| database_password_file | "" | file (0600) with the role's password; empty where the server knows the role otherwise |
| trusted_roots | "trusted" | folder of DER certificates of authorities whose certificates are believed |
| revocations | "revocations" | folder of DER revocation lists of these authorities |
| accounts_file | "" | CSV file (0600) with the accounts of holders: uscc, name, bank, bank_code, account; with it the gateway names payees by itself from the black-out on |
| outbox_limit | 20000 | operations that may wait for the ledger |
| envelope_wait_ms | 20 | how long operations are collected before an envelope is made |
| envelopes_in_flight | 4 | envelopes sent and not yet answered |
| card_stock | 20 | tag cards kept signed per seat |
| card_valid_days | 30 | how long a tag card may be used |
| card_wait_ms | 3000 | how long an act waits for another gateway's card |
| token_hours | 12 | life of a token given at sign-in |
| account_rate_per_s, account_burst | 50, 200 | requests of one account |
| member_rate_per_s, member_burst | 500, 2000 | requests of all accounts, and letters of one member |
| seat_rate_per_s, seat_burst | 100, 400 | requests of all accounts of one seat |
| connections | 1000 | open connections; more are answered with 503 |
| header_bytes | 32768 | request line and header fields of one request |
| header_wait_s | 10 | how long a client may take to send them |
| body_wait_s | 30 | how long a client may take to send a body |
| body_bytes | 262144 | largest JSON request |
| document_bytes | 4194304 | largest document |
| seat_documents_bytes | 1073741824 | documents of one seat together |
| burst_splits | 50 | more splits by one party within an hour are reported |
| circle_days | 30 | days within which units, or their worth, that come back are reported |
| public_disclosure | false | whether everybody may read without sign-in what the ledger discloses of issuers; on demonstrations everybody may |
| webhook_private | false | whether webhooks may point into private networks |
| webhook_roots | "" | PEM file of the authorities that certify receivers of webhooks; empty: the usual ones of the web |
| webhook_attempts | 10 | attempts for one delivery before it is dead |
| webhook_first_wait_ms | 5000 | wait after the first failure; each further one is four times as long, at most 12 hours |
| webhook_timeout_s | 10 | how long a receiver may take |
| webhook_fails_for_hours | 120 | how long a webhook may fail before it is switched off |
| subscribers | 200 | open event streams |
| subscriber_queue | 1000 | events that may wait for one slow subscriber |

The environment variable of `listen_port` is `TALLY_GATEWAY_LISTEN_PORT`, and so on.
"""

import os
import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from tallychain.crypto.passphrases import CREDENTIALS_VARIABLE, PassphraseFileRefused, read_passphrase
from tallychain.ledger.types import MemberName
from tallychain.sql.places import Place, PostgresSchema, SqliteFile

PREFIX: Final = "TALLY_GATEWAY_"
PASSPHRASE_VARIABLE: Final = "TALLY_PASSPHRASE"  # noqa: S105 - the name of a variable
CREDENTIAL: Final = "passphrase"
"""Name under which a service manager hands the passphrase over."""
DEMO_PASSPHRASE: Final = "demo"  # noqa: S105 - known to everybody, and accepted on demo chains only

SQLITE: Final = "sqlite"

_Port = Annotated[int, Meta(ge=0, le=65_535)]
_Many = Annotated[int, Meta(ge=1, le=1_000_000)]


class ConfigRefused(Exception):
    """The gateway cannot start with these settings; the text is one sentence that says what to change."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table above."""

    member: MemberName
    engine: str = ""
    ledger: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(max_length=16)] = ()
    tls: str = "tls"
    trusted_header: Annotated[str, Meta(pattern="^([1-9][0-9]{0,14}:[0-9a-fA-F]{64})?$(?!\\n)")] = ""
    trusting_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    genesis: str = "genesis.json"
    listen_host: str = "127.0.0.1"
    listen_port: _Port = 8440
    public_url: str = ""
    passphrase_file: str = ""
    database: str = SQLITE
    database_password_file: str = ""
    trusted_roots: str = "trusted"
    revocations: str = "revocations"
    accounts_file: str = ""
    outbox_limit: _Many = 20_000
    envelope_wait_ms: Annotated[int, Meta(ge=0, le=1000)] = 20
    envelopes_in_flight: Annotated[int, Meta(ge=1, le=64)] = 4
    card_stock: Annotated[int, Meta(ge=0, le=100)] = 20
    card_valid_days: Annotated[int, Meta(ge=1, le=365)] = 30
    card_wait_ms: Annotated[int, Meta(ge=0, le=30_000)] = 3000
    token_hours: Annotated[int, Meta(ge=1, le=720)] = 12
    account_rate_per_s: _Many = 50
    account_burst: _Many = 200
    member_rate_per_s: _Many = 500
    member_burst: _Many = 2000
    seat_rate_per_s: _Many = 100
    seat_burst: _Many = 400
    connections: Annotated[int, Meta(ge=10, le=100_000)] = 1000
    header_bytes: Annotated[int, Meta(ge=4096, le=262_144)] = 32_768
    header_wait_s: Annotated[int, Meta(ge=1, le=120)] = 10
    body_wait_s: Annotated[int, Meta(ge=1, le=600)] = 30
    body_bytes: Annotated[int, Meta(ge=65_536, le=16_777_216)] = 262_144
    document_bytes: Annotated[int, Meta(ge=1024, le=16_777_216)] = 4_194_304
    seat_documents_bytes: Annotated[int, Meta(ge=1024, le=2**50)] = 1_073_741_824
    burst_splits: Annotated[int, Meta(ge=1, le=500)] = 50
    circle_days: Annotated[int, Meta(ge=1, le=366)] = 30
    public_disclosure: bool = False
    webhook_private: bool = False
    webhook_roots: str = ""
    webhook_attempts: Annotated[int, Meta(ge=1, le=30)] = 10
    webhook_first_wait_ms: Annotated[int, Meta(ge=1, le=3_600_000)] = 5000
    webhook_timeout_s: Annotated[int, Meta(ge=1, le=60)] = 10
    webhook_fails_for_hours: Annotated[int, Meta(ge=0, le=8760)] = 120
    subscribers: _Many = 200
    subscriber_queue: Annotated[int, Meta(ge=1, le=100_000)] = 1000


class Folder:
    """Where everything of one member lies."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.keys = root / "keys"
        self.seats = root / "seats"
        self.documents = root / "documents"
        self.database = root / "gateway.sqlite"
        self.read_model = root / "readmodel.sqlite"

    def make(self) -> None:
        """Make what is missing, for the owner only."""
        for path in (self.root, self.keys, self.seats, self.documents):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)


def load(path: Path, environment: Mapping[str, str] = os.environ) -> tuple[Settings, Folder]:
    """The settings in a file, overridden by the environment; raises `ConfigRefused`."""
    try:
        plain: dict[str, Any] = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise ConfigRefused(f"There is no settings file {path}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigRefused(f"The settings file {path} cannot be read: {error}.") from None
    for name in Settings.__struct_fields__:
        if (text := environment.get(PREFIX + name.upper())) is not None:
            plain[name] = [part.strip() for part in text.split(",")] if name == "ledger" else text
    try:
        # Variables are text, so numbers may come as text; whole numbers only.
        settings = msgspec.convert(plain, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigRefused(f"A setting in {path} is not valid: {error}.") from None
    if not settings.engine and not settings.ledger:
        raise ConfigRefused(f"The settings in {path} name no socket of a ledger: give engine, or ledger.")
    return settings, Folder(path.resolve().parent)


def passphrase(
    settings: Settings, folder: Folder, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> str:
    """The passphrase of the keys that stand open while the gateway runs; raises `ConfigRefused`."""
    if settings.passphrase_file:
        found = _from_file(folder.root / settings.passphrase_file)
    elif PASSPHRASE_VARIABLE in environment:
        found = environment[PASSPHRASE_VARIABLE]
    elif CREDENTIALS_VARIABLE in environment:
        found = _from_file(Path(environment[CREDENTIALS_VARIABLE]) / CREDENTIAL)
    elif demo:
        found = DEMO_PASSPHRASE
    else:
        raise ConfigRefused(f"Give the passphrase of the keys: set passphrase_file or {PASSPHRASE_VARIABLE}.")
    if found == DEMO_PASSPHRASE and not demo:
        raise ConfigRefused(
            "This chain is not a demonstration: keys under the known demo passphrase are refused."
        )
    return found


def webhook_trust(settings: Settings, folder: Folder) -> ssl.SSLContext | None:
    """Whose certificates receivers of webhooks show, where not those of the web; raises `ConfigRefused`."""
    if not settings.webhook_roots:
        return None
    path = folder.root / settings.webhook_roots
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigRefused(
            f"The file {path} (webhook_roots) holds no certificates that can be read: {error}."
        ) from None


def own_tables(settings: Settings, folder: Folder) -> Place:
    """Where the gateway's own tables lie; raises `ConfigRefused`."""
    return _place(settings, folder.database, folder, "gateway")


def row_tables(settings: Settings, folder: Folder) -> Place:
    """Where the rows for queries lie, apart from the others because they are thrown away whole; raises `ConfigRefused`."""
    return _place(settings, folder.read_model, folder, "readmodel")


def _place(settings: Settings, file: Path, folder: Folder, schema: str) -> Place:
    if settings.database == SQLITE:
        return SqliteFile(file)
    secret = settings.database_password_file
    password = _from_file(folder.root / secret, "password") if secret else ""
    return PostgresSchema(settings.database, schema, password)


def _from_file(path: Path, what: str = "passphrase") -> str:
    try:
        return read_passphrase(path, what=what)
    except PassphraseFileRefused as refused:
        raise ConfigRefused(str(refused)) from None
