"""What a lying proposer makes of an honest proposal, and what hostile programs send to nodes directly."""

import dataclasses
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import msgspec

from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import Signature, SignedOperation
from tallychain.sdk.build import pack
from tallychain.testkit.genesis import CHAIN
from tests.simulation import alliance
from tests.simulation.node import Decided

Lie = Callable[[Random, Decided, Sequence[Decided]], Decided | None]


def garbage(random: Random, block: Decided, _chain: Sequence[Decided]) -> Decided:
    """Bytes that are no envelope, or the half of one."""
    junk = random.randbytes(random.randrange(1, 400))
    if block.envelopes and random.random() < 0.5:
        junk = block.envelopes[0][: len(block.envelopes[0]) // 2]
    return dataclasses.replace(block, envelopes=(*block.envelopes, junk))


def order(random: Random, block: Decided, _chain: Sequence[Decided]) -> Decided:
    """Its friends first."""
    envelopes = list(block.envelopes)
    random.shuffle(envelopes)
    return dataclasses.replace(block, envelopes=tuple(envelopes))


def false_signature(random: Random, block: Decided, _chain: Sequence[Decided]) -> Decided:
    """One signature changed in one bit, under a carrier's good one."""
    return dataclasses.replace(block, envelopes=tuple(falsified(random, data) for data in block.envelopes))


def stripped(random: Random, block: Decided, _chain: Sequence[Decided]) -> Decided:
    """The signatures of operations left out, under a carrier's good one."""
    return dataclasses.replace(
        block, envelopes=tuple(without_signatures(random, data) for data in block.envelopes)
    )


def flood(random: Random, block: Decided, chain: Sequence[Decided]) -> Decided:
    """Everything that was decided lately, once more."""
    old = [data for earlier in chain[-12:] for data in earlier.envelopes]
    return dataclasses.replace(block, envelopes=tuple(random.sample(old, min(len(old), 12))))


def doubled(_random: Random, block: Decided, _chain: Sequence[Decided]) -> Decided:
    """Every envelope twice in one block."""
    return dataclasses.replace(block, envelopes=tuple(data for data in block.envelopes for _ in range(2)))


def wrong_header(_random: Random, block: Decided, _chain: Sequence[Decided]) -> Decided:
    """Another root of the block before."""
    return dataclasses.replace(block, app_hash=bytes(32))


def silence(_random: Random, _block: Decided, _chain: Sequence[Decided]) -> None:
    """No proposal at all."""
    return


LIES: Final[dict[str, Lie]] = {
    "lie_garbage": garbage,
    "lie_order": order,
    "lie_false_signature": false_signature,
    "lie_stripped": stripped,
    "lie_flood": flood,
    "lie_doubled": doubled,
    "lie_header": wrong_header,
    "lie_silence": silence,
}


def falsified(random: Random, data: bytes) -> bytes:
    """An envelope of the same carrier in which one operation's signature is false."""

    def change(signature: Signature) -> Signature:
        raw = bytearray(signature.signature)
        raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
        return Signature(signature.role, signature.key, bytes(raw))

    return _repacked(data, lambda signatures: (change(signatures[0]), *signatures[1:]))


def without_signatures(_random: Random, data: bytes) -> bytes:
    """An envelope of the same carrier in which every operation has one signature less, but not none."""
    return _repacked(data, lambda signatures: signatures[:1])


def _repacked(data: bytes, change: Callable[[tuple[Signature, ...]], tuple[Signature, ...]]) -> bytes:
    envelope = codec.decode_frame(Envelope, data)
    header = msgspec.json.decode(envelope.header)
    operations = [
        SignedOperation(signed.body, change(signed.signatures), signed.boxes)
        for signed in envelope.operations
    ]
    key = alliance.members()[header["member"]].staff["system"].key
    return pack(operations, chain=CHAIN, member=header["member"], key=key, expires_ms=header["expires"])


def recarried(random: Random, data: bytes) -> bytes:
    """The operations of an envelope carried by another member."""
    envelope = codec.decode_frame(Envelope, data)
    header = msgspec.json.decode(envelope.header)
    member = random.choice([name for name in alliance.members() if name != header["member"]])
    key = alliance.members()[member].staff["system"].key
    return pack(list(envelope.operations), chain=CHAIN, member=member, key=key, expires_ms=header["expires"])


def renewed(_random: Random, data: bytes, expires_ms: int) -> bytes:
    """The operations of an envelope once more, in a fresh one of the same member."""
    envelope = codec.decode_frame(Envelope, data)
    header = msgspec.json.decode(envelope.header)
    key = alliance.members()[header["member"]].staff["system"].key
    return pack(
        list(envelope.operations), chain=CHAIN, member=header["member"], key=key, expires_ms=expires_ms
    )
