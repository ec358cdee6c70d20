"""Each sealed part of each operation, and every party: it opens it, or it does not, as docs/confidentiality.md says."""

from collections.abc import Iterator

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.sealing import CannotOpen
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import Body, SealedPart
from tallychain.sdk.build import IDENTITY
from tallychain.sdk.opening import open_part
from tests.security.honest import Case, honest_case
from tests.security.part_readers import READERS
from tests.security.parts import Reader

LIKE_TRADE = tuple(f"trade{letter}" for letter in "bcdefg")
"""A row of an offer each: declared by one rule, and sealed as `trade` is."""
SEALED = [kind for kind in CATALOGUE.operation_types() if kind.seals]


def labels(kind: AnyOperation) -> list[str]:
    """The parts of an operation."""
    return [rule.label for rule in kind.seals if rule.label not in LIKE_TRADE]


def parties(case: Case) -> Iterator[tuple[str, SealingKey]]:
    """Everybody, with what one has to open parts with; every tag that was ever made is one."""
    world = case.world
    for name, member in world.members.items():
        yield name, member.sealing
    tags = list(world.sealing_of)
    for tag in tags:
        client = world.owner_of[tag]
        is_new = any(world.owner_of[other] == client for other in tags[: tags.index(tag)])
        yield f"new {client}" if is_new else client, world.clients[client].tag_sealing(tag)


def opens(reader: Reader, body: Body, part: SealedPart, box: bytes, key: SealingKey) -> bool:
    """Whether somebody gets in with this key, whichever recipient it says that it is."""
    keys = reader.keys(part)
    for name in part.to:
        try:
            open_part(body, part, box, keys, name, key)
        except CannotOpen:
            continue
        return True
    return False


def read_by(kind: AnyOperation) -> dict[str, str]:
    """Of each part of an honest act, who opens it."""
    case = honest_case(kind.name)
    content = {
        rule.label: rule.example
        for rule in kind.seals
        if rule.label in labels(kind) and rule.label != IDENTITY and rule.example is not None
    }
    signed = case.world.act(kind.name, case.args, by=case.by, vary=case.vary, content=content)
    body, reader = codec.decode(Body, signed.body), Reader(case.world)
    everybody = list(parties(case))
    found = {}
    for part in body.sealed:
        box = signed.boxes[part.box]
        inside = sorted(name for name, key in everybody if opens(reader, body, part, box, key))
        found[f"{kind.name} {part.label}"] = " ".join(inside)
    return found


def test_every_part_that_is_declared_has_its_readers_written_down() -> None:
    assert {f"{kind.name} {label}" for kind in SEALED for label in labels(kind)} == set(READERS)


@pytest.mark.slow
def test_every_part_is_open_to_those_who_are_written_down_and_to_nobody_else() -> None:
    found = {name: readers for kind in SEALED for name, readers in read_by(kind).items()}

    assert found == READERS
