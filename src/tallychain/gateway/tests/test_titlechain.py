"""A chain of title is one line from the issue to the seller, found from public rows, and shows where keys were replaced."""

from typing import Any

from tallychain.gateway.titlechain import ISSUED, MOVED, REKEYED, chain_of

VOUCHER = {"receiver": "s1", "receiver_sponsor": "bank-a", "issued_at": 1}


def move(giver: str, receiver: str, first: int, last: int, height: int, layer: int = 2) -> dict[str, Any]:
    return {
        "giver": giver, "giver_sponsor": "bank-a", "receiver": receiver, "receiver_sponsor": "bank-b", "first": first, "last": last,
        "height": height, "layer": layer, "offer": f"{height}", "moved_at": height,
    }  # fmt: skip


def financing(tag: str, first: int, last: int, height: int) -> dict[str, Any]:
    return {"tag": tag, "sponsor": "bank-c", "first": first, "last": last, "height": height, "asked_at": 99}


def links(moves: list[dict[str, Any]], asked: dict[str, Any]) -> list[tuple[str, str]]:
    return [(link.tag, link.came_by) for link in chain_of(VOUCHER, moves, asked)]


def test_only_movements_of_these_units_before_the_request_are_links() -> None:
    moves = [
        move("s2", "s3", 1, 50, 7, 3),
        move("s1", "s2", 1, 60, 5),
        move("s1", "s9", 61, 100, 6),
        move("s2", "s8", 51, 60, 8, 3),
        move("s3", "s7", 1, 50, 12, 4),
    ]

    assert links(moves, financing("s3", 1, 10, 10)) == [("s1", ISSUED), ("s2", MOVED), ("s3", MOVED)]
    assert links([], financing("s1", 1, 10, 10)) == [("s1", ISSUED)]


def test_what_moves_on_in_the_block_of_the_request_comes_after_the_seller() -> None:
    moves = [move("s1", "s2", 1, 50, 5), move("s2", "s3", 1, 50, 9, 3)]

    assert links(moves, financing("s2", 1, 10, 9)) == [("s1", ISSUED), ("s2", MOVED)]


def test_other_keys_in_the_place_of_a_holder_are_a_link_of_their_own() -> None:
    moves = [move("s1-new", "s2", 1, 50, 5)]

    assert links(moves, financing("s2-new", 1, 10, 9)) == [
        ("s1", ISSUED), ("s1-new", REKEYED), ("s2", MOVED), ("s2-new", REKEYED),
    ]  # fmt: skip


def test_a_seller_that_bought_back_is_the_last_link_and_all_before_it_stand() -> None:
    moves = [move("s1", "s2", 1, 50, 5), move("s2", "s1", 1, 50, 6, 3)]

    assert [tag for tag, _ in links(moves, financing("s1", 1, 10, 9))] == ["s1", "s2", "s1"]
