"""A term longer than usual has a reason, whatever the cap is."""

import pytest

from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.policies import TERM
from tallychain.contracts.vouchers.tests.desk import Desk


def test_a_term_longer_than_usual_names_its_reason_and_a_voucher_keeps_the_article_of_its_policy() -> None:
    desk = Desk()
    desk.policy(TERM, 2, "2026-01-02", term_months=12, usual_months=6)

    with pytest.raises(refusals.TermReasonMissing) as refused:
        desk.issue(nominal_maturity="2026-09-17")
    assert refused.value.typed_fields() == {
        "nominal": "2026-09-17",
        "usual": "2026-09-16",
        "article": "Rules 7.8",
    }
    voucher = desk.issue(nominal_maturity="2026-09-17", term_reason="LONG_PRODUCTION")
    assert voucher.term_policy == 2
    with pytest.raises(refusals.TermExceeded):
        desk.issue(nominal_maturity="2027-03-17", term_reason="LONG_PRODUCTION")
