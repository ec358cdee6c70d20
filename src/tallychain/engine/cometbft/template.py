"""The engine's `config.toml`, written again from `node.toml` at every start, so that one file says how a node runs."""

from dataclasses import dataclass
from typing import Final

import msgspec

from tallychain.engine.cometbft.settings import EngineSettings


@dataclass(frozen=True, slots=True)
class Signer:
    """With which key the engine votes, and where it writes what it signed last."""

    key_file: str
    signed_file: str


VALIDATOR_SIGNER: Final = Signer("config/priv_validator_key.json", "data/priv_validator_state.json")
FOLLOWER_SIGNER: Final = Signer("config/follower_key.json", "data/follower_state.json")
"""A key that nobody knows: the engine follows the chain with it and can vote for nobody."""

_TEMPLATE = """\
# Written by tallychain from node.toml at every start: change the settings there.
# Relative paths begin at the engine's home folder.

# The ledger process; it listens before the engine is started.
proxy_app = {proxy_app}
abci = "socket"
moniker = {moniker}
# Every peer is asked about at the ledger, which knows the nodes of the alliance.
filter_peers = true
db_backend = "goleveldb"
db_dir = "data"
log_level = {log_level}
log_format = "json"
genesis_file = "config/genesis.json"
priv_validator_key_file = {key_file}
priv_validator_state_file = {signed_file}
priv_validator_laddr = {remote_signer}
node_key_file = "config/node_key.json"

[rpc]
# It asks nobody who they are, so it is for this machine alone.
laddr = "tcp://127.0.0.1:{rpc_port}"
cors_allowed_origins = []
unsafe = false
max_open_connections = 100
# An envelope of the largest size in hex, and room for its request.
max_body_bytes = 2000000
pprof_laddr = ""

[p2p]
laddr = "tcp://{listen}"
external_address = {external}
persistent_peers = {peers}
# The nodes of the alliance are never turned away because too many others are connected.
unconditional_peer_ids = {peer_ids}
private_peer_ids = {peer_ids}
# Who is a node of the alliance stands on the ledger, and is not learned from other nodes.
pex = false
seeds = ""
seed_mode = false
addr_book_strict = {strict}
allow_duplicate_ip = {same_machine}
max_num_inbound_peers = 40
max_num_outbound_peers = 10
persistent_peers_max_dial_period = "10s"
flush_throttle_timeout = "{flush_ms}ms"
# Large enough that a block part goes out in one piece.
max_packet_msg_payload_size = 65536
send_rate = {rate_bytes}
recv_rate = {rate_bytes}
handshake_timeout = "20s"
dial_timeout = "3s"

[mempool]
type = "flood"
# An envelope is judged once; what has changed since is judged where it is executed.
recheck = false
broadcast = true
size = {waiting}
max_txs_bytes = 268435456
cache_size = 100000
# What was turned away for its rate may come again.
keep-invalid-txs-in-cache = false
max_tx_bytes = 1048576

[statesync]
enable = {sync}
rpc_servers = {sync_servers}
trust_height = {sync_height}
trust_hash = {sync_hash}
trust_period = "{sync_hours}h0m0s"
discovery_time = "5s"
chunk_request_timeout = "10s"
chunk_fetchers = "4"

[blocksync]
version = "v0"

[consensus]
wal_file = "data/cs.wal/wal"
timeout_propose = "{propose_ms}ms"
timeout_propose_delta = "500ms"
timeout_prevote = "{vote_ms}ms"
timeout_prevote_delta = "500ms"
timeout_precommit = "{vote_ms}ms"
timeout_precommit_delta = "500ms"
# No wait for the last votes after a block is decided.
timeout_commit = "{commit_ms}ms"
skip_timeout_commit = true
double_sign_check_height = {double_sign_check}
# A block is made where something is to be decided or was, and else from time to time.
create_empty_blocks = false
create_empty_blocks_interval = "{idle_ms}ms"
peer_gossip_sleep_duration = "{gossip_ms}ms"
peer_query_maj23_sleep_duration = "2000ms"
block_time_tolerance = "60s"

[storage]
# The ledger keeps the results of every block; the engine keeps those of the last one.
discard_abci_responses = true

[tx_index]
indexer = "null"

[instrumentation]
prometheus = {prometheus}
prometheus_listen_addr = "127.0.0.1:{metrics_port}"
max_open_connections = 3
namespace = "cometbft"
"""


def config_text(
    settings: EngineSettings, *, moniker: str, proxy_app: str, signer: Signer = VALIDATOR_SIGNER
) -> str:
    """The engine's settings file; `proxy_app` is the address of the ledger process, `signer` with which key it votes."""
    near, sync = settings.network == "lan", settings.sync
    return _TEMPLATE.format(
        proxy_app=_quoted(proxy_app),
        moniker=_quoted(moniker),
        log_level=_quoted(settings.log_level),
        key_file=_quoted(signer.key_file),
        signed_file=_quoted(signer.signed_file),
        remote_signer=_quoted(settings.remote_signer),
        rpc_port=settings.rpc_port,
        listen=settings.listen,
        external=_quoted(settings.external),
        peers=_quoted(",".join(settings.peers)),
        peer_ids=_quoted(",".join(peer.partition("@")[0] for peer in settings.peers)),
        strict=_flag(not settings.same_machine),
        same_machine=_flag(settings.same_machine),
        flush_ms=2 if near else 10,
        gossip_ms=4 if near else 10,
        commit_ms=0 if near else 100,
        rate_bytes=settings.rate_bytes,
        waiting=settings.waiting,
        sync=_flag(sync is not None),
        sync_servers=_quoted("" if sync is None else ",".join(f"http://{one}" for one in sync.servers)),
        sync_height=0 if sync is None else sync.height,
        sync_hash=_quoted("" if sync is None else sync.hash.upper()),
        sync_hours=168 if sync is None else sync.trust_hours,
        propose_ms=settings.propose_ms,
        vote_ms=settings.vote_ms,
        double_sign_check=settings.double_sign_check,
        idle_ms=settings.idle_ms,
        prometheus=_flag(settings.metrics_port > 0),
        metrics_port=settings.metrics_port or 26660,
    )


def _quoted(text: str) -> str:
    # JSON's strings are TOML's, but for one character that TOML wants escaped.
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def _flag(value: bool) -> str:
    return "true" if value else "false"
