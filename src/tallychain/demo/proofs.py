"""A proof of one movement of title, made by the receiver's gateway and verified without any."""

import json
import time
from typing import Any, Final

from tallychain.demo.stage import Stage, StoryBroken
from tallychain.ledger.genesis import genesis_digest
from tallychain.sdk.client import GatewayRefused
from tallychain.sdk.verify import Report, verify

_NOT_READY: Final = "GATEWAY_PROOF_NOT_READY"
_PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.2


def prove(stage: Stage, person: str, operation: str) -> dict[str, Any]:
    """What a proof says, how long it took to check, and what is said of it when one byte differs."""
    bundle = _bundle(stage, person, operation)
    began = time.monotonic()
    report = _check(stage, bundle)
    took_ms = round((time.monotonic() - began) * 1000)
    if report.failure is not None:
        raise StoryBroken(f"The proof does not hold: {report.failure.code}: {report.failure.sentence}")
    changed = _check(stage, _with_one_byte_changed(bundle))
    if changed.failure is None:
        raise StoryBroken("A proof with a changed byte was taken.")
    return {
        "operation": operation,
        "bytes": len(bundle),
        "statements": list(report.statements),
        "verified_in_ms": took_ms,
        "changed_byte": {"code": changed.failure.code, "sentence": changed.failure.sentence},
    }


def _bundle(stage: Stage, person: str, operation: str) -> bytes:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return stage.reader(person).proof(operation)
        except GatewayRefused as refused:
            if refused.code != _NOT_READY or time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_S)


def _check(stage: Stage, bundle: bytes) -> Report:
    genesis = genesis_digest(stage.layout.genesis.read_bytes()).hex()
    root = (stage.layout.authority / "root.der").read_bytes()
    return verify(bundle, genesis_digest=genesis, trusted_roots=[root])


def _with_one_byte_changed(bundle: bytes) -> bytes:
    """The same bundle with one digit of the operation's nonce changed."""
    nonce = json.loads(bundle)["operation"]["body"]["nonce"].encode()
    other = (b"0" if nonce[:1] != b"0" else b"1") + nonce[1:]
    return bundle.replace(nonce, other, 1)
