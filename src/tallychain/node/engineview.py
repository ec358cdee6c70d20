"""What the engine of a node says of itself, asked on this machine: its height, its peers, whether it votes."""

from datetime import datetime
from typing import Annotated, Final, Literal, TypeVar

import httpx
import msgspec
from msgspec import Struct

T = TypeVar("T")
_PATIENCE_S: Final = 3.0
VALIDATOR: Final = "validator"
OBSERVER: Final = "observer"


class EngineView(Struct, frozen=True):
    """One node of the engine as it is now."""

    node: str
    """Its id among nodes."""
    kind: Literal["validator", "observer"]
    """Whether it votes on blocks now."""
    power: int
    height: int
    app_hash: str
    """The state root in the header of that height: that of the block before."""
    catching_up: bool
    peers: list[str]
    """The nodes that it is connected to: the name that each gives itself, or its id."""


_Number = Annotated[int, msgspec.Meta(ge=0)]


class _Info(Struct, frozen=True):
    id: str


class _Sync(Struct, frozen=True):
    latest_block_height: _Number
    latest_app_hash: str
    catching_up: bool


class _Voting(Struct, frozen=True):
    voting_power: _Number


class _Status(Struct, frozen=True):
    node_info: _Info
    sync_info: _Sync
    validator_info: _Voting


class _PeerInfo(Struct, frozen=True):
    id: str
    moniker: str = ""


class _Peer(Struct, frozen=True):
    node_info: _PeerInfo


class _Peers(Struct, frozen=True):
    peers: list[_Peer]


async def view_engine(rpc: str) -> EngineView | None:
    """What the engine behind an address answers, or None where it does not."""
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
            status = _result((await client.get(f"{rpc}/status")).content, _Status)
            found = _result((await client.get(f"{rpc}/net_info")).content, _Peers)
    except (httpx.HTTPError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    power = status.validator_info.voting_power
    return EngineView(
        node=status.node_info.id,
        kind=VALIDATOR if power else OBSERVER,
        power=power,
        height=status.sync_info.latest_block_height,
        app_hash=status.sync_info.latest_app_hash.lower(),
        catching_up=status.sync_info.catching_up,
        peers=sorted(one.node_info.moniker or one.node_info.id for one in found.peers),
    )


class Progress(Struct, frozen=True):
    """Where an engine stands in its chain."""

    height: int
    time_s: float
    """Of the block of that height, as the validators agreed on it."""
    catching_up: bool


class _Times(Struct, frozen=True):
    latest_block_height: _Number
    latest_block_time: datetime
    catching_up: bool


class _ProgressStatus(Struct, frozen=True):
    sync_info: _Times


async def progress_of(rpc: str) -> Progress | None:
    """Where the engine behind an address stands, or None where it does not answer."""
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
            sync = _result((await client.get(f"{rpc}/status")).content, _ProgressStatus).sync_info
    except (httpx.HTTPError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return Progress(sync.latest_block_height, sync.latest_block_time.timestamp(), sync.catching_up)


class _BlockId(Struct, frozen=True):
    hash: str


class _CommitInfo(Struct, frozen=True):
    height: _Number
    block_id: _BlockId


class _Signed(Struct, frozen=True):
    commit: _CommitInfo


class _Commit(Struct, frozen=True):
    signed_header: _Signed


async def trusted_header(rpc: str, height: int) -> tuple[int, str] | None:
    """
    Height and hash of a header, or of the newest that every node near this one has too where it is not so high; None where the engine does not answer.

    Somebody who asks this of a node of its own member believes itself; a new node believes nobody else.
    """
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
            status = _result((await client.get(f"{rpc}/status")).content, _Status)
            wanted = max(1, min(height, status.sync_info.latest_block_height - 2))
            answer = await client.get(f"{rpc}/commit", params={"height": str(wanted)})
            commit = _result(answer.content, _Commit).signed_header.commit
    except (httpx.HTTPError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return commit.height, commit.block_id.hash.lower()


def _result(content: bytes, kind: type[T]) -> T:
    """The result in an answer; the engine writes numbers as texts."""
    answer = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    if "result" not in answer:
        raise msgspec.ValidationError("The answer holds no result.")
    return msgspec.convert(msgspec.json.decode(answer["result"]), kind, strict=False)
