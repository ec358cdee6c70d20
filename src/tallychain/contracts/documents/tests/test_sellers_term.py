"""A small or medium-sized seller is paid within the law's days of delivery, or says on what ground it agreed to more; a voucher extends nothing."""

from typing import Any

import pytest

from tallychain.contracts.documents import termrefusals
from tallychain.contracts.documents.policies import DOCUMENTS, DOCUMENTS_DEFAULTS
from tallychain.contracts.documents.tests.desk import INV_1, Desk, paper
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.refusals import Refused

ARTICLE = "CN-802-2025/1: article 6"


def desk_with(days: int) -> Desk:
    """A desk on 2026-03-16 whose alliance has such a term."""
    desk = Desk()
    values: dict[str, int | str] = {**DOCUMENTS_DEFAULTS, "sme_days": days}
    desk.state.write(
        [POLICIES.put(Policy(DOCUMENTS, 2, "2026-01-01", values, "own rules", {"sme_days": ARTICLE}))]
    )
    return desk


@pytest.mark.parametrize(
    ("changed", "refusal", "fields"),
    [
        ({"delivered": ""}, termrefusals.DeliveryDayMissing, {"days": 60, "article": ARTICLE}),
        (
            {"delivered": "2026-03-17"},
            termrefusals.DeliveryDayNotValid,
            {"day": "2026-03-17", "today": "2026-03-16"},
        ),
        (
            {"delivered": "2026-02-30"},
            termrefusals.DeliveryDayNotValid,
            {"day": "2026-02-30", "today": "2026-03-16"},
        ),
        (
            {"due_day": "2026-05-16"},
            termrefusals.DueAfterSellersTerm,
            {"day": "2026-05-16", "latest": "2026-05-15", "delivered": "2026-03-16", "article": ARTICLE},
        ),
    ],
)
def test_what_makes_a_small_seller_wait_longer_is_refused_with_the_article(
    changed: dict[str, str], refusal: type[Refused], fields: dict[str, object]
) -> None:
    desk = desk_with(60)
    before = desk.content()
    wanted: dict[str, Any] = {"delivered": "2026-03-16", "due_day": "2026-05-15", **changed}

    with pytest.raises(refusal) as refused:
        desk.present(small=True, **wanted)

    assert refused.value.typed_fields() == fields
    assert desk.content() == before


def test_the_last_day_of_the_term_a_named_ground_an_order_and_other_sellers_are_accepted() -> None:
    desk = desk_with(60)
    late = "2026-09-14"

    assert desk.payable(desk.present(small=True, delivered="2026-03-16", due_day="2026-05-15")).small
    assert desk.present(small=True, delivered="2026-03-16", due_day=late, longer_term="CONTRACT")
    assert desk.present(small=True, kind="ORDER", invoices=(), due_day=late)
    assert not desk.payable(desk.present(due_day=late, delivered="2026-03-16")).small
    assert desk_with(0).present(small=True, due_day=late)


def test_a_voucher_for_a_small_seller_matures_no_later_than_its_payable_is_due() -> None:
    desk = desk_with(60)
    one = (paper(INV_1, 60_000_000),)
    payable = desk.confirmed(
        small=True, delivered="2026-03-16", due_day="2026-05-15", invoices=one, amount=60_000_000
    )

    with pytest.raises(termrefusals.MaturityExtendsTerm) as refused:
        desk.allocate(payable, "V1", (INV_1, 1_000), maturity="2026-05-16")
    assert refused.value.typed_fields() == {"maturity": "2026-05-16", "due": "2026-05-15", "article": ARTICLE}
    desk.allocate(payable, "V1", (INV_1, 1_000), maturity="2026-05-15")
    assert len(desk.payable(payable).uses) == 1


def test_where_no_such_term_was_voted_a_voucher_may_mature_later() -> None:
    desk = desk_with(0)
    payable = desk.confirmed(small=True, due_day="2026-05-15")

    desk.allocate(payable, "V1", (INV_1, 1_000), maturity="2026-05-16")
    assert len(desk.payable(payable).uses) == 1
