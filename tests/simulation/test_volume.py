"""Many vouchers, split, financed, frozen, paid and not paid at random: every invariant holds after every operation and over the whole state."""

import pytest

from tests.simulation.volume import Volume


def demand_reached(volume: Volume, vouchers: int, splits: int) -> None:
    """The run came to what it is for."""
    assert volume.counts["vouchers"] >= vouchers
    assert volume.counts["splits"] >= splits
    for kind in (
        "financing.complete",
        "freezes",
        "payments",
        "defaults",
        "debt.write_off",
        "settlement.payout",
        "holder.rekey.consent",
        "standard.publish",
        "vouchers with a guarantor",
        "guarantor.pay",
        "full checks",
    ):
        assert volume.counts[kind], kind
    assert volume.codes["DONE"] >= 0.9 * volume.codes.total()


@pytest.mark.slow
def test_a_hundred_vouchers_and_some_hundred_splits_break_no_invariant() -> None:
    volume = Volume(seed=7)

    volume.run(100, 500)

    demand_reached(volume, 100, 500)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run() -> None:
    runs = [Volume(seed=3) for _ in range(2)]
    for volume in runs:
        volume.run(10, 40)

    assert runs[0].world.root == runs[1].world.root
    assert runs[0].counts == runs[1].counts
