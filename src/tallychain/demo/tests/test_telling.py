"""The summary for people names what the figures say."""

from typing import Any

from tallychain.demo.telling import tell

FOUND: dict[str, Any] = {
    "vouchers": [
        {
            "reference": "V1",
            "voucher": "EVTALY20260316000000000113",
            "face": "1,000,000.00",
            "issued": "2026-03-16",
            "matures": "2026-09-14",
            "status": "ACTIVE",
            "holdings": 2,
        }
    ],
    "holdings": [
        {
            "voucher": "EV1",
            "holding": "EV1:1",
            "face": "300,000.00",
            "layer": 2,
            "sponsor": "bank-b",
            "holder": "砚峰",
            "status": "PAID",
        },
    ],
    "settlement": {
        "steps": [
            {
                "voucher": "EV1",
                "when": "cut-off passed",
                "status": "UNPAID_PENDING",
                "outstanding_fen": 20_000_000,
                "used_fen": 20_000_001,
                "free_fen": 139_999_999,
                "payments_missing": 1,
            }
        ],
        "payouts": [
            {
                "voucher": "EV1",
                "paid": "2026-10-08",
                "reference": "20261008-000007",
                "amount": "90,000.00",
                "amount_fen": 9_000_000,
                "holder": "砚峰",
            }
        ],
        "dishonours": [{"voucher": "EV1"}],
        "overdue_events": 0,
    },
    "refusals": {"met": [{"code": "BLACKOUT", "tried": "too late"}]},
    "files_refused": [{"code": "USCC_WRONG", "file": "a.csv:3"}],
    "who_reads_the_papers": {"readable_for": {"s1": True, "factor-a-maker": False}},
    "proof": {"bytes": 9, "verified_in_ms": 8, "changed_byte": {"code": "BODY_CHANGED"}},
    "operations": {"total": 3, "done": 2},
    "state": {"height": 7, "state_root": "ab" * 32, "equal_at_all_gateways": True, "gateways": 6},
    "timings_s": {"story": 4.2},
}


def test_every_figure_of_the_summary_is_told() -> None:
    text = "\n".join(tell(FOUND))

    for piece in (
        "EVTALY20260316000000000113",
        "300,000.00",
        "UNPAID_PENDING",
        "200,000.01",
        "1,399,999.99",
        "20261008-000007",
        "Dishonours: 1, of which overdue 0; paid out in all 90,000.00",
        "BLACKOUT",
        "USCC_WRONG",
        "BODY_CHANGED",
        "ab" * 32,
    ):
        assert piece in text
    assert "readable for s1\n" in text
    assert "sealed for factor-a-maker\n" in text
    assert "the same at all 6 gateways" in text


def test_gateways_that_differ_are_not_told_to_be_the_same() -> None:
    text = "\n".join(tell({**FOUND, "state": {**FOUND["state"], "equal_at_all_gateways": False}}))

    assert "DIFFERENT at all 6 gateways" in text


def test_columns_line_up_where_characters_are_wide() -> None:
    found = {
        **FOUND,
        "holdings": [*FOUND["holdings"], {**FOUND["holdings"][0], "holder": "ab", "holding": "EV1:2"}],
    }
    lines = [line for line in tell(found) if "bank-b" in line]

    assert len({line.index("bank-b") for line in lines}) == 1
