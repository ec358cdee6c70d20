"""Who must be able to open the sealed parts of pledges, and who must not need to."""

from tallychain.contracts.vouchers import audiences
from tallychain.contracts.vouchers.pledging.operations import (
    ClaimPledge,
    ContestClaim,
    CreatePledge,
    RecallPledge,
)
from tallychain.contracts.vouchers.pledging.tests.desk import S3_FIRST, UNTIL, Desk
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3
from tallychain.contracts.vouchers.tests.desk import units

PUBLIC_SIDE = {"member:bank-b", "member:ce-a", "member:supervisor"}


def test_what_a_pledge_secures_is_between_holder_and_pledgee_and_no_sponsor_is_needed() -> None:
    desk = Desk()
    number = desk.active().number
    args = CreatePledge(number, units(1), "bank-b", UNTIL)

    assert set(audiences.secured(args, desk.by_tag(S1), desk.state)) == {S1.sealing, "member:bank-b"}
    assert set(audiences.pledging(args, desk.by_tag(S1), desk.state)) == {
        S1.sealing,
        "member:bank-a",
        *PUBLIC_SIDE,
    }


def test_a_claim_is_for_the_holder_and_the_bank_that_pays() -> None:
    desk = Desk()
    number, name = desk.third_pledged()

    found = audiences.claimed(ClaimPledge(number, name), desk.by("bank-b"), desk.state)

    assert set(found) == {S3.sealing, "member:bank-b", "member:settle-a"}
    assert not {S1.sealing, S2.sealing, "member:bank-a", "member:ce-a"} & set(found)


def test_who_recalls_or_contests_is_known_to_sponsor_pledgee_issuer_and_supervisor() -> None:
    desk = Desk()
    number, name = desk.third_pledged()
    contest = ContestClaim(number, name, desk.claim_pledge(number, name))

    for args in (contest, RecallPledge(number, name)):
        assert set(audiences.pledged(args, desk.by_tag(S3), desk.state)) == {S3.sealing, *PUBLIC_SIDE}
    assert set(audiences.contesting(contest, desk.by_tag(S3), desk.state)) == {S3.sealing, "member:bank-b"}
    assert desk.holdings(number)[1].first == S3_FIRST
