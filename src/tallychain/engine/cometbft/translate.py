"""
The engine's messages and the application's plain types, one for the other.

Nothing is decided here.  What an engine of this line never asks (it would be for vote extensions, which are off) has no translation.
"""

from collections.abc import Callable, Iterable
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallychain.engine.cometbft import calls
from tallychain.engine.cometbft.calls import Application, ValidatorPower
from tallychain.engine.cometbft.stubs import abci_pb2 as abci
from tallychain.engine.cometbft.stubs import types_params_pb2 as params
from tallychain.engine.cometbft.stubs import types_validator_pb2 as validator
from tallychain.ledger.engineparameters import EngineParameters

READ_FAILED: Final = 99
_ED25519: Final = "ed25519:"
_SIGNED: Final = validator.BLOCK_ID_FLAG_COMMIT

Answer = Callable[[Application, abci.Request], abci.Response]


class NoSuchCall(Exception):
    """The other side asks for something that this application does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the call {name or 'without a name'} is not known")


def kind_of(request: abci.Request) -> str:
    """Name of the call, as the engine's messages have it; empty where there is none."""
    return request.WhichOneof("value") or ""


def answer(application: Application, request: abci.Request) -> abci.Response:
    """The answer to a call; raises `NoSuchCall`, and whatever the application raises."""
    name = kind_of(request)
    known = _ANSWERS.get(name)
    if known is None:
        raise NoSuchCall(name)
    return known(application, request)


def exception(sentence: str) -> abci.Response:
    """The answer after which the engine stops."""
    return abci.Response(exception=abci.ResponseException(error=sentence))


def nothing_found(call: str) -> abci.Response:
    """The answer to a call that only reads, where reading failed; a peer that is asked about is refused by it."""
    if call == "query":
        return abci.Response(query=abci.ResponseQuery(code=READ_FAILED, log="the ledger could not be read"))
    if call == "list_snapshots":
        return abci.Response(list_snapshots=abci.ResponseListSnapshots())
    return abci.Response(load_snapshot_chunk=abci.ResponseLoadSnapshotChunk())


def milliseconds(time: Timestamp) -> int:
    """UTC milliseconds, rounded down."""
    return time.seconds * 1_000 + time.nanos // 1_000_000


def _echo(_: Application, request: abci.Request) -> abci.Response:
    return abci.Response(echo=abci.ResponseEcho(message=request.echo.message))


def _flush(_: Application, __: abci.Request) -> abci.Response:
    return abci.Response(flush=abci.ResponseFlush())


def _info(application: Application, _: abci.Request) -> abci.Response:
    info = application.info()
    return abci.Response(
        info=abci.ResponseInfo(
            data=info.data,
            version=info.version,
            app_version=info.app_version,
            last_block_height=info.height,
            last_block_app_hash=info.app_hash,
        )
    )


def _init_chain(application: Application, request: abci.Request) -> abci.Response:
    asked = request.init_chain
    begun = application.init_chain(
        calls.InitChain(
            chain_id=asked.chain_id,
            time_ms=milliseconds(asked.time),
            initial_height=asked.initial_height,
            validators=tuple(_power(one) for one in asked.validators),
            app_state=asked.app_state_bytes,
        )
    )
    return abci.Response(
        init_chain=abci.ResponseInitChain(app_hash=begun.app_hash, validators=_updates(begun.validators))
    )


def _check(application: Application, request: abci.Request) -> abci.Response:
    found = application.check(request.check_tx.tx)
    return abci.Response(check_tx=abci.ResponseCheckTx(code=found.code, log=found.log))


def _prepare(application: Application, request: abci.Request) -> abci.Response:
    asked = request.prepare_proposal
    txs = application.prepare(
        calls.Proposal(
            height=asked.height,
            time_ms=milliseconds(asked.time),
            txs=tuple(asked.txs),
            max_tx_bytes=asked.max_tx_bytes,
        )
    )
    return abci.Response(prepare_proposal=abci.ResponsePrepareProposal(txs=txs))


def _process(application: Application, request: abci.Request) -> abci.Response:
    asked = request.process_proposal
    good = application.process(
        calls.Block(
            height=asked.height,
            time_ms=milliseconds(asked.time),
            hash=asked.hash,
            txs=tuple(asked.txs),
            votes=_votes(asked.proposed_last_commit.votes),
        )
    )
    status = abci.ResponseProcessProposal.ACCEPT if good else abci.ResponseProcessProposal.REJECT
    return abci.Response(process_proposal=abci.ResponseProcessProposal(status=status))


