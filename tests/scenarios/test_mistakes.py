"""Small mistakes, as somebody might make them in the rules of claims: each is found by the text of its scenario, in the line that says otherwise."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from tallychain.contracts.disclosure.rules import closing
from tallychain.contracts.vouchers.disputing import rules as disputing
from tallychain.contracts.vouchers.pledging import rules as pledging
from tallychain.contracts.vouchers.recoursing import rules as recoursing
from tallychain.contracts.vouchers.redeeming import rules as redeeming
from tallychain.ledger.types import MemberId
from tests.scenarios.reader import play
from tests.simulation.patching import replacing

HERE = Path(__file__).parent
Planting = Callable[[], AbstractContextManager[None]]


def instead(module: ModuleType, name: str, made: Callable[[Any], object]) -> Planting:
    """While it is planted, a module has something else under a name, made of the real one."""
    return lambda: replacing(module, name, made(getattr(module, name)))


def always_with_recourse(real: Callable[..., Any]) -> Callable[..., Any]:
    """A financing that gives recourse, whatever was agreed."""
    return lambda *args: replace(real(*args), recourse=True)


def nothing(_real: object) -> Callable[..., None]:
    """A check that lets everything pass."""
    return lambda *_args, **_more: None


MISTAKES: tuple[tuple[str, str, str, Planting], ...] = (
    (
        "recourse before the days of grace are over",
        "28-recourse.txt",
        "factor-a claims of s2",
        instead(recoursing, "_check_open", nothing),
    ),
    (
        "recourse where none was agreed",
        "28-recourse.txt",
        "bank-b claims of s3",
        instead(recoursing, "the_financing", always_with_recourse),
    ),
    (
        "a buy-back of which another issuer has notice",
        "28-recourse.txt",
        "settle-a says that the money of s2",
        instead(
            recoursing, "_notice", lambda real: lambda *args: replace(real(*args), issuer=MemberId("ce-b"))
        ),
    ),
    (
        "a pledge for anybody",
        "33-pledge.txt",
        "bank-a accepts",
        instead(pledging, "check_pledgee", nothing),
    ),
    (
        "an early payment while something is overdue",
        "34-paid-early.txt",
        "ce-a would pay s1 early",
        instead(redeeming, "_check_free", nothing),
    ),
    (
        "a dispute that reaches who holds in good faith",
        "36-dispute.txt",
        "ce-a disputes 300,000.00",
        instead(disputing, "FIRST_LAYER", lambda _: 3),
    ),
    (
        "persistent for ever",
        "26-persistent.txt",
        "the record of ce-a for 2026-10",
        instead(
            closing,
            "_persistent_since",
            lambda real: lambda *args: real(*args) or args[0].persistent_since,
        ),
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize(("says", "text", "line", "plant"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_found_in_the_line_that_says_otherwise(
    says: str, text: str, line: str, plant: Planting
) -> None:
    with plant(), pytest.raises(AssertionError, match=rf"{text}, line \d+: {line}"):
        play(HERE / text)


@pytest.mark.slow
@pytest.mark.parametrize("text", sorted({row[1] for row in MISTAKES}))
def test_a_mistake_is_there_for_its_test_only(text: str) -> None:
    play(HERE / text)
