"""How often one caller may ask, told by a driven clock: what a slow machine takes would refill a bucket."""

from pathlib import Path

from tallychain.gateway.tests.alliance import PASSPHRASE, alliance, code, in_loop


@in_loop
async def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a", account_burst=5) as bank:
        bank.gateway.account_rates._monotonic = lambda: 0.0
        maker, checker = await bank.as_account("maker"), await bank.as_account("checker")
        answers = [await maker.get("/v1/me") for _ in range(8)]
        assert code(answers[-1]) == "GATEWAY_RATE_EXCEEDED"
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await checker.get("/v1/me")).status_code == 200


@in_loop
async def test_guesses_at_a_passphrase_run_out(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        bank.gateway.unlocking._rates._monotonic = lambda: 0.0
        wrong = {"account": "maker", "passphrase": "guess"}
        answers = [await bank.http.post("/v1/sessions", json=wrong) for _ in range(25)]
        assert code(answers[0]) == "GATEWAY_SIGN_IN_REFUSED"
        assert code(answers[-1]) == "GATEWAY_RATE_EXCEEDED"


@in_loop
async def test_after_twenty_attempts_a_key_opens_once_in_two_seconds_and_the_answer_says_when(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a", account_burst=1000) as bank:
        seconds = 0.0
        bank.gateway.unlocking._rates._monotonic = lambda: seconds
        body = {"account": "maker", "passphrase": PASSPHRASE}

        async def answer() -> tuple[int, str | None]:
            found = await bank.http.post("/v1/sessions", json=body)
            return found.status_code, found.headers.get("retry-after")

        assert [await answer() for _ in range(20)] == [(201, None)] * 20
        assert await answer() == (429, "2")
        seconds = 0.9
        assert await answer() == (429, "2")
        seconds = 1.5
        assert await answer() == (429, "1")
        seconds = 2.5
        assert await answer() == (201, None)
        assert await answer() == (429, "2")
