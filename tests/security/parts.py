"""Sealed parts as an entitled reader, or a dishonest author, handles them."""

from dataclasses import dataclass

import msgspec

from tallychain.crypto import sealing
from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.sealing import Opened
from tallychain.ledger import codec
from tallychain.ledger.operation import (
    Body,
    SealedPart,
    Signature,
    SignedOperation,
    operation_id,
    signing_message,
)
from tallychain.ledger.types import MEMBER_PREFIX, TAG_PREFIX
from tallychain.sdk.opening import open_part, part_context, part_keys
from tallychain.testkit.people import TrialClient
from tallychain.testkit.world import World


@dataclass(slots=True)
class Reader:
    """What an entitled party knows: the sealing keys of record, and its own."""

    world: World

    def keys(self, part: SealedPart) -> list[str]:
        """The keys behind the recipients of a part."""
        members = {f"member:{name}#1": row.sealing.public for name, row in self.world.members.items()}
        return part_keys(part, members)

    def own(self, name: str) -> SealingKey:
        """The private key behind a recipient's name."""
        if name.startswith("member:"):
            return self.world.members[name.removeprefix("member:").partition("#")[0]].sealing
        tag = next(tag for tag, sealing in self.world.sealing_of.items() if sealing == name)
        return self.client(tag).tag_sealing(tag)

    def client(self, tag: str) -> TrialClient:
        """The client behind a tag."""
        return self.world.clients[self.world.owner_of[tag]]

    def open(self, body: Body, part: SealedPart, box: bytes, name: str) -> Opened:
        """Open a part as one of its recipients."""
        return open_part(body, part, box, self.keys(part), name, self.own(name))


def read(operation: SignedOperation, label: str) -> tuple[Body, SealedPart, bytes]:
    body = codec.decode(Body, operation.body)
    part = next(part for part in body.sealed if part.label == label)
    return body, part, operation.boxes[part.box]


def signed_again(world: World, body: Body, boxes: dict[str, bytes]) -> SignedOperation:
    """An operation whose body was changed, signed by its own author again."""
    text = codec.encode(body)
    name = operation_id(text)
    if body.author.startswith(TAG_PREFIX):
        tag = body.author.removeprefix(TAG_PREFIX)
        keys = [("holder", world.clients[world.owner_of[tag]].tag_key(tag))]
    else:
        staff = world.members[body.author.removeprefix(MEMBER_PREFIX)].staff
        keys = [(role, staff[role].key) for role in ("maker", "checker")]
    signatures = tuple(
        Signature(role, key.public, key.sign(signing_message(name, role, key.public))) for role, key in keys
    )
    return SignedOperation(text, signatures, boxes)


def wrongly_wrapped(world: World, honest: SignedOperation, label: str, deceived: str) -> SignedOperation:
    """The same operation with one part whose wrap for one recipient opens nothing; everybody else can read it."""
    reader = Reader(world)
    body, part, box = read(honest, label)
    keys = reader.keys(part)
    at = part.to.index(deceived)
    opened = reader.open(body, part, box, part.to[at - 1])
    wrong = [*keys[:at], SealingKey.from_seed(b"nobody holds this key, truly ...").public, *keys[at + 1 :]]
    bad = sealing.seal(opened.content, opened.salt, part_context(body, part), wrong).box
    lying = msgspec.structs.replace(part, box=sha256(bad).hex())
    parts = tuple(lying if old.label == label else old for old in body.sealed)
    boxes = {digest: data for digest, data in honest.boxes.items() if digest != part.box}
    return signed_again(world, msgspec.structs.replace(body, sealed=parts), {**boxes, lying.box: bad})
