"""Operations: submitting signed ones, and what became of each."""

import base64
import re
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.gateway.outbox import QUEUED, SUBMITTED, Submission
from tallychain.gateway.problems import Problem
from tallychain.gateway.proof_port import ProofNotReady, Prover
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import BYTES, Answer, Asked, Endpoint, Parameter, json
from tallychain.ledger import codec
from tallychain.ledger.operation import SignedOperation

WAIT_S: Final = 30
_OPERATION: Final = re.compile("[0-9a-f]{64}")


class Submit(Struct, frozen=True, forbid_unknown_fields=True):
    """A signed operation, made with keys that are not held here."""

    operation: str
    """Base64 of the msgpack frame `[body, signatures, boxes]`."""


class OperationView(Struct, frozen=True):
    """What is known of one operation."""

    operation: str
    type: str
    state: str
    """queued, submitted, done, refused, turned_away or expired."""
    code: str
    height: int
    """Of its receipt, or of the block that proves its expiry."""
    expires_ms: int
    queued_ms: int
    first: str
    receipt: Any
    """The receipt, or null while there is none."""
    first_receipt: Any
    """Where another operation was there first: its receipt."""
    proof: str
    sentence_en: str
    sentence_zh: str
    rests_on: dict[str, str]
    """For a refusal that rests on a policy: `policy`, `figure` and `article`; empty for all others."""


async def submit(asked: Asked) -> Answer:
    """Take a signed operation for submission; 202 when it is on the disk."""
    try:
        frame = base64.b64decode(asked.read(Submit).operation, validate=True)
        signed = codec.decode_frame(SignedOperation, frame)
    except ValueError:
        raise Problem("GATEWAY_OPERATION_NOT_VALID", detail="it is not base64") from None
    except codec.Malformed as error:
        raise Problem("GATEWAY_OPERATION_NOT_VALID", detail=error.detail) from None
    operation = await asked.gateway.submissions.take(signed, asked.caller)
    found = await asked.gateway.outbox.get(operation)
    if found is None:
        raise Problem("GATEWAY_NOT_FOUND")
    return json(await _view(asked, found), 202)


async def show(asked: Asked) -> Answer:
    """What became of an operation of the caller's seat."""
    wait = asked.number("wait", 0, low=0, high=WAIT_S)
    operation = asked.path["id"]
    found = await asked.gateway.outbox.get(operation)
    if found is None or found.seat != asked.caller.seat:
        raise Problem("GATEWAY_NOT_FOUND")
    if wait and found.state == QUEUED:
        await asked.gateway.waiters.wait_for_end(operation, wait, asked.gateway.outbox)
        found = await asked.gateway.outbox.get(operation) or found
    return json(await _view(asked, found))


async def newest(asked: Asked) -> Answer:
    """The newest operations of the caller's seat."""
    limit = paging.rows_asked(asked)
    found = await asked.gateway.outbox.newest(asked.caller.seat, limit, paging.after_time(asked))
    place = (found[-1].queued_ms, found[-1].id) if len(found) == limit else None
    return paging.page(asked, [await _view(asked, item, deep=False) for item in found], place)


async def proof(asked: Asked) -> Answer:
    """The bundle that proves an operation without the ledger."""
    if asked.gateway.prover is None or not _OPERATION.fullmatch(asked.path["operation"]):
        raise Problem("GATEWAY_NOT_FOUND")
    try:
        bundle = await _bundle(asked, asked.gateway.prover)
    except ProofNotReady:
        raise Problem("GATEWAY_PROOF_NOT_READY", retry_after_s=5) from None
    if bundle is None:
        raise Problem("GATEWAY_NOT_FOUND")
    name = f'attachment; filename="{asked.path["operation"][:16]}.tally-proof"'
    return Answer(bundle, 200, BYTES, {"Content-Disposition": name})


async def _bundle(asked: Asked, prover: Prover) -> bytes | None:
    operation, voucher = asked.path["operation"], asked.query.get("cites", "")
    if not voucher or asked.gateway.certifier is None:
        return await prover.bundle(operation, asked.seats)
    return await asked.gateway.certifier.cited(operation, voucher, asked.seats)


async def _view(asked: Asked, found: Submission, *, deep: bool = True) -> OperationView:
    gateway = asked.gateway
    state = SUBMITTED if found.state == QUEUED and gateway.sender.is_submitted(found.id) else found.state
    first = None
    if found.first and deep:
        answer = await gateway.engine.receipt(found.first)
        first = None if answer is None else msgspec.Raw(answer.receipt)
    has_receipt = b'"outcome"' in found.answer
    sentences = gateway.sentences.of(found.answer) if has_receipt else gateway.sentences.of_end(found.code)
    return OperationView(
        operation=found.id,
        type=found.type,
        state=state,
        code=found.code,
        height=found.height,
        expires_ms=found.expires_ms,
        queued_ms=found.queued_ms,
        first=found.first,
        receipt=msgspec.Raw(found.answer) if has_receipt else None,
        first_receipt=first,
        proof=f"/v1/proofs/{found.id}" if has_receipt else "",
        sentence_en=sentences[0],
        sentence_zh=sentences[1],
        rests_on=gateway.sentences.rests_on(found.answer) if has_receipt else {},
    )


ENDPOINTS: Final = (
    Endpoint(
        name="operation-submit",
        method="POST",
        path="/v1/operations",
        summary="Submit an operation signed elsewhere",
        handler=submit,
        request=Submit,
        response=OperationView,
        status=202,
        tag="operations",
        problems=(
            "GATEWAY_OPERATION_NOT_VALID",
            "GATEWAY_CARRIER_IS_ANOTHER",
            "GATEWAY_HELD_ELSEWHERE",
            "GATEWAY_IDENTITY_NOT_PROVEN",
            "GATEWAY_OUTBOX_FULL",
        ),
    ),
    Endpoint(
        name="operation-list",
        method="GET",
        path="/v1/operations",
        summary="The newest operations of the own seat",
        handler=newest,
        response=list[OperationView],
        parameters=paging.PAGING,
        tag="operations",
    ),
    Endpoint(
        name="operation-show",
        method="GET",
        path="/v1/operations/{id}",
        summary="What became of an operation",
        handler=show,
        response=OperationView,
        parameters=(Parameter("wait", "seconds to wait for its end", "integer", low=0, high=WAIT_S),),
        tag="operations",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="proof",
        method="GET",
        path="/v1/proofs/{operation}",
        summary="A bundle that proves an operation offline",
        handler=proof,
        response=bytes,
        parameters=(Parameter("cites", "voucher whose policies and calendars the bundle shall cite"),),
        media_type=BYTES,
        tag="operations",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_PROOF_NOT_READY"),
    ),
)
