"""A funder's gateway holds it to its own limits before it quotes and before it pays, and tells them to its own staff alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import Raw, Struct
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.declared import OPERATIONS
from tallychain.contracts.vouchers.financing.further import FURTHER_OPERATIONS
from tallychain.contracts.vouchers.financing.operations import CommitQuote, Disburse, RegisterFinancing
from tallychain.gateway.exposure import Exposures
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.limits import (
    ASSETS,
    IN_FORCE,
    LINE,
    Limit,
    OwnLimits,
    check_concentration,
    check_line,
)
from tallychain.gateway.outbox import Outbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import AsOf, Page, ReadModel
from tallychain.gateway.reservations import Reservations
from tallychain.gateway.tests.alliance import Running, alliance, in_loop
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, Signature, SignedOperation

TODAY, LAST = "2026-04-16", "2026-12-31"
NAME = "f1" * 32
EXAMPLES: dict[type[Struct], Any] = {
    type(kind.example): kind.example for kind in (*OPERATIONS, *FURTHER_OPERATIONS)
}


def limit(kind: str, amount: int, valid_until: str = LAST) -> Limit:
    return Limit("l1", kind, "", amount, valid_until, "maker", 0, IN_FORCE, "checker", 1)


def financing(name: str, face: int, status: str = "COMPLETED", **more: str) -> dict[str, Any]:
    return {"financing": name, "voucher": "EV1", "funder": "factor-a", "face": face, "status": status, "form": "FACTORING", "to_holding": "", **more}  # fmt: skip


@dataclass
class Rows:
    """A read model of some rows."""

    views: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(
        default_factory=lambda: {
            "vouchers": "voucher",
            "holdings": "holding",
            "members": "member",
            "financing_quotes": "financing",
        }
    )
    is_endless: bool = False

    async def list(
        self, view: str, filters: Mapping[str, str], _seats: Sequence[str], _cursor: str, _limit: int
    ) -> Page:
        rows = [
            row
            for row in self.views.get(view, [])
            if all(str(row[name]) == wanted for name, wanted in filters.items())
        ]
        return Page(rows, "more" if self.is_endless else "", AsOf(1, 0))

    async def as_of(self) -> AsOf:
        return AsOf(1, 0)

    async def get(self, view: str, key: Sequence[str], _seats: Sequence[str]) -> dict[str, Any] | None:
        name = self.keys[view]
        return next((row for row in self.views.get(view, []) if row[name] == key[0]), None)


def rows(
    *financings: dict[str, Any], status: str = "ACTIVE", holdings: Sequence[dict[str, Any]] = ()
) -> Rows:
    return Rows(
        {
            "financings": [*financings],
            "vouchers": [{"voucher": "EV1", "issuer": "ce-a", "status": status}],
            "holdings": [*holdings],
        }
    )


async def at_risk(found: Rows, without: str = "") -> dict[str, int]:
    return await Exposures(cast("ReadModel", found), "factor-a").by_issuer(without)


def code_of(problem: pytest.ExceptionInfo[Problem]) -> tuple[str, str]:
    return problem.value.code, problem.value.sentence()


def test_a_factor_keeps_half_of_its_risk_assets_away_from_each_debtor() -> None:
    assets = limit(ASSETS, 4_000_000_000)
    check_concentration(
        "ce-a", assets, 1_990_000_000, 20_000_000, TODAY
    )  # 20,100,000 of 40,200,000: exactly half

    with pytest.raises(Problem) as refused:
        check_concentration("ce-a", assets, 1_990_000_000, 30_000_000, TODAY)

    assert code_of(refused) == (
        "GATEWAY_CONCENTRATION",
        "20,200,000.00 of 40,300,000.00 at risk would be with ce-a: 50.12 %, and at most 50.00 % may be (205/2019).",
    )
    assert "50.12 %" in refused.value.sentence("zh")
    with pytest.raises(Problem) as refused:
        check_concentration("ce-a", limit(ASSETS, 2_010_000_000), 0, 30_000_000, TODAY, 1_990_000_000)
    assert code_of(refused)[1].startswith(
        "20,200,000.00 of 40,300,000.00 at risk would be with ce-a: 50.12 %"
    )


def test_a_bank_keeps_within_its_credit_line_to_the_last_fen() -> None:
    line = limit(LINE, 1_000_000_000)
    check_line("ce-a", line, 980_000_000, 20_000_000, TODAY)

    with pytest.raises(Problem) as refused:
        check_line("ce-a", line, 980_000_000, 30_000_000, TODAY)

    assert code_of(refused) == (
        "GATEWAY_LIMIT",
        (
            "Of the credit line for ce-a of 10,000,000.00, 9,800,000.00 is used and 0.00 is reserved by outstanding quotes; "
            "300,000.00 more goes beyond it."
        ),
    )
    check_line("ce-a", line, 950_000_000, 20_000_000, TODAY, 30_000_000)
    with pytest.raises(Problem) as refused:
        check_line("ce-a", line, 977_000_000, 20_000_000, TODAY, 3_000_001)
    assert "30,000.01 is reserved by outstanding quotes" in code_of(refused)[1]
    with pytest.raises(Problem, match="GATEWAY_LIMIT"):
        check_line("ce-a", None, 0, 1, TODAY)


def test_a_line_that_is_over_is_none_and_old_risk_assets_prove_nothing() -> None:
    with pytest.raises(Problem, match="GATEWAY_LIMIT"):
        check_line("ce-a", limit(LINE, 100, "2026-04-15"), 0, 1, TODAY)
    check_line("ce-a", limit(LINE, 100, TODAY), 0, 100, TODAY)
    with pytest.raises(Problem, match="GATEWAY_LIMIT_NOT_KNOWN"):
        check_concentration("ce-a", limit(ASSETS, 100, "2026-04-15"), 0, 1, TODAY)


@in_loop
async def test_what_is_at_risk_counts_from_the_award_until_the_issuer_is_discharged() -> None:
    bought = financing("c", 500, to_holding="EV1:1-500:7")
    held = [
        {"holding": "EV1:1-500:7", "voucher": "EV1", "tag": "t1", "face": 500, "status": "SPENT"},
        {"holding": "EV1:1-200:8", "voucher": "EV1", "tag": "t1", "face": 200, "status": "LIVE"},
        {"holding": "EV1:201-500:9", "voucher": "EV1", "tag": "t2", "face": 300, "status": "LIVE"},
    ]
    asked, failed = financing("a", 7, "BIDDING"), financing("b", 7, "FAILED")
    awarded, loan = financing("d", 40, "AWARDED"), financing("e", 3, form="PLEDGE")

    assert await at_risk(rows(asked, failed, awarded)) == {"ce-a": 40}
    assert await at_risk(rows(awarded, bought, loan, holdings=held)) == {"ce-a": 243}
    assert await at_risk(rows(awarded, bought, holdings=held), without="d") == {"ce-a": 200}
    assert await at_risk(rows(bought, loan, status="SETTLED", holdings=held)) == {}
    assert await at_risk(rows(bought)) == {"ce-a": 500}


@in_loop
async def test_what_cannot_be_counted_whole_is_not_guessed() -> None:
    found = rows(financing("a", 1))
    found.is_endless = True

    with pytest.raises(Problem, match="GATEWAY_LIMIT_NOT_KNOWN"):
        await at_risk(found)


@dataclass
class Signed:
    """An outbox with quotes that no projected block shows yet."""

    financings: Sequence[str] = ()

    async def unseen(self, _kind: str, _height: int) -> list[bytes]:
        return [frame_of(name) for name in self.financings]


def frame_of(financing: str) -> bytes:
    """A signed quote for a financing, as it lies in an outbox."""
    args = replace(EXAMPLES[CommitQuote], financing=financing)
    body = Body(
        "trial-1",
        "financing.quote",
        1,
        "member:factor-a",
        "factor-a",
        "00" * 16,
        1,
        Raw(codec.encode(args)),
        (),
    )
    return codec.encode_frame(
        SignedOperation(codec.encode(body), (Signature("system", "ed25519:" + "ab" * 32, b"s"),), {})
    )


async def reserved(found: Rows, *signed: str, without: str = "") -> dict[str, int]:
    state = cast("LedgerState", Ledger(Asked(Units(50), None)))
    outbox = cast("Outbox", Signed(signed))
    return await Reservations(cast("ReadModel", found), outbox, state, "factor-a").by_issuer(without)


@in_loop
async def test_a_quote_reserves_its_face_until_nobody_can_choose_it_any_more() -> None:
    names = {"a": "BIDDING", "b": "REVEALING", "c": "CHOOSING", "d": "LAPSED", "e": "CLOSED", "f": "AWARDED", "0": "FAILED"}  # fmt: skip
    asked = [
        {**financing(name, 10**n, status), "funders": "bank-b, factor-a"}
        for n, (name, status) in enumerate(names.items())
    ]
    found = rows(*asked)
    found.views["financing_quotes"] = [
        {"financing": name, "funder": "factor-a", "state": "COMMITTED"} for name in names
    ]

    assert await reserved(found) == {"ce-a": 111}
    assert await reserved(found, without="b") == {"ce-a": 101}
    for ended in ("VOID", "UNREVEALED", "CHOSEN"):
        found.views["financing_quotes"][0]["state"] = ended
        assert await reserved(found) == {"ce-a": 110}, ended
    asked[1]["funders"] = "bank-b"
    assert await reserved(found) == {"ce-a": 100}


@in_loop
async def test_a_signed_quote_reserves_before_any_block_shows_it_and_only_once() -> None:
    asked = rows({**financing("c1" * 32, 10, "BIDDING"), "funders": "factor-a"})
    asked.views["financing_quotes"] = [{"financing": "c1" * 32, "funder": "factor-a", "state": "COMMITTED"}]

    assert await reserved(asked, "c1" * 32) == {"ce-a": 10}
    assert await reserved(asked, "c1" * 32, "c2" * 32, "c2" * 32) == {"ce-a": 60}
    assert await reserved(asked, "c1" * 32, "c2" * 32, without="c2" * 32) == {"ce-a": 10}
    asked.views["vouchers"] = []
    with pytest.raises(Problem, match="GATEWAY_LIMIT_NOT_KNOWN"):
        await reserved(asked)


@dataclass
class Units:
    length: int


@dataclass
class Deal:
    funder: str


@dataclass
class Asked:
    """A financing as the ledger tells of it."""

    units: Units
    deal: Deal | None
    id: str = NAME
    voucher: str = "EV1"


@dataclass
class Ledger:
    row: Asked | None

    async def get(self, *_: object) -> Asked | None:
        return self.row


def judging(running: Running, found: Rows | None, row: Asked | None) -> OwnLimits:
    """The limits of a gateway that stands before this financing and has these rows."""
    gateway = running.gateway
    made = OwnLimits(
        "factor-a",
        gateway.database,
        gateway.accounts,
        cast("LedgerState", Ledger(row)),
        gateway.outbox,
        gateway.clock,
    )
    made.read_model = cast("ReadModel", found)
    return made


async def entered(running: Running, kind: str, amount: str, issuer: str = "") -> str:
    """A limit that two persons have entered."""
    maker, checker = await running.as_account("maker"), await running.as_account("checker")
    body = {"kind": kind, "amount": int(amount.replace("_", "")), "valid_until": LAST, "issuer": issuer}
    made = await maker.post("/v1/limits", body)
    assert made.status_code == 201, made.text
    name = str(made.json()["id"])
    assert (await maker.post(f"/v1/limits/{name}/approve")).status_code == 403
    done = await checker.post(f"/v1/limits/{name}/approve")
    assert (done.status_code, done.json()["state"]) == (200, "in_force")
    return name


def test_nothing_that_leaves_a_gateway_knows_of_its_limits() -> None:
    """Only what judges an act, and the pages for the member's own staff, can read the table."""
    package = Path(__file__).parents[2]
    readers = {
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        if "tests" not in file.parts
        and any(
            name in file.read_text(encoding="utf-8")
            for name in (
                "own_limit",
                "gateway.limits",
                "OwnLimits",
                "own_refinement",
                "Refinements(",
                ".limits.refinements",
            )
        )
    }

    assert readers == {
        "console/pages/limits.py",
        "gateway/migrations/versions/r0011_refinement_of_quoting.py",
        "gateway/refining/refinements.py",
        "gateway/web/refining.py",
        "gateway/acts.py",
        "gateway/limits.py",
        "gateway/migrations/versions/r0008_limits_of_a_funder.py",
        "gateway/service.py",
        "gateway/submissions.py",
        "gateway/web/limiting.py",
    }


