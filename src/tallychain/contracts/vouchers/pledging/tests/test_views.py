"""Events of pledges become rows, and every row says the same as the state; opened parts stand in rows of their seat."""

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.pledging.declared import CLAIM, CREATE
from tallychain.contracts.vouchers.pledging.state import PLEDGE_STATUSES
from tallychain.contracts.vouchers.pledging.tests.desk import Desk
from tallychain.contracts.vouchers.pledging.views import CLAIMS_VIEW, PLEDGES_VIEW, TERMS_VIEW
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.tests.desk import DAY_MS
from tallychain.ledger.views import Opening, RowWrite


class Following(SettlingFollowing, Desk):
    """A desk of pledges whose events are projected as they come."""

    def agrees_on(self, name: str) -> bool:
        """Whether the row says what the state says."""
        return self.status_of("pledges", name) == self.pledge_status(name)


def test_the_row_of_a_pledge_says_at_every_moment_what_the_state_says() -> None:
    desk = Following()
    number = desk.active().number
    recalled, declined = desk.pledge(number), ""
    desk.recall_pledge(number, recalled)
    declined = desk.pledge(number)
    desk.release_pledge(number, declined)
    lapsed = desk.pledge(number)
    desk.now_ms += 5 * DAY_MS
    name = desk.pledge(number)
    row = desk.row("pledges", name)
    assert (row["pledgee"], row["face"], row["until"]) == ("bank-b", 100_000_000, "2026-09-30")
    names = (recalled, declined, lapsed, name)
    for act in (
        lambda: desk.accept_pledge(number, name),
        lambda: desk.contest(number, name, desk.claim_pledge(number, name)),
        lambda: desk.enforce(number, name),
        lambda: desk.claim_pledge(number, name),
        desk.write_due,
    ):
        act()
        assert all(desk.agrees_on(one) for one in names)
        desk.now_ms += 5 * DAY_MS
    assert desk.pledge_status(name) == "UNCONTESTED"
    desk.write_due()
    assert desk.agrees_on(name)
    desk.release_pledge(number, name)
    assert desk.agrees_on(name)
    again = desk.pledge(number)
    desk.accept_pledge(number, again)
    desk.contest(number, again, desk.claim_pledge(number, again))
    desk.now_ms += 30 * DAY_MS
    assert desk.agrees_on(again)
    desk.write_due()
    assert desk.agrees_on(again)
    assert desk.pledge_status(again) == "EXPIRED"


def opening(kind: str, label: str) -> Opening:
    declared = CREATE if kind == "pledge.create" else CLAIM
    content = next(part.example for part in declared.seals if part.label == label)
    assert content is not None
    return Opening(content, declared.example, kind, label, "op", "member:bank-b", "house", 1, 5)


def test_opened_terms_and_claims_are_rows_of_their_seat() -> None:
    terms, claim = opening("pledge.create", "terms"), opening("pledge.claim", "claim")
    for view, own, other in ((TERMS_VIEW, terms, claim), (CLAIMS_VIEW, claim, terms)):
        assert view.project_opening is not None
        (row,) = view.project_opening(own)
        assert isinstance(row, RowWrite)
        assert row.key == ("house", "op")
        assert row.values is not None
        assert set(row.values) <= {column.name for column in view.columns}
        assert 10_200_000 in row.values.values()
        assert list(view.project_opening(other)) == []


def test_every_status_of_a_pledge_has_words_in_both_languages() -> None:
    for status in PLEDGE_STATUSES:
        words = CONTRACT.words[status]
        assert words.en
        assert not words.zh.isascii()
    assert PLEDGES_VIEW.timeline
