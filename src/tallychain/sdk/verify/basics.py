"""The few rules that every link rests on: canonical text, digests, Merkle paths, and how a broken link is named."""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from json import dumps, loads
from typing import Any

from .sentences import TEXTS

Object = dict[str, Any]


class Broken(Exception):
    """A link that does not hold: the code of the failure, which never changes, and the fields of its sentence."""

    def __init__(self, code: str, fields: Object) -> None:
        super().__init__(code, fields)
        self.code, self.fields = code, fields

    def __str__(self) -> str:
        return f"{self.code}: {sentence(self.code, 'en', self.fields)}"


def sentence(name: str, language: str, fields: Object) -> str:
    """What is said under this name, in `en` or `zh`."""
    return TEXTS[name][language == "zh"].format(**fields)


def digest(tag: str, *parts: bytes) -> bytes:
    """SHA-256 over "tally/1/", tag and zero, then every part behind its length in four bytes."""
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return sha256(b"tally/1/" + tag.encode() + b"\0" + framed).digest()


def climb(leaf: bytes, steps: Sequence[str]) -> bytes:
    """The root (RFC 6962) over a leaf and its path; `L` or `R` says on which side the neighbour's digest stands."""
    node = sha256(b"\0" + leaf).digest()
    for step in steps:
        neighbour = unhex(step[1:])
        demand(step[:1] in ("L", "R") and len(neighbour) == 32, "MALFORMED", what="path")
        node = sha256(b"\1" + (neighbour + node if step[0] == "L" else node + neighbour)).digest()
    return node


def state_root(depth: int, number: int, parts: Sequence[str | int], row: Object) -> bytes:
    """The state root over a record: CometBFT's simple map of its bucket, then that of all buckets, where it has one place."""
    raws = [part.to_bytes(8, "big") if isinstance(part, int) else part.encode() for part in parts]
    demand(len(b"".join(raws)) < 100 and depth <= 24, "MALFORMED", what="state")
    key = bytes([number]) + b"".join(len(raw).to_bytes(2, "big") + raw for raw in raws)
    bucket = int.from_bytes(sha256(key).digest()[:4], "big") >> (32 - depth)
    in_place = [step[:1] for step in row["upper"]] == ["L" if bucket >> n & 1 else "R" for n in range(depth)]
    name = f"{bucket:0{5 if depth <= 20 else 6}x}".encode()
    node = climb(bytes([len(key)]) + key + b"\x20" + sha256(encoded(row["value"])).digest(), row["lower"])
    root = climb(bytes([len(name)]) + name + b"\x20" + sha256(node).digest(), row["upper"])
    return root if in_place else b""


def parse(text: bytes) -> Any:
    """The value of a canonical JSON text."""
    with suppress(ValueError, RecursionError):
        value = loads(text)
        if encoded(value) == text:
            return value
    raise Broken("MALFORMED", {"what": "JSON"})


def encoded(value: object) -> bytes:
    """The canonical JSON text of a value."""
    return dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def fits(value: Any, shape: Any) -> bool:
    """Whether a value has the form of a sample: `""` is a text, 0 a number; objects have these fields, with `+` at least these."""
    if type(value) is not type(shape):
        return False
    if isinstance(shape, list):
        return all(fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        named = "+" in shape or list(value) == list(shape)
        return named and all(name == "+" or fits(value.get(name), shape[name]) for name in shape)
    return isinstance(shape, str) or 0 <= value <= 4_102_444_800_000


def unhex(text: str) -> bytes:
    """The bytes of lower-case hex digits."""
    demand(not len(text) % 2 and set(text) <= set("0123456789abcdef"), "MALFORMED", what="hexadecimal")
    return bytes.fromhex(text)


def demand(condition: bool, code: str, /, **fields: object) -> None:
    """Refuse with this code unless the condition holds."""
    if not condition:
        raise Broken(code, fields)
