"""Envelopes of the toy chain, good ones and one that is spoilt."""

import msgspec

from tallychain.engine.tests import toy


def envelope(*numbers: int, member: str = "bank-a", now_ms: int = toy.START_MS, counter: str = "c") -> bytes:
    samples = [toy.add(counter, 1, number, now_ms=now_ms, member=member) for number in numbers]
    return toy.sealed_envelope(*samples, now_ms=now_ms, member=member)


def with_a_false_client_signature(*, now_ms: int = toy.START_MS) -> bytes:
    """An envelope whose carrier's own signature is good, over an operation whose signature is not."""
    good = toy.add("c", 1, 77, now_ms=now_ms)
    signature = good.signed.signatures[0]
    spoilt = msgspec.structs.replace(signature, signature=signature.signature[:-1] + b"\x00")
    return toy.sealed_envelope(
        toy.Sample(good.id, msgspec.structs.replace(good.signed, signatures=(spoilt,))), now_ms=now_ms
    )
