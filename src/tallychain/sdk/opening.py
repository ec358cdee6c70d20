"""Opening sealed parts, and showing that everybody else entitled can open them too."""

from collections.abc import Mapping, Sequence

from tallychain.crypto import sealing
from tallychain.crypto.digest import sha256
from tallychain.crypto.identity import identity_statement
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.sealing import Opened
from tallychain.ledger.operation import Body, SealedPart, encode_recipients


def part_context(body: Body, part: SealedPart) -> bytes:
    """The place of a part: what binds its box and wraps to this operation."""
    return sealing.context(
        body.chain,
        body.type,
        body.version,
        body.author,
        body.via,
        bytes.fromhex(body.nonce),
        part.label,
        sha256(bytes(body.args)),
        encode_recipients(part.to),
    )


def part_keys(part: SealedPart, members: Mapping[str, str]) -> list[str]:
    """
    The sealing keys behind the recipients of a part, in their order.

    `members` maps `member:<id>#<n>` to that sealing key; a tag's key is its own name.  Raises `KeyError` for an unknown one.
    """
    return [name if name.startswith("x25519:") else members[name] for name in part.to]


def open_part(
    body: Body, part: SealedPart, box: bytes, keys: Sequence[str], name: str, key: SealingKey
) -> Opened:
    """Open a part as the recipient `name`; `keys` as from `part_keys`.  Raises `CannotOpen`."""
    return sealing.open_box(
        box, bytes.fromhex(part.commitment), part_context(body, part), keys, key, part.to.index(name)
    )


def check_wraps(body: Body, part: SealedPart, box: bytes, keys: Sequence[str], opened: Opened) -> None:
    """Show that every recipient can read the part; raises `WrapsDiffer`.  Done once, before this side signs what depends on it."""
    sealing.recompute_wraps(box, opened, part_context(body, part), keys)


def statement_of(body: Body) -> bytes:
    """The identity statement of an operation, from its body: what the person's own signature must cover."""
    others = [
        (part.label, bytes.fromhex(part.commitment)) for part in body.sealed if part.label != "identity"
    ]
    return identity_statement(
        body.chain,
        body.type,
        body.version,
        body.author,
        body.via,
        bytes.fromhex(body.nonce),
        body.expires,
        sha256(bytes(body.args)),
        others,
    )
