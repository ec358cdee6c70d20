"""What the ledger process asks of the engine beside it, over the engine's RPC on this machine.

The RPC asks nobody who they are; it listens on the loopback address alone, and so does nothing here speak to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from tallychain.engine.cometbft.outcasts import Connected
from tallychain.engine.cometbft.rpcheaders import AnswerMalformed, signed_header, validator_set
from tallychain.engine.records import SignedHeader

_PATIENCE_S: Final = 5.0
_CONNECTIONS: Final = 64
_PAGE: Final = 100
_JSON: Final = MappingProxyType({"Content-Type": "application/json"})
_FORM: Final = MappingProxyType({"Content-Type": "application/x-www-form-urlencoded"})
_HERE: Final = ("127.0.0.1", "::1", "localhost")
_KNOWN_ALREADY: Final = "tx already exists in cache"
_FULL: Final = "mempool is full"
_PRUNED: Final = "lowest height is"
T = TypeVar("T")


class NotOnThisMachine(Exception):
    """The address given for the engine's RPC is not on this machine."""

    def __init__(self, address: str) -> None:
        super().__init__(f"The engine's RPC must be http on this machine, not at {address}.")


class NoAnswer(Exception):
    """The engine does not answer, or not in its release's words: it is starting, ending, or gone."""


class Unwilling(Exception):
    """The engine answers that it will not; its own sentence."""


class MempoolFull(Unwilling):
    """The engine holds as many envelopes as it may."""


class NotKept(Unwilling):
    """The engine no longer has what was asked for."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the application said of an envelope that was handed to the engine."""

    code: int
    log: str


class _Error(Struct, frozen=True):
    message: str = ""
    data: str = ""


class _Reply(Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


class _Broadcast(Struct, frozen=True):
    code: int
    log: str = ""


class _NodeInfo(Struct, frozen=True):
    version: str
    network: str
    id: str = ""


class _Peer(Struct, frozen=True):
    node_info: _NodeInfo


class _NetInfo(Struct, frozen=True):
    peers: list[_Peer]


class _SyncInfo(Struct, frozen=True):
    latest_block_height: int
    catching_up: bool


class _Status(Struct, frozen=True):
    node_info: _NodeInfo
    sync_info: _SyncInfo


class _Validator(Struct, frozen=True):
    voting_power: int


class _Validators(Struct, frozen=True):
    validators: list[_Validator]
    total: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the engine stands."""

    version: str
    chain: str
    height: int
    catching_up: bool
    powers: tuple[int, ...]
    """Of the validators of its last block, the greatest first."""

    @property
    def tolerates(self) -> int:
        """How many of the validators, whichever, may fail or lie at once."""
        room, faulty = (sum(self.powers) - 1) // 3, 0
        for power in self.powers:
            room -= power
            if room < 0:
                break
            faulty += 1
        return faulty


class EngineRpc:
    """The engine's RPC at one address; closed by `close`."""

    def __init__(self, address: str) -> None:
        """Raises `NotOnThisMachine`."""
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname not in _HERE:
            raise NotOnThisMachine(address)
        self._client = httpx.AsyncClient(
            base_url=address,
            timeout=_PATIENCE_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        )

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    async def hand_over(self, envelope: bytes) -> Taken | None:
        """
        Give the engine an envelope to spread and to put into a block; what the application says of it, or None where the engine had it already.

        Raises `MempoolFull`, `Unwilling` or `NoAnswer`.
        """
        try:
            # As a form: of JSON the engine reads a whole envelope four times over before it has its bytes.
            form = b"tx=0x" + envelope.hex().encode()
            answer = await self._post("broadcast_tx_sync", form, _FORM, _Broadcast)
        except Unwilling as refused:
            if _KNOWN_ALREADY in str(refused):
                return None
            if _FULL in str(refused):
                raise MempoolFull(str(refused)) from None
            raise
        return Taken(answer.code, answer.log)

    async def header(self, height: int) -> SignedHeader:
        """Header of a block and the commit of its validators.  Raises `NotKept`, `Unwilling` or `NoAnswer`."""
        try:
            header, commit = signed_header(await self._ask("commit", {"height": str(height)}, dict[str, Any]))
        except Unwilling as refused:
            if _PRUNED in str(refused):
                raise NotKept(str(refused)) from None
            raise
        except AnswerMalformed as error:
            raise NoAnswer(str(error)) from None
        return SignedHeader(header, commit)

    async def validators(self, height: int) -> bytes:
        """The set that decided a height, as protobuf.  Raises `NotKept`, `Unwilling` or `NoAnswer`."""
        pages: list[dict[str, Any]] = []
        found, total = 0, 1
        while found < total:
            asked = {"height": str(height), "page": str(len(pages) + 1), "per_page": str(_PAGE)}
            try:
                page = await self._ask("validators", asked, dict[str, Any])
                found, total = found + len(page["validators"]), int(page["total"])
            except Unwilling as refused:
                raise (NotKept if _PRUNED in str(refused) else Unwilling)(str(refused)) from None
            except (KeyError, TypeError, ValueError):
                raise NoAnswer("The engine does not answer validators in the words of its release.") from None
            pages.append(page)
            if not page["validators"]:
                break
        try:
            return validator_set(pages)
        except AnswerMalformed as error:
            raise NoAnswer(str(error)) from None

    async def standing(self) -> Standing:
        """How the engine stands.  Raises `Unwilling` or `NoAnswer`."""
        status = await self._ask("status", {}, _Status)
        powers: list[int] = []
        total = 1
        page = 1
        while len(powers) < total:
            found = await self._ask("validators", {"page": str(page), "per_page": str(_PAGE)}, _Validators)
            powers += [one.voting_power for one in found.validators]
            total, page = found.total, page + 1
            if not found.validators:
                break
        return Standing(
            status.node_info.version,
            status.node_info.network,
            status.sync_info.latest_block_height,
            status.sync_info.catching_up,
            tuple(sorted(powers, reverse=True)),
        )

    async def connected(self) -> Connected:
        """To whom the engine is connected.  Raises `Unwilling` or `NoAnswer`."""
        status = await self._ask("status", {}, _Status)
        found = await self._ask("net_info", {}, _NetInfo)
        return Connected(status.node_info.id, tuple(peer.node_info.id for peer in found.peers))

    async def _ask(self, method: str, arguments: dict[str, str], kind: type[T]) -> T:
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments})
        return await self._post("", body, _JSON, kind, method)

    async def _post(
        self, path: str, body: bytes, headers: Mapping[str, str], kind: type[T], method: str = ""
    ) -> T:
        try:
            answer = await self._client.post(f"/{path}", content=body, headers=headers)
            reply = msgspec.json.decode(answer.content, type=_Reply)
            if reply.error is not None:
                raise Unwilling(f"{reply.error.message}: {reply.error.data}")
            # The engine writes numbers as texts.
            return msgspec.convert(msgspec.json.decode(reply.result), kind, strict=False)
        except (httpx.HTTPError, msgspec.DecodeError, msgspec.ValidationError) as error:
            raise NoAnswer(f"The engine does not answer {method or path}: {type(error).__name__}.") from None
