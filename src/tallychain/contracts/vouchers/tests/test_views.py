"""Events and opened parts become rows; a rebuild needs nothing else."""

from typing import Any

import msgspec
import pytest

from tallychain.contracts.members.events import MemberRestored, MemberSuspended, StandingVoted
from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.columns import WORDS
from tallychain.contracts.vouchers.contents import PromiseContent
from tallychain.contracts.vouchers.declared import (
    ACCEPT,
    IDENTITY_EXAMPLE,
    ISSUE,
    MAKE_OFFER,
    PROMISE_EXAMPLE,
    REASON_EXAMPLE,
    RECEIVER,
    TRADE_EXAMPLE,
)
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    DECLINED,
    DUE,
    ENDED,
    EXPIRED,
    GONE,
    OFFER_STATUSES,
    OPEN,
    RECALLED,
    REJECTED,
    SPENT,
    TAKEN,
    VOUCHER_STATUSES,
    WITHDRAWN,
)
from tallychain.contracts.vouchers.tests.desk import DAY_MS, Desk, at, person, row
from tallychain.ledger import identity
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.timeline import Moment, Timeline, settled, status_at
from tallychain.ledger.views import Fact, Opening, RowWrite, Written

S1, S2, S3 = person("s1"), person("s2"), person("s3", "bank-b")
Rows = dict[tuple[str, tuple[str | int, ...]], dict[str, Any]]


