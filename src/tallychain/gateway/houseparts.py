"""Parts that are sealed to this member itself: opened, and shown to be open to all their other recipients too."""

from typing import TypeVar

from msgspec import Struct

from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.sealing import Opened
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.sdk.opening import check_wraps, open_part, part_keys

S = TypeVar("S", bound=Struct)


class PartShut(Exception):
    """A part that this member cannot rely on; the text says why."""


async def house_opening(sealing: SealingKeys, signed: SignedOperation, body: Body, label: str) -> Opened:
    """Salt and content of a part, opened with the member's own key, its wraps recomputed.  Raises `PartShut`."""
    part = next((part for part in body.sealed if part.label == label), None)
    own = None if part is None else await sealing.house(part)
    box = None if part is None else signed.boxes.get(part.box)
    if part is None or own is None or box is None:
        raise PartShut(f"this member cannot open its part {label}.")
    try:
        keys = part_keys(part, await sealing.of_members(part))
        opened = open_part(body, part, box, keys, own.name, own.key)
        check_wraps(body, part, box, keys, opened)
        return opened
    except KeyError:
        raise PartShut("a recipient is not a sealing key of record.") from None
    except CryptoRefusal as error:
        raise PartShut(str(error)) from None


async def house_part(
    sealing: SealingKeys, signed: SignedOperation, body: Body, label: str, content: type[S]
) -> S:
    """The content of a part, opened with the member's own key, its wraps recomputed.  Raises `PartShut`."""
    try:
        return codec.decode(content, (await house_opening(sealing, signed, body, label)).content)
    except codec.Malformed as error:
        raise PartShut(str(error)) from None
