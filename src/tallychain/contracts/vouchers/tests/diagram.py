"""The state diagrams of the README, drawn by trying every act in every status."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tallychain.contracts.vouchers.cancelling.state import AGREED, CANCELLATIONS, LAPSED, PENDING
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.operations import Recall
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, Desk
from tallychain.contracts.vouchers.sponsoring.state import ANSWERED, CLAIMS, FREE, WAITING
from tallychain.contracts.vouchers.standing import offer_status
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    CANCELLED,
    DECLINED,
    DUE,
    DUE_UNDATED,
    ENDED,
    EXPIRED,
    GONE,
    ISSUED,
    OFFER_STATUSES,
    OVERDUE,
    RECALLED,
    REJECTED,
    SETTLED,
    SETTLED_LATE,
    TAKEN,
    UNPAID_PENDING,
    WITHDRAWN,
    Voucher,
)
from tallychain.contracts.vouchers.tests.desk import CALENDAR_2027, DAY_MS, at, person, row
from tallychain.ledger.contract import Change
from tallychain.ledger.refusals import Refused

S1, S2 = person("s1"), person("s2", "bank-b")
YEARS_MS = 700 * DAY_MS
TEN_DAYS_MS = 10 * DAY_MS
HOUR_MS = 3_600_000
RECALL = next(kind.rule for kind in OPERATIONS if kind.name == "voucher.recall")

Vouchers = dict[str, Callable[[Desk], Voucher]]
Act = Callable[[], object]
Transition = tuple[str, str, str]


def _then(act: Callable[[Desk, Voucher], object]) -> Callable[[Desk], Voucher]:
    def make(desk: Desk) -> Voucher:
        voucher = desk.issue()
        act(desk, voucher)
        return voucher

    return make


def _late(make: Callable[[Desk], Voucher], later_ms: int = YEARS_MS) -> Callable[[Desk], Voucher]:
    def made(desk: Desk) -> Voucher:
        voucher = make(desk)
        desk.now_ms += later_ms
        return voucher

    return made


def _undated(desk: Desk) -> Voucher:
    desk.now_ms = at("2026-10-09")
    return desk.active(nominal_maturity="2027-02-08")


def _cancelled(desk: Desk) -> Voucher:
    voucher = desk.active()
    _all_consent(desk, voucher)
    return voucher


def _all_consent(desk: Desk, voucher: Voucher) -> None:
    desk.consent(voucher.number, desk.cancel(voucher.number), S1)


def _published_late(desk: Desk) -> Voucher:
    voucher = _undated(desk)
    desk.now_ms = at("2027-02-08")
    desk.publish(CALENDAR_2027)
    desk.write_due()
    return voucher


def _at(make: Callable[[Desk], Voucher], now_ms: int) -> Callable[[Desk], Voucher]:
    def made(desk: Desk) -> Voucher:
        voucher = make(desk)
        desk.now_ms = now_ms
        return voucher

    return made


def _paid(now_ms: int) -> Callable[[Desk], Voucher]:
    def made(desk: Desk) -> Voucher:
        voucher = desk.active()
        desk.now_ms = now_ms
        desk.attest(voucher.number, WHOLE)
        return voucher

    return made


WHOLE = "1,000,000.00"
NOON, OVERDUE_MS = at("2026-09-14", 12), at("2026-09-17", 17)

VOUCHERS: Vouchers = {
    ISSUED: lambda desk: desk.issue(),
    ACTIVE: lambda desk: desk.active(),
    f"{ACTIVE} (provisional)": _undated,
    REJECTED: _then(lambda desk, v: desk.reject(v.number, S1)),
    WITHDRAWN: _then(lambda desk, v: desk.withdraw(v.number)),
    EXPIRED: _late(lambda desk: desk.issue(), TEN_DAYS_MS),
    GONE: _late(lambda desk: desk.issue()),
    DUE: _at(lambda desk: desk.active(), NOON),
    DUE_UNDATED: _late(_undated),
    f"{DUE_UNDATED} (calendar published)": _published_late,
    CANCELLED: _cancelled,
    UNPAID_PENDING: _at(lambda desk: desk.active(), CUTOFF + 3_600_000),
    OVERDUE: _at(lambda desk: desk.active(), OVERDUE_MS),
    SETTLED: _paid(NOON),
    SETTLED_LATE: _paid(OVERDUE_MS),
}

ALL_CONSENT = "voucher.cancel and voucher.consent of all"


VOUCHER_ACTS = (
    "voucher.accept",
    "voucher.reject",
    "voucher.withdraw",
    "voucher.offer",
    ALL_CONSENT,
    "settlement.attest of all",
    "settlement.attest of all, booked by the cut-off",
    "time",
)
CANCELLATION_ACTS = ("voucher.consent of all", "time")
CLAIM_ACTS = ("sponsor.answer", "an act carried by the sponsor", "time")
OFFER_ACTS = (
    "voucher.take",
    "voucher.decline",
    "voucher.recall",
    "suspension of a sponsor",
    "court.freeze",
    "time",
)
HOW_ENDED = {
    TAKEN: "voucher.take",
    DECLINED: "voucher.decline",
    RECALLED: "voucher.recall",
    ENDED: "suspension of a sponsor",
    EXPIRED: "time",
}


def voucher_transitions() -> Iterator[Transition]:
    """(status, what happens, new status) of vouchers."""
    for name, make in VOUCHERS.items():
        for act in VOUCHER_ACTS:
            desk = Desk()
            voucher = make(desk)
            yield from _observed(name, act, _voucher_acts(desk, voucher), _voucher_status(desk, voucher))


def offer_transitions() -> Iterator[Transition]:
    """(status, what happens, new status) of offers."""
    for status in OFFER_STATUSES:
        for act in OFFER_ACTS:
            desk = Desk()
            number = desk.active().number
            (offer,) = desk.offer(number, S1, row(1, 5, S2))
            acts = _offer_acts(desk, number, offer)
            if status in HOW_ENDED:
                acts[HOW_ENDED[status]]()
            yield from _observed(status, act, acts, _offer_status(desk, offer))


def cancellation_transitions() -> Iterator[Transition]:
    """(status, what happens, new status) of cancellations."""
    for name, act in itertools.product((PENDING, AGREED, LAPSED), CANCELLATION_ACTS):
        desk = Desk()
        number = desk.active().number
        proposal = desk.cancel(number)
        acts: dict[str, Act] = {
            CANCELLATION_ACTS[0]: partial(desk.consent, number, proposal, S1),
            "time": partial(_pass_time, desk, partial(_cancellation_status, desk, number)),
        }
        if name != PENDING:
            acts[CANCELLATION_ACTS[0] if name == AGREED else "time"]()
        yield from _observed(name, act, acts, partial(_cancellation_status, desk, number))


def claim_transitions() -> Iterator[Transition]:
    """(status, what happens, new status) of claims."""
    for name, act in itertools.product((WAITING, FREE), CLAIM_ACTS):
        desk = Desk()
        number = desk.active().number
        (offer,) = desk.offer(number, S1, row(1, 5, S2))
        desk.claim(number, S1, "bank-b", holding=1)
        carried = partial(RECALL, Recall(number, offer), desk.by_tag(S1), desk.state)
        acts: dict[str, Act] = {
            CLAIM_ACTS[0]: partial(desk.answer_claim, S1.tag, "bank-a"),
            CLAIM_ACTS[1]: partial(_adopted, desk, carried),
            "time": partial(_pass_minutes, desk, partial(_claim_status, desk)),
        }
        if name == FREE:
            desk.now_ms += HOUR_MS
            carried = partial(RECALL, Recall(number, offer), desk.by_tag(S1), desk.state)
            acts[CLAIM_ACTS[1]] = partial(_adopted, desk, carried)
        yield from _observed(name, act, acts, partial(_claim_status, desk))


def _cancellation_status(desk: Desk, number: str) -> str:
    found = desk.state.get(CANCELLATIONS, number)
    return GONE if found is None else found.status_at(desk.now)


def _claim_status(desk: Desk) -> str:
    found = desk.state.get(CLAIMS, S1.tag)
    return ANSWERED if found is None else found.status_at(desk.now)


def _adopted(desk: Desk, make: Callable[[], Change]) -> None:
    desk.adopt(make())


def _pass_minutes(desk: Desk, status: Callable[[], str]) -> None:
    before = status()
    while status() == before:
        desk.now_ms += HOUR_MS // 60


def _voucher_acts(desk: Desk, voucher: Voucher) -> dict[str, Act]:
    return {
        "voucher.accept": lambda: desk.accept(voucher),
        "voucher.reject": lambda: desk.reject(voucher.number, S1),
        "voucher.withdraw": lambda: desk.withdraw(voucher.number),
        "voucher.offer": lambda: desk.offer(voucher.number, S1, row(1, 5, S2)),
        ALL_CONSENT: lambda: _all_consent(desk, voucher),
        "settlement.attest of all": lambda: desk.attest(voucher.number, WHOLE),
        "settlement.attest of all, booked by the cut-off": lambda: desk.attest(
            voucher.number, WHOLE, booked_ms=min(desk.now_ms, CUTOFF)
        ),
        "time": lambda: _pass_time(desk, _voucher_status(desk, voucher)),
    }


def _offer_acts(desk: Desk, number: str, offer: str) -> dict[str, Act]:
    return {
        "voucher.take": lambda: desk.take(number, offer, S2),
        "voucher.decline": lambda: desk.decline(number, offer, S2),
        "voucher.recall": lambda: desk.recall(number, offer, S1),
        "suspension of a sponsor": lambda: desk.suspended("bank-b"),
        "court.freeze": lambda: desk.freeze_all(number, S1),
        "time": lambda: _pass_time(desk, _offer_status(desk, offer)),
    }


def _voucher_status(desk: Desk, voucher: Voucher) -> Callable[[], str]:
    return lambda: desk.voucher(voucher.number).status_at(desk.now)


def _offer_status(desk: Desk, offer: str) -> Callable[[], str]:
    return lambda: offer_status(desk.found_offer(offer), desk.state, desk.now)


def _pass_time(desk: Desk, status: Callable[[], str]) -> None:
    """Until something changes, or for years."""
    before = status()
    for _ in range(YEARS_MS // DAY_MS):
        desk.now_ms += DAY_MS
        if status() != before:
            return


def _observed(
    named: str, act: str, acts: Mapping[str, Act], status: Callable[[], str]
) -> Iterator[Transition]:
    before = status()
    assert named.startswith(before)
    try:
        acts[act]()
    except Refused:
        return
    if status() != before:
        yield named, act, status()


def drawn(transitions: Iterator[Transition], beginning: tuple[str, str]) -> str:
    """A diagram as the README shows it: one arrow a line."""
    lines = [f"(nothing) --{beginning[0]}--> {beginning[1]}"]
    lines += [f"{before} --{act}--> {after}" for before, act, after in transitions]
    return "\n".join(lines)
