"""A refinement is a bounded expression that two persons enter; what it does not let through, or fails at, is not quoted."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.problems import Problem
from tallychain.gateway.refining import evaluation
from tallychain.gateway.refining.evaluation import ALWAYS, EXAMPLE, check_whole, evaluated
from tallychain.gateway.refining.language import SOURCE_BYTES, check_source
from tallychain.gateway.refining.refinements import guarantor_of
from tallychain.gateway.tests.alliance import Running, alliance, code, in_loop
from tallychain.gateway.tests.test_limits_story import PARTS, asked, promised, quote, refused
from tallychain.gateway.tests.test_story import approved


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "it is empty"),
        ("0", "neither true nor false"),
        ("face + 1 / days", "neither true nor false"),
        ("days < 1" + " " * SOURCE_BYTES, "longer than 2048 bytes"),
        ("(" * 17 + "true" + ")" * 17, "16 brackets within each other"),
        ("!" * 256 + "true", "more than 256 parts"),
        ("[1, 2].all(x, x > 0)", "there is no method all"),
        ("issuer.matches('a+')", "there is no method matches"),
        ("size(issuer) > 1", "there is no variable size"),
        ("holder == 'x'", "there is no variable holder"),
        ("1.5 > 1", "no such sign or number at character 1"),
        ("days > 9223372036854775808", "is too large"),
        ("'\\n' == issuer", "no such sign or number at character 1"),
        ("timestamp('2026-01-01T00:00:00Z')", "there is no variable timestamp"),
    ],
)
def test_what_is_no_refinement_is_refused_and_named(source: str, why: str) -> None:
    with pytest.raises(Problem) as found:
        check_source(source)

    assert found.value.code == "GATEWAY_REFINEMENT_NOT_VALID"
    assert why in found.value.sentence()


def test_what_a_refinement_may_say_is_taken() -> None:
    for source in (
        ALWAYS,
        "grade in ['A', 'B'] ? days <= 180 : days <= 90",
        'issuer.startsWith("ce-") && !(recourse || has_missed) && exposure + reserved + face <= 500000000',
        "on_time_bp >= 9900 && -layer > -4 && face / 100 % 2 == 0",
        "(" * 16 + "true" + ")" * 16,
        "!" * 255 + "true",
    ):
        check_source(source)


@in_loop
async def test_a_refinement_that_is_only_true_needs_no_library() -> None:
    assert await evaluated(" true ", [EXAMPLE, EXAMPLE]) == [True, True]


@pytest.mark.slow
@in_loop
async def test_an_expression_is_judged_apart_and_what_fails_is_never_a_yes() -> None:
    row = {**EXAMPLE, "issuer": "ce-a", "face": 30_000_000, "days": 180}
    other = {**row, "face": 20_000_000}
    assert await evaluated("exposure + face <= 20000000", [row, other]) == [False, True]
    failed, fine = await evaluated("face / (days - 180) >= 0 || false", [row, {**row, "days": 181}])
    assert "division by zero" in str(failed)
    assert fine is True
    (failed,) = await evaluated("face * 9223372036854775807 > 0", [row])
    assert "overflow" in str(failed)
    await check_whole("1000 / face > 3")
    for source in ("face", "(days", "issuer + face > 1 &&"):
        with pytest.raises(Problem, match="GATEWAY_REFINEMENT_NOT_VALID"):
            await check_whole(source)


@pytest.mark.slow
@in_loop
async def test_a_process_that_dies_or_has_no_library_lets_nothing_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for ended, why in (
        (-11, "GATEWAY_REFINEMENT_FAILED"),
        (-24, "GATEWAY_REFINEMENT_FAILED"),
        (3, "GATEWAY_REFINEMENT_NOT_INSTALLED"),
    ):

        async def run(_given: bytes, code: int = ended) -> tuple[int, bytes]:
            return code, b""

        monkeypatch.setattr(evaluation, "_run", run)
        with pytest.raises(Problem, match=why):
            await evaluated("days > 1", [EXAMPLE])


async def entered(funder: Running, expression: str) -> None:
    """Two persons enter a refinement."""
    maker, checker = await funder.as_account("maker"), await funder.as_account("checker")
    made = await maker.post("/v1/refinements", {"expression": expression})
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    assert (await maker.post(f"/v1/refinements/{name}/approve")).status_code == 403
    done = await checker.post(f"/v1/refinements/{name}/approve")
    assert (done.status_code, done.json()["state"]) == (200, "in_force")


class Guarantees:
    """Rows of guarantees."""

    def __init__(self, row: dict[str, str] | None) -> None:
        self._row = row

    async def get(self, view: str, key: list[str], seats: tuple[str, ...]) -> dict[str, str] | None:
        assert (view, key, seats) == ("guarantees", ["EV1"], ())
        return self._row


@in_loop
async def test_a_guarantor_counts_until_it_is_called() -> None:
    for row, name in (
        (None, ""),
        ({"guarantor": "guar-a", "status": "STANDING"}, "guar-a"),
        ({"guarantor": "guar-a", "status": "CALLED"}, ""),
        ({"guarantor": "guar-a", "status": "FREED"}, ""),
    ):
        rows: Any = Guarantees(row)
        assert await guarantor_of(rows, "EV1") == name


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_funder_quotes_only_what_its_refinement_lets_through(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as seller,
        there.gateway("bank-b") as funder,
    ):
        voucher = await promised(there, issuer, seller)
        name = await asked(seller, voucher, "b")
        await funder.caught_up()
        maker, checker = await funder.as_account("maker"), await funder.as_account("checker")
        args = quote(there, voucher, name, "b")
        wrong = await maker.post("/v1/refinements", {"expression": "[face].exists(f, f > 1)"})
        assert code(wrong) == "GATEWAY_REFINEMENT_NOT_VALID"

        await entered(funder, "guarantor != '' || exposure + reserved + face < 30000000")
        assert (await refused(funder, "financing.quote", args, "quote-0001"))[
            0
        ] == "GATEWAY_REFINEMENT_NOT_MET"
        await entered(funder, "1 / (face - 30000000) == 0")
        found = await refused(funder, "financing.quote", args, "quote-0002")
        assert found[0] == "GATEWAY_REFINEMENT_FAILED"
        assert "division by zero" in found[1]

        narrow = {
            "expression": "guarantor == '' && issuer == 'ce-a' && sponsor == 'bank-a' && face <= 30000000"
        }
        tried = (await checker.post("/v1/refinements/try", narrow)).json()
        assert (tried["yes"], tried["no"], tried["failed"], tried["is_whole"]) == (0, 1, 0, True)
        assert [(row["face"], row["answer"], row["standard"]) for row in tried["rows"]] == [
            (3_000_000_000, "no", "")
        ]
        await entered(funder, narrow["expression"])
        await approved(funder, "financing.quote", args, "quote-0003")
        assert PARTS["b"][1] - PARTS["b"][0] + 1 == 30_000_000

        waiting = (await maker.post("/v1/refinements", {"expression": ALWAYS})).json()["id"]
        assert (await checker.post(f"/v1/refinements/{waiting}/refuse")).json()["state"] == "refused"
        assert (await checker.post(f"/v1/refinements/{waiting}/approve")).status_code == 409
        listed = (await maker.get("/v1/refinements")).json()
        assert [(row["expression"], row["state"]) for row in listed["refinements"]] == [
            (narrow["expression"], "in_force")
        ]
        assert len(listed["variables"]) == 15
        assert (await (await funder.as_account("s4")).get("/v1/refinements")).status_code == 403
        public = (await (await funder.as_account("s4")).get("/v1/funding-offers", params={
            "issuer": "ce-a", "face": "1", "maturity": "2026-09-14"})).text  # fmt: skip
        assert "refine" not in public
