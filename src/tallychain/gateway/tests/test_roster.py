"""A gateway that has lost all its tables goes on from the ledger, its keys, and the roster beside them."""

from pathlib import Path

import pytest

from tallychain.gateway.config import ConfigRefused
from tallychain.gateway.roster import FILE
from tallychain.gateway.tests.alliance import alliance, in_loop
from tallychain.gateway.tests.test_story import TRADE, accepted, issued


def lose_tables(folder: Path) -> None:
    for path in folder.glob("*.sqlite*"):
        path.unlink()


@in_loop
async def test_after_the_loss_of_all_tables_a_client_reads_and_moves_what_it_held(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer:
        async with there.gateway("bank-a") as bank:
            voucher = await issued(there, issuer, "s1")
            await bank.caught_up()
            owner = await bank.as_account("s1")
            await accepted(owner, voucher)
            await bank.caught_up()
            before = (await owner.get("/v1/my/holdings")).json()["rows"]
            assert before
        lose_tables(tmp_path / "bank-a")

        async with there.gateway("bank-a") as bank:
            await bank.caught_up()
            owner = await bank.as_account("s1")
            assert (await owner.get("/v1/my/holdings")).json()["rows"] == before
            # Stocks of cards went with the tables: an owner signs new ones.
            await there.refill(bank.gateway, "s2")
            row = {
                "first": 1,
                "last": 10,
                "receiver": {"sponsor": "bank-a", "uscc": there.clients["s2"].uscc},
                "trade_reference": {"keyed": "CG-1"},
                "value_date": "",
            }
            args = {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}
            end = await owner.acts("voucher.offer", args, key="offer-0001", sealed={"trade": TRADE})
            assert end["state"] == "done", end
            assert [account.id for account in await bank.gateway.accounts.all()].count("admin-1") == 1


@in_loop
async def test_a_roster_of_another_member_or_a_damaged_one_keeps_the_gateway_from_starting(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there:
        for member in ("bank-a", "bank-b"):
            async with there.gateway(member):
                pass
        lose_tables(tmp_path / "bank-a")
        roster = tmp_path / "bank-a" / "keys" / FILE
        assert roster.stat().st_mode & 0o777 == 0o600
        roster.write_bytes((tmp_path / "bank-b" / "keys" / FILE).read_bytes())
        with pytest.raises(ConfigRefused, match="another member"):
            async with there.gateway("bank-a"):
                pass
        roster.write_bytes(b"\x00")
        with pytest.raises(ConfigRefused, match="cannot be read"):
            async with there.gateway("bank-a"):
                pass