class Following(Desk):
    """A desk whose events are projected as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = {}

    def adopt(self, change: Change) -> Change:
        super().adopt(change)
        for index, event in enumerate(change.events):
            self.project(event, index)
        return change

    def project(self, event: Event, index: int = 0) -> None:
        """What an event makes of the rows."""
        fact = Fact(event, "op", "author", "bank-a", 1, index, self.now_ms)
        for view in CONTRACT.views:
            for made in view.project(fact) if view.project is not None else ():
                assert made.values is not None
                assert set(made.values) <= {column.name for column in view.columns}
                for key in self.concerned(made):
                    assert len(key) == len(view.key)
                    self.rows.setdefault((made.view, key), {}).update(made.values)

    def concerned(self, made: Written) -> list[tuple[str | int, ...]]:
        """The rows that a write is of."""
        if isinstance(made, RowWrite):
            return [made.key]
        return [
            key
            for key, row in self.of(made.view).items()
            if status_at(row["status"], self.now) == made.status
            and all(row[name] == value for name, value in made.where.items())
        ]

    def of(self, view: str) -> dict[tuple[str | int, ...], dict[str, Any]]:
        return {key: values for (name, key), values in self.rows.items() if name == view}

    def status(self, view: str, key: str) -> str:
        timeline = self.of(view)[(key,)]["status"]
        assert isinstance(timeline, Timeline)
        return status_at(timeline, self.now)


def complete(desk: Following) -> bool:
    """Whether every row has every column of its view."""
    columns = {view.name: {c.name for c in view.columns} - set(view.key) for view in CONTRACT.views}
    return all(set(values) == columns[name] for (name, _), values in desk.rows.items())


def test_rows_follow_the_state_through_a_vouchers_life() -> None:
    desk = Following()
    voucher = desk.active()
    taken, declined, recalled, over = desk.offer(
        voucher.number,
        S1,
        row(1, 10, S2),
        row(11, 20, S3),
        row(21, 30, person("s5")),
        row(31, 40, person("s6")),
    )
    desk.take(voucher.number, taken, S2)
    desk.decline(voucher.number, declined, S3)
    desk.recall(voucher.number, recalled, S1)

    assert complete(desk)
    assert desk.status("vouchers", voucher.number) == ACTIVE
    offers = [desk.status("offers", name) for name in (taken, declined, recalled, over)]
    assert offers == [TAKEN, DECLINED, RECALLED, OPEN]
    assert [desk.status("holdings", holding.id) for holding in desk.holdings(voucher.number)] == [
        "LIVE",
        "LIVE",
    ]
    assert desk.status("holdings", f"{voucher.number}:1-100000000:1") == SPENT
    assert {key[0] for key in desk.of("holdings")} > {h.id for h in desk.holdings(voucher.number)}
    (move,) = desk.of("title_moves").values()
    assert (move["issuer"], move["giver"], move["receiver"], move["face"]) == ("ce-a", S1.tag, S2.tag, 10)
    desk.now_ms = at("2026-09-14", 0)
    assert desk.status("offers", over) == EXPIRED
    assert desk.status("vouchers", voucher.number) == DUE
    assert desk.status("holdings", desk.holdings(voucher.number)[0].id) == DUE
    desk.write_due()
    assert desk.status("offers", over) == EXPIRED
    assert desk.status("vouchers", voucher.number) == DUE


def test_what_is_open_shows_ended_with_the_standing_of_either_sponsor_and_stays_so() -> None:
    desk = Following()
    number = desk.active().number
    names = desk.offer(number, S1, row(1, 5, S2), row(6, 9, S3), row(10, 12, person("s4")))
    desk.decline(number, names[2], person("s4"))
    moments = []
    for event in (
        StandingVoted("bank-b", identity.SUSPENDED, "why"),
        StandingVoted("bank-b", identity.ACTIVE, "why"),
        MemberSuspended("bank-a", "supervisor", "why", settled(identity.SUSPENDED)),
        MemberRestored("bank-a", "supervisor"),
    ):
        desk.project(event)
        moments.append([desk.status("offers", name) for name in names])

    assert moments == [
        [OPEN, ENDED, DECLINED],
        [OPEN, ENDED, DECLINED],
        [ENDED, ENDED, DECLINED],
        [ENDED, ENDED, DECLINED],
    ]


def test_ends_without_title_show_in_the_vouchers_row() -> None:
    desk = Following()
    rejected, withdrawn, expired = (desk.issue().number for _ in range(3))
    desk.reject(rejected, S1)
    desk.withdraw(withdrawn)
    desk.now_ms += 10 * DAY_MS

    before = desk.status("vouchers", expired)
    desk.write_due()

    assert complete(desk)
    assert [desk.status("vouchers", n) for n in (rejected, withdrawn, expired)] == [
        REJECTED,
        WITHDRAWN,
        EXPIRED,
    ]
    assert before == EXPIRED
    assert desk.of("holdings") == {}


def opened(content: msgspec.Struct, args: msgspec.Struct, kind: str, label: str) -> dict[str, dict[str, Any]]:
    opening = Opening(content, args, kind, label, "op", f"tag:{RECEIVER.tag}", "member", 1, 5)
    found = {}
    for view in CONTRACT.views:
        for made in view.project_opening(opening) if view.project_opening is not None else ():
            assert view.private
            assert made.key[0] == "member"
            assert made.values is not None
            keys = dict(zip(view.key, made.key, strict=True))
            assert list(keys) + list(made.values) == [column.name for column in view.columns]
            found[made.view] = {**keys, **made.values}
    return found


def test_an_opened_promise_and_an_opened_trade_become_rows_of_the_seat() -> None:
    issue = opened(PROMISE_EXAMPLE, ISSUE.example, "voucher.issue", "trade")
    offer = opened(TRADE_EXAMPLE, MAKE_OFFER.example, "voucher.offer", "tradec")

    assert list(issue) == list(offer) == ["trades"]
    assert (issue["trades"]["row"], offer["trades"]["row"]) == (0, 3)
    assert issue["trades"]["promise"] == PROMISE_EXAMPLE.promise
    assert offer["trades"]["promise"] == ""
    assert issue["trades"]["invoices"] == "26312000000000000018, 26312000000000000026"


def test_an_opened_identity_says_who_stands_behind_a_tag() -> None:
    found = opened(IDENTITY_EXAMPLE, ACCEPT.example, "voucher.accept", "identity")

    assert found["identities"]["tag"] == RECEIVER.tag
    assert found["identities"]["name"] == IDENTITY_EXAMPLE.name


def test_an_opened_reason_becomes_a_row() -> None:
    found = opened(REASON_EXAMPLE, ACCEPT.example, "voucher.reject", "reason")

    assert found["reasons"]["reason"] == REASON_EXAMPLE.reason


def test_a_status_in_a_row_is_the_status_in_the_state_at_a_hundred_instants() -> None:
    desk = Following()
    voucher = desk.issue()
    (_, row_of) = next(iter(desk.of("vouchers").items()))
    accepted = desk.active()
    (name,) = desk.offer(accepted.number, S1, row(1, 5, S2, "2026-04-01"))
    offer = desk.found_offer(name)

    for step in range(100):
        now = Moment(desk.now.height, desk.now.time_ms + step * 2 * DAY_MS, ())  # type: ignore[arg-type]  # plain sum of times
        for row_status, status in (
            (status_at(row_of["status"], now), voucher.status_at(now)),
            (status_at(desk.of("offers")[(name,)]["status"], now), offer.status_at(now)),
        ):
            # Rows are history: they stay when what they tell of has left the state.
            assert row_status == (EXPIRED if status == GONE else status)


@pytest.mark.parametrize("status", [*VOUCHER_STATUSES, *OFFER_STATUSES, SPENT, "LIVE", "FIRM", "PROVISIONAL"])
def test_every_status_has_words_in_both_languages(status: str) -> None:
    assert WORDS[status].en
    assert WORDS[status].zh


def test_a_promise_of_four_thousand_characters_fits_and_more_does_not() -> None:
    longest = msgspec.structs.replace(PROMISE_EXAMPLE, promise="字" * 4096)

    assert msgspec.convert(msgspec.to_builtins(longest), PromiseContent) == longest
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**msgspec.to_builtins(longest), "promise": "字" * 4097}, PromiseContent)
