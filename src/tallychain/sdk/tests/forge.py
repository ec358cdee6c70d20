"""Forged bundles whose maker controls more than an outsider would: other people's keys, and the sequencer itself.

Only so can a test reach the links that digests and signatures protect: a lie that is signed all the way down.
"""

import json
from typing import Any

from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.digest import Tag, digest, sha256
from tallychain.crypto.keys import SigningKey
from tallychain.ledger import codec, merkle
from tallychain.ledger.envelope import envelope_message
from tallychain.ledger.genesis import read_genesis
from tallychain.ledger.header import header_digest
from tallychain.ledger.identity import KEYS, MEMBERS, Key, Member
from tallychain.ledger.machine import envelope_data
from tallychain.ledger.operation import (
    Body,
    Signature,
    SignedOperation,
    operation_id,
    signed_leaf,
    signing_message,
)
from tallychain.ledger.parameters import CALENDARS, FACTS, POLICIES, CalendarYear, ChainFacts, Policy
from tallychain.ledger.tree import BucketTree, InclusionProof
from tallychain.sdk import proof
from tallychain.sdk.opening import part_context
from tallychain.testkit.genesis import sequencer_key
from tallychain.testkit.world import World

Bundle = dict[str, Any]


def text(value: object) -> bytes:
    return codec.encode(value)


def to_bytes(bundle: Bundle) -> bytes:
    return text(bundle)


def from_bytes(data: bytes) -> Bundle:
    bundle: Bundle = json.loads(data)
    return bundle


def flipped(hexadecimal: str) -> str:
    """The same digits with the first one changed."""
    return ("1" if hexadecimal[0] == "0" else "0") + hexadecimal[1:]


def reseal(bundle: Bundle, world: World) -> None:
    """Let the sequencer sign whatever the bundle says now of receipt, records and times."""
    depth = read_genesis(text(bundle["genesis"])).tree_depth
    rows = {
        _state_key(table, row["value"]): row for table in bundle["state"] for row in bundle["state"][table]
    }
    tree = BucketTree(depth, sorted((key, text(row["value"])) for key, row in rows.items()))
    for key, row in rows.items():
        made = tree.prove(key)
        assert isinstance(made, InclusionProof)
        row["lower"], row["upper"] = proof._steps(made.lower), proof._steps(made.upper)
    receipt = bundle["receipt"]
    receipt["digest"] = digest(Tag.RECEIPT, text(receipt["text"])).hex()
    receipt["path"], receipt["result"] = [], []
    results = merkle.results_root([(0, envelope_data([text(receipt["text"])]))])
    first, second = bundle["headers"] = bundle["headers"][:2]
    _sign_header(first, sequencer_key(world.seed))
    second["text"] |= {
        "previous": first["digest"],
        "results_root": results.hex(),
        "app_hash": tree.root.hex(),
    }
    _sign_header(second, sequencer_key(world.seed))


def resign(bundle: Bundle, world: World) -> None:
    """Let every author and carrier sign the text of the operation as it stands now, then the sequencer."""
    operation, keys = bundle["operation"], _keys(world)
    body = text(operation["body"])
    operation["id"] = operation_id(body)
    signatures = []
    for item in operation["signatures"]:
        message = signing_message(operation_id(body), item["role"], item["key"])
        made = keys[item["key"]].sign(message)
        item["signature"] = made.hex()
        signatures.append(Signature(item["role"], item["key"], made))
    recarry(bundle, world)
    signed = sha256(signed_leaf(SignedOperation(body, tuple(signatures), {}))).hex()
    bundle["receipt"]["text"] |= {"operation": operation["id"], "signed": signed}
    reseal(bundle, world)


def recarry(bundle: Bundle, world: World) -> None:
    """Let the carrier sign an envelope with the operation as it stands now, and nothing else in it."""
    operation, carrier = bundle["operation"], bundle["carrier"]
    signatures = tuple(
        Signature(item["role"], item["key"], bytes.fromhex(item["signature"]))
        for item in operation["signatures"]
    )
    leaf = signed_leaf(SignedOperation(text(operation["body"]), signatures, {}))
    carrier["envelope"] |= {"root": merkle.root([leaf]).hex(), "count": 1}
    carrier["path"] = []
    signer = _keys(world)[carrier["envelope"]["key"]]
    carrier["signature"] = signer.sign(envelope_message(text(carrier["envelope"]))).hex()


def recommit(bundle: Bundle, content: dict[str, Any]) -> None:
    """Let the author commit to another content of the part shown first."""
    row = bundle["opened"][0]
    row["content"] = text(content).decode()
    body = codec.decode(Body, text(bundle["operation"]["body"]))
    for place, part in enumerate(body.sealed):
        if part.label == row["label"]:
            context, salt = part_context(body, part), bytes.fromhex(row["salt"])
            made = digest(Tag.COMMITMENT, context, salt, row["content"].encode())
            bundle["operation"]["body"]["sealed"][place]["commitment"] = made.hex()


def certificate_row(der: bytes) -> dict[str, str]:
    return {"digest": certificate_digest(der), "der": der.hex()}


def unreadable_row() -> dict[str, str]:
    return {"digest": sha256(b"no certificate").hex(), "der": b"no certificate".hex()}


def _sign_header(row: dict[str, Any], key: SigningKey) -> None:
    made = header_digest(text(row["text"]))
    row["digest"], row["signature"] = made.hex(), key.sign(made).hex()


def _keys(world: World) -> dict[str, SigningKey]:
    keys = {
        staff.key.public: staff.key for member in world.members.values() for staff in member.staff.values()
    }
    for client in world.clients.values():
        keys |= {tag: client.tag_key(tag) for tag in client.tags}
    return keys


def _state_key(table: str, value: dict[str, Any]) -> bytes:
    data = text(value)
    if table == "key":
        return KEYS.key(*KEYS.identify(codec.trusted(Key, data)))
    if table == "member":
        return MEMBERS.key(*MEMBERS.identify(codec.trusted(Member, data)))
    if table == "policy":
        return POLICIES.key(*POLICIES.identify(codec.trusted(Policy, data)))
    if table == "calendar":
        return CALENDARS.key(*CALENDARS.identify(codec.trusted(CalendarYear, data)))
    return FACTS.key(*FACTS.identify(codec.trusted(ChainFacts, data)))