@pytest.mark.slow
@in_loop
async def test_limits_are_entered_by_two_persons_and_judge_quotes_and_payments(tmp_path: Path) -> None:
    quote, register, pay = (EXAMPLES[kind] for kind in (CommitQuote, RegisterFinancing, Disburse))
    used = rows(financing("old", 1_990_000_000))
    asked = Asked(Units(30_000_000), None)
    async with alliance(tmp_path) as it, it.gateway("factor-a") as running:
        await judging(running, used, asked).check(quote)
        await entered(running, "assets", "4_000_000_000")
        for args, row in ((quote, asked), (register, Asked(Units(30_000_000), Deal("factor-a"))), (pay, Asked(Units(30_000_000), Deal("factor-a")))):  # fmt: skip
            with pytest.raises(Problem, match="GATEWAY_CONCENTRATION"):
                await judging(running, used, row).check(args)
        await judging(running, used, Asked(Units(30_000_000), Deal("bank-a"))).check(pay)
        await judging(running, used, Asked(Units(20_000_000), None)).check(quote)
        await judging(running, used, asked).check(EXAMPLES[next(iter(EXAMPLES))])
        with pytest.raises(Problem, match="GATEWAY_LEDGER_NOT_REACHED"):
            await judging(running, None, asked).check(quote)
        with pytest.raises(Problem, match="GATEWAY_LIMIT_NOT_KNOWN"):
            await judging(running, Rows(), asked).check(quote)
        await entered(running, "assets", "5_000_000_000")
        await judging(running, used, asked).check(quote)
        await entered(running, "line", "2_000_000_000", "ce-b")
        with pytest.raises(Problem, match="GATEWAY_LIMIT"):
            await judging(running, used, asked).check(quote)
        await entered(running, "line", "2_020_000_000", "ce-a")
        await judging(running, used, asked).check(quote)

        maker, checker = await running.as_account("maker"), await running.as_account("checker")
        listed = (await maker.get("/v1/limits")).json()
        assert [(one["kind"], one["issuer"], one["amount"]) for one in listed["limits"]] == [
            ("line", "ce-a", 2_020_000_000), ("line", "ce-b", 2_000_000_000), ("assets", "", 5_000_000_000)
        ]  # fmt: skip
        assert listed["used"][0] == {
            "issuer": "ce-a",
            "used": 0,
            "reserved": 0,
            "line": 2_020_000_000,
            "share_ppm": 0,
        }
        for wrong in (
            {"kind": "line", "amount": 1, "valid_until": LAST},
            {"kind": "assets", "amount": 1, "valid_until": LAST, "issuer": "ce-a"},
            {"kind": "line", "amount": 1, "valid_until": LAST, "issuer": "bank-a"},
            {"kind": "assets", "amount": 1, "valid_until": "2026-02-30"},
            {"kind": "assets", "amount": 1, "valid_until": "2026-01-30"},
        ):
            assert (await maker.post("/v1/limits", wrong)).status_code == 400, wrong
        body = {"kind": "assets", "amount": 1, "valid_until": LAST}
        waiting = (await maker.post("/v1/limits", body)).json()["id"]
        assert (await checker.post(f"/v1/limits/{waiting}/refuse")).json()["state"] == "refused"
        assert (await checker.post(f"/v1/limits/{waiting}/approve")).status_code == 409
        assert (await checker.post("/v1/limits/none/approve")).status_code == 404
