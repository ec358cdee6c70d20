"""The story is that of the study, or a variation of it that always comes out even."""

from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from tallychain.demo.script import STUDY_SEED, read_papers, read_script, small_amounts, trade
from tallychain.demo.stage import StoryBroken
from tallychain.demo.story import event

DATA = Path(__file__).resolve().parents[4] / "examples" / "chain"
SEEDS = range(40)


def test_the_usual_seed_tells_the_story_of_the_study() -> None:
    script = read_script(DATA, STUDY_SEED)

    assert [item.face_fen for item in script.vouchers] == [100_000_000, 50_000_000]
    assert [item.amount_fen for item in script.transfers] == [
        30_000_000,
        12_500_001,
        18_000_000,
        4_680_000,
        31_000_000,
        15_000_000,
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_passes_on_more_than_it_received(seed: int) -> None:
    script = read_script(DATA, seed)
    held: dict[tuple[str, str], int] = defaultdict(int)
    for voucher in script.vouchers:
        held[voucher.first_holder, voucher.reference] += voucher.face_fen
    for transfer in script.transfers:
        held[transfer.giver, transfer.voucher] -= transfer.amount_fen
        held[transfer.receiver, transfer.voucher] += transfer.amount_fen
        assert held[transfer.giver, transfer.voucher] > 0

    # What is offered beside, and comes to nothing, must fit as well.
    assert held["s1", "V1"] > sum(small_amounts(seed))


def test_other_seeds_have_other_amounts_and_the_same_seed_the_same() -> None:
    amounts = [tuple(item.amount_fen for item in read_script(DATA, seed).transfers) for seed in SEEDS]

    assert len(set(amounts)) == len(SEEDS)
    assert read_script(DATA, 7) == read_script(DATA, 7)


def test_every_invoice_behind_a_voucher_stands_in_the_table_of_payables() -> None:
    papers, script = read_papers(DATA), read_script(DATA, STUDY_SEED)

    assert [papers.backing(item) for item in script.vouchers] == [112_000_000, 88_000_000]


def test_a_voucher_whose_invoice_is_not_in_the_table_is_not_issued() -> None:
    papers, script = read_papers(DATA), read_script(DATA, STUDY_SEED)
    foreign = msgspec.structs.replace(script.vouchers[0].allocations[0], invoice="26992000000000000005")

    with pytest.raises(StoryBroken, match="does not stand in the table"):
        papers.backing(msgspec.structs.replace(script.vouchers[0], allocations=(foreign,)))


def test_a_transfer_is_sealed_with_the_invoice_that_it_pays() -> None:
    invoice = read_papers(DATA).invoices["26992000000000000005"]
    content = trade(invoice, "CG-1")

    assert (content["invoices"], content["contract"]) == ([invoice.number], "CG-1")


def test_a_fact_that_is_missing_breaks_the_story() -> None:
    with pytest.raises(StoryBroken, match=r"published no voucher\.issued"):
        event({"operation": "ab", "receipt": {"events": []}}, "voucher.issued")
