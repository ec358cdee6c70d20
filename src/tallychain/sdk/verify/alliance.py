"""The headers of a bundle from a chain with several validators: from the founders' validators, step by step, to the block of the operation."""

import time
from typing import NamedTuple

from .basics import Object, demand, unhex
from .headers import Header, Validators, decode_header, header_hash
from .light import Final, Light, Trust, founding

ENGINE = "cometbft"


class Trusted(NamedTuple):
    """A header that whoever checks trusts already, and how old trust may be (0: of any age) at which time."""

    height: int = 0
    hash: str = ""
    period_ms: int = 0
    now_ms: int = 0


def trusted(header: str, days: int) -> Trusted:
    """From `HEIGHT:HASH` (or nothing) and a number of days (or 0), as of now; raises `ValueError` for another form."""
    height, _, name = (header or "0:").partition(":")
    if header and (int(height) < 1 or len(bytes.fromhex(name)) != 32):
        raise ValueError(header)
    return Trusted(int(height), name.lower(), days * 86_400_000, int(time.time() * 1000))


class Finality(NamedTuple):
    """The headers that a proof rests on, in the form of an embedded chain's, and what is said of them."""

    headers: list[Object]
    said: list[tuple[str, Object]]
    names: list[str]
    """The headers' hashes."""


def finality(bundle: Object, trusted: Trusted) -> Finality:
    """
    Follow the validators from the founding document to the last header; refuses with the first broken link.

    The operation's own block needs no votes: the next header, which carries its results, names it.
    """
    genesis, head = bundle["genesis"], decode_header(unhex(bundle["block"]))
    demand(genesis["engine"] == ENGINE and len(bundle["headers"]) > 0, "MALFORMED", what="headers")
    founders = Validators((row["key"], row["power"]) for row in genesis["validators"])
    sets = {founders.hash: founders}
    for rows in bundle["validators"]:
        given = [(row["key"], row["power"]) for row in rows]
        made = Validators(given)
        in_order = [(item.key, item.power) for item in made.rows] == given
        demand(in_order and made.hash not in sets, "MALFORMED", what="validators")
        sets[made.hash] = made
    walk = _Walk(genesis, founding(founders, genesis["time_ms"]), sets, trusted)
    found = [walk.take(row) for row in bundle["headers"]]
    following = [item for item in found if item.header.height == head.height + 1]
    named = [item for item in following if item.header.last_block.hash == header_hash(head)]
    demand(bool(named) and head.chain == bundle["chain"], "HEADERS_NOT_LINKED")
    walk.end(head)
    said: list[tuple[str, Object]]
    said = [("trusted_header", {"height": trusted.height})] if trusted.height else []
    said.append(("final", _told(named[0], head, found.index(named[0]))))
    last = [] if found[-1] is named[0] else [found[-1].header]
    heads = (head, named[0].header, *last)
    return Finality([_plain(item) for item in heads], said, [header_hash(item).hex() for item in heads])


class _Walk:
    """The way from the founders to the last header, on which every set given must be used and the trusted header be met."""

    def __init__(
        self, genesis: Object, trust: Trust, sets: dict[bytes, Validators], trusted: Trusted
    ) -> None:
        self._light = Light(genesis["chain"], trust)
        self._sets, self._trusted = sets, trusted
        self._unused, self._met = set(sets) - {trust.next_hash}, trusted.height == 0

    def take(self, row: Object) -> Final:
        """One header with its commit.  Age counts from the trusted header on, or from the beginning where none is named."""
        raw = unhex(row["header"])
        head = decode_header(raw)
        demand(head.validators_hash in self._sets, "VALIDATORS_MISSING", height=head.height)
        self._unused.discard(head.validators_hash)
        self._light.period_ms = self._trusted.period_ms if self._met else 0
        found = self._light.accept(
            raw, unhex(row["commit"]), self._sets[head.validators_hash], now_ms=self._trusted.now_ms
        )
        self._meet(head, found.hash)
        return found

    def end(self, first: Header) -> None:
        """Whether everything given was used, and the trusted header stood on the way."""
        self._meet(first, header_hash(first))
        demand(not self._unused, "MALFORMED", what="validators")
        demand(self._met, "TRUSTED_HEADER_MISSING", height=self._trusted.height)

    def _meet(self, head: Header, name: bytes) -> None:
        if head.height == self._trusted.height:
            same = name.hex() == self._trusted.hash
            demand(same, "TRUSTED_HEADER_DIFFERS", height=head.height, found=name.hex())
            self._met = True


def _told(found: Final, head: Header, steps: int) -> Object:
    return {
        "height": head.height,
        "steps": steps,
        "signers": len(found.signers),
        "power": found.power,
        "total": found.total,
    }


def _plain(header: Header) -> Object:
    return {
        "chain": header.chain,
        "height": header.height,
        "time_ms": header.time.ms,
        "results_root": header.last_results_hash.hex(),
        "app_hash": header.app_hash.hex(),
    }
