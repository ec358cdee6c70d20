"""Stories of members: a supervisor suspends one, and what it may still do until the suspension lapses or the members have voted."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.tests.alliance import in_loop
from tests.stories.town import BANK, Json, Town, town

pytestmark = pytest.mark.slow

VOTERS = ("ce-a", "bank-a", "factor-a", BANK, "supervisor")
PAPER = {"trade": {"contract": "CG-1", "invoices": [], "purpose": "钢板", "amount": "300,000.00"}}
WHY = {"member": "bank-b", "reason": "Ordered by the supervisor"}


def offering(it: Town, number: str) -> Json:
    """The arguments of an offer of 300,000.00 to s4, a client of bank-b."""
    row = {
        "first": 1,
        "last": 30_000_000,
        "receiver": {"sponsor": "bank-b", "uscc": it.there.clients["s4"].uscc},
        "trade_reference": {"keyed": "CG-1"},
        "value_date": "",
    }
    return {"voucher": number, "holding": 1, "rows": [row]}


async def voted(it: Town, data: Json) -> str:
    """The members vote on a change, until it has acted; what became of it."""
    kind = data["kind"]
    asked: dict[str, Any] = {"kind": kind, "words_zh": "提案", "words_en": "A proposal", "data": data}
    proposal = (await it.does(VOTERS[0], "proposal.open", asked))["operation"]
    for member in VOTERS:
        row = await it.row(f"{member}/maker", "proposals", proposal)
        ballot = {"proposal": proposal, "digest": row["digest"], "choice": "yes"}
        await it.does(member, "ballot.cast", ballot)
    await it.at_ms(int((await it.row("ce-a/maker", "proposals", proposal))["acts_ms"]))
    return await it.status("ce-a/maker", "proposals", proposal)


@in_loop
async def test_a_supervisor_suspends_one_member_for_three_business_days_and_only_a_vote_for_longer(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await it.held("s1")
        for member in (*VOTERS, "bank-b"):
            await it.member(member)

        # Suspended on a Monday: what waits on it ends, it begins nothing, and nobody else is suspended meanwhile.
        await it.at("2026-04-13 10:00")
        await it.fresh_cards("s4")
        offered = (await it.does("s1", "voucher.offer", offering(it, number), PAPER))["operation"]
        take = {"voucher": number, "offer": f"{offered}:1"}
        await it.does("supervisor", "member.suspend", WHY)
        assert await it.status("ce-a/maker", "members", "bank-b") == "SUSPENDED"
        assert await it.refused("s4", "voucher.take", take) == "OFFER_NOT_OPEN"
        again = await it.refused("s1", "voucher.offer", offering(it, number), PAPER)
        assert again == "RECIPIENT_NOT_ELIGIBLE"
        other = {"member": "factor-a", "reason": "Ordered too"}
        assert await it.refused("supervisor", "member.suspend", other) == "ANOTHER_IS_SUSPENDED"
        assert await it.refused("bank-a", "member.suspend", WHY) == "NOT_LICENSED"

        # It lapses with the third business day, and is not simply ordered again; what it ended stays ended.
        await it.at("2026-04-16 23:59")
        assert await it.status("ce-a/maker", "members", "bank-b") == "SUSPENDED"
        await it.at("2026-04-17 00:00")
        assert await it.status("ce-a/maker", "members", "bank-b") == "ACTIVE"
        assert await it.refused("supervisor", "member.suspend", WHY) == "SUSPENDED_RECENTLY"
        assert await it.refused("s4", "voucher.take", take) == "OFFER_NOT_OPEN"
        offered = (await it.does("s1", "voucher.offer", offering(it, number), PAPER))["operation"]
        await it.does("s4", "voucher.take", {"voucher": number, "offer": f"{offered}:1"})

        # The members suspend it by vote: no time ends that, and what its client holds is paid all the same.
        assert await voted(it, {"kind": "SUSPEND", **WHY}) == "ENACTED"
        await it.at("2026-09-10 10:00")
        assert await it.status("ce-a/maker", "members", "bank-b") == "SUSPENDED"
        await it.names_payee(number, 1, "s4")
        await it.names_payee(number, 30_000_001, "s1")
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "1,000,000.00", "IN-1"))
        await it.pays_out(number, {1: "300,000.00", 30_000_001: "700,000.00"})
        assert await it.paid("s4", number) == {1: "300,000.00", 30_000_001: "700,000.00"}
        assert await voted(it, {"kind": "RESTORE", "member": "bank-b", "reason": "In order"}) == "ENACTED"
        assert await it.status("ce-a/maker", "members", "bank-b") == "ACTIVE"
