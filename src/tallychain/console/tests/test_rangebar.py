"""The range bar is to scale, names only whom the viewer knows, and shows layers as a tree."""

from tallychain.console.names import Party
from tallychain.console.rangebar import draw


def row(first: int, last: int, layer: int, status: str = "LIVE", by: str = "TRANSFER") -> dict[str, object]:
    return {
        "holding": f"V:{first}-{last}:{layer}{status}",
        "first": first,
        "last": last,
        "layer": layer,
        "status": status,
        "acquired_by": by,
        "tag": f"tag{layer}",
        "sponsor": "bank-a",
    }


def naming(tag: str, sponsor: str) -> Party:
    return Party(tag, sponsor, sponsor, "Known" if tag == "tag1" else "", "", False, True)


HOLDINGS = [
    row(1, 100, 1, "SPENT", "ISSUE"),
    row(31, 100, 1, by="SPLIT_REST"),
    row(1, 30, 2, "SPENT"),
    row(1, 10, 3),
    row(11, 30, 2, by="SPLIT_REST"),
]


def test_holdings_of_now_cover_the_face_to_scale() -> None:
    bar = draw(100, HOLDINGS, [], naming)

    assert [(item.x, item.width) for item in bar.now] == [(0.0, 10.0), (10.0, 20.0), (30.0, 70.0)]
    assert sum(item.units for item in bar.now) == 100


def test_each_layer_shows_what_is_held_and_what_was_passed_on() -> None:
    bar = draw(100, HOLDINGS, [], naming)

    assert [layer.number for layer in bar.layers] == [1, 2, 3]
    assert [(item.tone, item.first, item.last) for item in bar.layers[0].segments] == [
        ("passed", 1, 100),
        ("known", 31, 100),
    ]
    assert {drop.x for drop in bar.drops} == {0.0, 30.0, 10.0}


def test_a_holder_whom_the_viewer_may_not_know_is_shown_as_unknown() -> None:
    bar = draw(100, HOLDINGS, [], naming)

    assert [item.tone for item in bar.now] == ["unknown", "unknown", "known"]


def test_bound_units_lie_over_the_bar() -> None:
    bar = draw(100, HOLDINGS, [{"first": 31, "last": 55}], naming)

    assert [(item.x, item.width, item.units) for item in bar.bound] == [(30.0, 25.0, 25)]


def test_a_part_too_small_for_a_label_is_still_drawn() -> None:
    bar = draw(10**11, [row(1, 1, 1, by="ISSUE"), row(2, 10**11, 1, by="SPLIT_REST")], [], naming)

    assert [item.has_room for item in bar.now] == [False, True]


def test_a_voucher_that_nobody_holds_has_an_empty_bar() -> None:
    bar = draw(100, [], [], naming)

    assert (bar.now, bar.layers, bar.drops) == ((), (), ())
