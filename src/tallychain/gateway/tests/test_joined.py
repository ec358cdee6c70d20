"""Bursts of splits and circles are found with their exact sums and days, and nothing is guessed of tags that cannot be joined."""

from typing import Any

from tallychain.gateway.joined import Burst, Circle, Move, bursts, circles, in_order, move_of
from tallychain.gateway.web.reporting import layer_warning

MINUTE_MS, DAY_MS = 60_000, 86_400_000
PARTIES = {"a1": "A", "a2": "A", "b1": "B", "b2": "B", "c1": "C"}
WHOLE = "EV1:1-100000000:1"


def moved(giver: str, receiver: str, units: tuple[int, int], at_ms: int, **more: Any) -> Move:
    row = {"voucher": "EV1", "from_holding": WHOLE, "giver": giver, "receiver": receiver, "first": units[0], "last": units[1]}  # fmt: skip
    return move_of({**row, "height": at_ms, "moved_at": at_ms, **more}, PARTIES)


def split(number: int, at_ms: int, giver: str = "a1") -> Move:
    """A part of 1,000.00, to a receiver of its own."""
    return moved(giver, f"r{number}", (number * 100_000 + 1, (number + 1) * 100_000), at_ms)


def test_sixty_splits_in_one_hour_are_reported_and_fifty_are_not() -> None:
    sixty = [split(n, n * MINUTE_MS) for n in range(60)]

    assert bursts(sixty[:50], 50) == []
    assert bursts(sixty, 50) == [Burst("A", 60, 60, 6_000_000, 1, 60, 0, 59 * MINUTE_MS)]


def test_splits_of_one_party_behind_several_tags_are_counted_together_and_those_of_unknown_tags_are_not() -> (
    None
):
    mixed = [split(n, n * MINUTE_MS, giver=("a1", "a2")[n % 2]) for n in range(52)]
    unknown = [split(n, n * MINUTE_MS, giver=("x1", "x2")[n % 2]) for n in range(52)]

    assert [(one.party, one.splits) for one in bursts(mixed, 50)] == [("A", 52)]
    assert bursts(unknown, 50) == []


def test_an_hour_is_sixty_minutes_and_hours_that_overlap_are_one_episode() -> None:
    slow = [split(n, n * MINUTE_MS * 2) for n in range(100)]
    twice = [split(n, n * MINUTE_MS // 2 + (0 if n < 60 else DAY_MS)) for n in range(120)]

    assert bursts(slow, 50) == []
    assert bursts(slow, 29) == [Burst("A", 100, 30, 10_000_000, 1, 100, 0, 198 * MINUTE_MS)]
    assert [(one.splits, one.most_in_hour) for one in bursts(twice, 50)] == [(60, 60), (60, 60)]


def test_a_whole_holding_that_is_passed_on_is_no_split() -> None:
    whole = [moved("a1", f"r{n}", (1, 100), n, from_holding="EV1:1-100:7") for n in range(60)]

    assert bursts(whole, 50) == []


def test_units_that_come_back_are_a_circle_with_amounts_and_days() -> None:
    out = moved("a1", "b1", (1, 30_000_000), 0)
    back = moved("b1", "a2", (1, 20_000_000), 4 * DAY_MS)

    assert circles([out, back], 30) == [
        Circle("units", "A", ["A", "B", "A"], "EV1", 30_000_000, 20_000_000, 4, 0, 4 * DAY_MS)
    ]
    assert circles([out, moved("b1", "a2", (1, 20_000_000), 31 * DAY_MS)], 30) == []
    assert circles([out, moved("b1", "c1", (1, 20_000_000), DAY_MS)], 30) == []


def test_a_circle_is_followed_through_several_hands_and_unknown_tags_join_nothing() -> None:
    first, second = moved("a1", "b1", (1, 900), 0), moved("b2", "c1", (101, 900), DAY_MS)
    last = moved("c1", "a2", (101, 200), 2 * DAY_MS)
    unknown = [moved("x1", "b1", (1, 900), 0), moved("b2", "x2", (1, 900), 1)]

    (found,) = circles(in_order([last, second, first]), 30)
    assert (found.path, found.out, found.back, found.days) == (["A", "B", "C", "A"], 900, 100, 2)
    assert circles(unknown, 30) == []


def test_worth_that_comes_back_in_other_units_is_summed_between_the_two() -> None:
    moves = [
        moved("a1", "b1", (1, 500), 0),
        moved("a2", "b2", (501, 600), DAY_MS),
        moved("b1", "a1", (1, 450), 3 * DAY_MS, voucher="EV2"),
        moved("b2", "a2", (451, 500), 5 * DAY_MS, voucher="EV2"),
        moved("b2", "c1", (501, 900), 6 * DAY_MS, voucher="EV2"),
    ]

    assert circles(moves, 30) == [Circle("worth", "A", ["A", "B", "A"], "EV2", 600, 500, 5, 0, 5 * DAY_MS)]


def test_layers_are_warned_of_from_five_on() -> None:
    assert layer_warning(4) == []
    (warning,) = layer_warning(5)
    assert (warning.code, "layer 5" in warning.sentence_en, "第 5 层" in warning.sentence_zh) == (
        "LAYER_WARNING",
        True,
        True,
    )