def _finalize(application: Application, request: abci.Request) -> abci.Response:
    asked = request.finalize_block
    done = application.finalize(
        calls.Block(
            height=asked.height,
            time_ms=milliseconds(asked.time),
            hash=asked.hash,
            txs=tuple(asked.txs),
            votes=_votes(asked.decided_last_commit.votes),
        )
    )
    return abci.Response(
        finalize_block=abci.ResponseFinalizeBlock(
            tx_results=[abci.ExecTxResult(code=one.code, data=one.data, log=one.log) for one in done.results],
            validator_updates=_updates(done.validators),
            consensus_param_updates=None if done.parameters is None else _parameters(done.parameters),
            app_hash=done.app_hash,
        )
    )


def _commit(application: Application, _: abci.Request) -> abci.Response:
    return abci.Response(commit=abci.ResponseCommit(retain_height=application.commit()))


def _list_snapshots(application: Application, _: abci.Request) -> abci.Response:
    return abci.Response(
        list_snapshots=abci.ResponseListSnapshots(
            snapshots=[
                abci.Snapshot(
                    height=one.height,
                    format=one.format,
                    chunks=one.chunks,
                    hash=one.hash,
                    metadata=one.metadata,
                )
                for one in application.list_snapshots()
            ]
        )
    )


def _offer_snapshot(application: Application, request: abci.Request) -> abci.Response:
    asked = request.offer_snapshot
    offered = calls.Snapshot(
        height=asked.snapshot.height,
        format=asked.snapshot.format,
        chunks=asked.snapshot.chunks,
        hash=asked.snapshot.hash,
        metadata=asked.snapshot.metadata,
    )
    result = abci.ResponseOfferSnapshot.Result.Name(application.offer_snapshot(offered, asked.app_hash))
    return abci.Response(offer_snapshot=abci.ResponseOfferSnapshot(result=result))


def _load_chunk(application: Application, request: abci.Request) -> abci.Response:
    asked = request.load_snapshot_chunk
    chunk = application.load_chunk(asked.height, asked.format, asked.chunk)
    return abci.Response(load_snapshot_chunk=abci.ResponseLoadSnapshotChunk(chunk=chunk))


def _apply_chunk(application: Application, request: abci.Request) -> abci.Response:
    asked = request.apply_snapshot_chunk
    verdict = application.apply_chunk(asked.index, asked.chunk, asked.sender)
    return abci.Response(
        apply_snapshot_chunk=abci.ResponseApplySnapshotChunk(
            result=abci.ResponseApplySnapshotChunk.Result.Name(verdict.result),
            refetch_chunks=verdict.refetch,
            reject_senders=verdict.reject_senders,
        )
    )


def _query(application: Application, request: abci.Request) -> abci.Response:
    asked = request.query
    found = application.query(asked.path, asked.data, asked.height, prove=asked.prove)
    response = abci.ResponseQuery(
        code=found.code, log=found.log, key=found.key, value=found.value, height=found.height
    )
    for one in found.proof:
        response.proof_ops.ops.add(type=one.type, key=one.key, data=one.data)
    return abci.Response(query=response)


def _power(update: abci.ValidatorUpdate) -> ValidatorPower:
    scheme = update.pub_key.WhichOneof("sum") or ""
    key: bytes = getattr(update.pub_key, scheme) if scheme else b""
    return ValidatorPower(f"{scheme}:{key.hex()}", update.power)


def _parameters(told: EngineParameters) -> params.ConsensusParams:
    """What is not named stays as it is; of a part that is named everything counts, so the unused limit of gas is named, too."""
    age = Duration(seconds=told.evidence_hours * 3_600)
    return params.ConsensusParams(
        block=params.BlockParams(max_bytes=told.block_bytes_max, max_gas=-1),
        evidence=params.EvidenceParams(
            max_age_num_blocks=told.evidence_blocks, max_age_duration=age, max_bytes=told.evidence_bytes_max
        ),
    )


def _updates(updates: Iterable[ValidatorPower]) -> list[abci.ValidatorUpdate]:
    made = []
    for one in updates:
        update = abci.ValidatorUpdate(power=one.power)
        update.pub_key.ed25519 = bytes.fromhex(one.key.removeprefix(_ED25519))
        made.append(update)
    return made


def _votes(votes: Iterable[abci.VoteInfo]) -> tuple[calls.Vote, ...]:
    return tuple(
        calls.Vote(one.validator.address, one.validator.power, one.block_id_flag == _SIGNED) for one in votes
    )


_ANSWERS: Final[dict[str, Answer]] = {
    "echo": _echo,
    "flush": _flush,
    "info": _info,
    "init_chain": _init_chain,
    "check_tx": _check,
    "prepare_proposal": _prepare,
    "process_proposal": _process,
    "finalize_block": _finalize,
    "commit": _commit,
    "list_snapshots": _list_snapshots,
    "offer_snapshot": _offer_snapshot,
    "load_snapshot_chunk": _load_chunk,
    "apply_snapshot_chunk": _apply_chunk,
    "query": _query,
}
