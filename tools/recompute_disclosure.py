"""Compute what is disclosed of issuers a second time, from nothing but what happened, and say where the ledger's figures differ.

It uses Python's standard library and nothing of tallychain, and goes about it the other way: voucher by voucher, from every fact anew for each month.

    tally --as bank-a-maker events follow --after 0-0 --count 100000 --output json > facts.jsonl
    python tools/recompute_disclosure.py facts.jsonl

Each line is one fact in the order of the ledger: `time_ms`, and `event` with its fields.  The end is 0 where all months agree, 1 where one differs.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

LOCAL = timezone(timedelta(hours=8))
USUAL = {
    "sponsors_min": 5,
    "funders_min": 3,
    "persistent_events": 3,
    "persistent_months": 6,
    "weight_on_time": 0,
    "weight_balance": 0,
    "weight_events": 0,
    "weight_term": 0,
    "term_days_max": 366,
    "grade_a": 85,
    "grade_b": 70,
    "grade_c": 55,
}
YUAN = 100
MILLION = 1_000_000 * YUAN
SCALES = ((50, "UNDER_50M"), (200, "50M_TO_200M"), (1_000, "200M_TO_1BN"), (5_000, "1BN_TO_5BN"))
NUMBERS = ((5, "UNDER_5"), (10, "5_TO_9"), (20, "10_TO_19"), (50, "20_TO_49"))

Facts = Mapping[str, Any]


@dataclass
class Payment:
    """Something by which less is owed."""

    at_ms: int
    amount: int
    in_time: bool


@dataclass
class Promise:
    """One voucher, as far as it matters here."""

    issuer: str
    face: int
    issue_day: str
    maturity: str
    accepted_ms: int = 0
    payments: list[Payment] = field(default_factory=list)
    missed: tuple[int, int] | None = None
    overdue: tuple[int, int] | None = None

    def shrinks(self, at_ms: int, amount: int, *, in_time: bool = False) -> None:
        """Less is owed from an instant on."""
        self.payments.append(Payment(at_ms, amount, in_time))

    def proven_after(self, since: tuple[int, int] | None) -> int:
        """What was booked in time and attested only after an instant."""
        if since is None:
            return 0
        return sum(one.amount for one in self.payments if one.in_time and one.at_ms >= since[0])


@dataclass
class Account:
    """All that was seen of one issuer."""

    promises: list[Promise] = field(default_factory=list)
    sponsors: dict[str, set[str]] = field(default_factory=dict)
    funders: dict[str, set[str]] = field(default_factory=dict)
    persistent_since: str = ""


@dataclass
class Found:
    """A figure that is not what was computed."""

    issuer: str
    month: str
    name: str
    published: object
    computed: object

    def __str__(self) -> str:
        return f"{self.issuer} {self.month}: {self.name} is published as {self.published} and computed as {self.computed}"


class Recomputation:
    """Reads facts in their order; at each published month it computes the figures from what it has read until then."""

    def __init__(self) -> None:
        self.promises: dict[str, Promise] = {}
        self.accounts: dict[str, Account] = {}
        self.policies: list[tuple[str, int, dict[str, int]]] = []
        self.months = 0
        """Published months that were compared."""

    def read(self, rows: Iterable[Facts]) -> Iterator[Found]:
        """Every difference."""
        for row in rows:
            event = row["event"]
            name = event["event"]
            if name == "disclosure.month":
                self.months += 1
                yield from self._compare(event)
            elif name == "disclosure.voucher":
                yield from self._compare_voucher(event, row["time_ms"])
            else:
                self._take(name, event, row["time_ms"])

    def _take(self, name: str, event: Facts, at_ms: int) -> None:
        if name == "voucher.issued":
            self.promises[event["voucher"]] = Promise(
                event["issuer"], event["face"], event["issue_day"], event["effective_maturity"]
            )
        elif name == "governance.policy_set" and event["policy"] == "DISCLOSURE":
            self.policies.append((event["effective_from"], event["version"], dict(event["values"])))
        elif name == "financing.completed":
            months = self._account(event["issuer"]).funders.setdefault(event["funder"], set())
            months.add(month_of(event["since_ms"]))
        elif event.get("voucher") in self.promises:
            self._take_of_voucher(name, event, at_ms, self.promises[event["voucher"]])

    def _take_of_voucher(self, name: str, event: Facts, at_ms: int, promise: Promise) -> None:
        if name == "voucher.maturity_set":
            promise.maturity = event["effective_maturity"]
        elif name == "voucher.accepted":
            promise.accepted_ms = at_ms
            account = self._account(promise.issuer)
            account.promises.append(promise)
            account.sponsors.setdefault(event["holding"]["sponsor"], set()).add(month_of(at_ms))
        elif name == "settlement.attested":
            promise.shrinks(at_ms, event["applied"], in_time=event["in_time"])
        elif name in {"settlement.outside_paid", "redemption.paid"}:
            promise.shrinks(at_ms, event["amount"], in_time=True)
        elif name == "debt.released":
            promise.shrinks(at_ms, event["amount"])
        elif name == "voucher.cancelled":
            promise.shrinks(at_ms, promise.face - sum(one.amount for one in promise.payments))
        elif name == "settlement.dishonoured":
            promise.missed = (event["since_ms"], event["outstanding"])
        elif name == "settlement.overdue":
            promise.overdue = (event["since_ms"], event["outstanding"])

    def _account(self, issuer: str) -> Account:
        return self.accounts.setdefault(issuer, Account())

    def _compare(self, event: Facts) -> Iterator[Found]:
        issuer, month = event["issuer"], event["month"]
        computed = self.figures(issuer, month)
        for name, value in computed.items():
            if name == "further":
                yield from _compare_further(issuer, month, event["further"], value)
            elif event[name] != value:
                yield Found(issuer, month, name, event[name], value)

    def _compare_voucher(self, event: Facts, at_ms: int) -> Iterator[Found]:
        """It is published in the block of the acceptance, with what the voucher says."""
        promise = self.promises[event["voucher"]]
        for name, value in {
            "issuer": promise.issuer,
            "face": promise.face,
            "issue_day": promise.issue_day,
            "maturity": promise.maturity,
            "accepted_day": local(at_ms).date().isoformat(),
        }.items():
            if event[name] != value or promise.accepted_ms != at_ms:
                yield Found(promise.issuer, event["voucher"], name, event[name], value)

    def figures(self, issuer: str, month: str) -> dict[str, Any]:
        """The figures of one issuer for one month, from all that was read."""
        version, policy = self._policy(month)
        account = self._account(issuer)
        sums = _Sums(account.promises, month)
        overdue_events = sums.overdue_events(policy["persistent_months"])
        balance = sums.overdue_balance()
        is_persistent = overdue_events >= policy["persistent_events"] and (
            balance > 0 or sums.overdue_events(1) > 0
        )
        account.persistent_since = (account.persistent_since or month) if is_persistent else ""
        figures: dict[str, Any] = {
            "policy": version,
            "accepted_month": sums.accepted(month),
            "accepted_year": sums.accepted(f"{month[:4]}-01"),
            "accepted": sums.accepted(""),
            "balance": sums.balance(),
            "overdue": sums.overdue(60),
            "overdue_balance": balance,
            "overdue_events": overdue_events,
            "persistent_since": account.persistent_since,
        }
        figures["further"] = _further(account, sums, figures, policy)
        return figures

    def _policy(self, month: str) -> tuple[int, dict[str, int]]:
        last = (date.fromisoformat(f"{back(month, -1)}-01") - timedelta(days=1)).isoformat()
        found: tuple[int, dict[str, int]] = (0, USUAL)
        for place, (since, version, values) in enumerate(self.policies):
            if since <= last or place == 0:
                found = (version, values)
        return found


class _Sums:
    """Sums over the promises of one issuer, as at the end of a month and as far as was known when it was closed."""

    def __init__(self, promises: list[Promise], month: str) -> None:
        self.promises, self.month = promises, month

    def accepted(self, since: str) -> int:
        return sum(one.face for one in self.promises if since <= month_of(one.accepted_ms) <= self.month)

    def yuan_days(self) -> int:
        first = back(self.month, 11)
        return sum(
            one.face // YUAN * (date.fromisoformat(one.maturity) - date.fromisoformat(one.issue_day)).days
            for one in self.promises
            if first <= month_of(one.accepted_ms) <= self.month
        )

    def balance(self) -> int:
        paid = sum(
            pay.amount for one in self.promises for pay in one.payments if month_of(pay.at_ms) <= self.month
        )
        return self.accepted("") - paid

    def _overdue_in(self, months: int) -> list[tuple[Promise, int]]:
        first = back(self.month, months - 1)
        return [
            (one, one.overdue[1] - one.proven_after(one.overdue))
            for one in self.promises
            if one.overdue and first <= month_of(one.overdue[0]) <= self.month
        ]

    def overdue(self, months: int) -> int:
        return sum(amount for _, amount in self._overdue_in(months))

    def overdue_events(self, months: int) -> int:
        return sum(amount > 0 for _, amount in self._overdue_in(months))

    def overdue_balance(self) -> int:
        paid = sum(
            pay.amount
            for one in self.promises
            for pay in one.payments
            if one.overdue
            and not pay.in_time
            and pay.at_ms >= one.overdue[0]
            and month_of(pay.at_ms) <= self.month
        )
        return self.overdue(12 * 9_000) - paid if self.promises else 0

    def on_time_bp(self) -> int:
        """Of what had to be paid in twelve months, what was, in hundredths of a percent; -1 for nothing."""
        first = back(self.month, 11)
        in_time = missed = 0
        for one in self.promises:
            if one.missed and first <= month_of(one.missed[0]) <= self.month:
                missed += one.missed[1] - one.proven_after(one.missed)
                in_time += one.proven_after(one.missed)
            in_time += sum(
                pay.amount
                for pay in one.payments
                if pay.in_time
                and not (one.missed and pay.at_ms >= one.missed[0])
                and first <= month_of(pay.at_ms) <= self.month
            )
        return 10_000 * in_time // (in_time + missed) if in_time + missed else -1


def _further(
    account: Account, sums: _Sums, figures: Mapping[str, Any], policy: Mapping[str, int]
) -> dict[str, Any] | None:
    first = back(sums.month, 11)
    sponsors, funders = (
        sum(any(first <= month <= sums.month for month in months) for months in group.values())
        for group in (account.sponsors, account.funders)
    )
    if sponsors < policy["sponsors_min"] or funders < policy["funders_min"]:
        return None
    accepted = sums.accepted(first)
    term = sums.yuan_days() // (accepted // YUAN) if accepted // YUAN else 0
    rate = sums.on_time_bp()
    score = _score(figures, rate, term, policy)
    return {
        "on_time_bp": rate,
        "term_days": term,
        "scale": next((name for top, name in SCALES if accepted < top * MILLION), "OVER_5BN"),
        "sponsors": next((name for top, name in NUMBERS if sponsors < top), "50_OR_MORE"),
        "funders": next((name for top, name in NUMBERS if funders < top), "50_OR_MORE"),
        "score": score,
        "grade": _grade(figures, score, policy),
    }


def _score(figures: Mapping[str, Any], rate: int, term: int, policy: Mapping[str, int]) -> int:
    if rate < 0 or sum(value for name, value in policy.items() if name.startswith("weight_")) != 100:
        return -1
    limit, longest = policy["persistent_events"], policy["term_days_max"]
    points = policy["weight_on_time"] * rate // 10_000
    points += policy["weight_balance"] if figures["overdue_balance"] == 0 else 0
    points += policy["weight_events"] * max(0, limit - figures["overdue_events"]) // limit
    points += policy["weight_term"] * max(0, longest - term) // longest
    return int(points)


def _grade(figures: Mapping[str, Any], score: int, policy: Mapping[str, int]) -> str:
    if score < 0:
        return ""
    if figures["overdue_balance"] or figures["persistent_since"]:
        return "D"
    return next((name for name in "ABC" if score >= policy[f"grade_{name.lower()}"]), "D")


def _compare_further(
    issuer: str, month: str, published: Facts | None, computed: Facts | None
) -> Iterator[Found]:
    if published is None or computed is None:
        if published is not computed:
            yield Found(issuer, month, "further", published, computed)
        return
    for name, value in computed.items():
        if published[name] != value:
            yield Found(issuer, month, name, published[name], value)


def local(at_ms: int) -> datetime:
    """The local time of an instant."""
    return datetime.fromtimestamp(at_ms // 1000, LOCAL)


def month_of(at_ms: int) -> str:
    """The local month of an instant, such as `2026-03`."""
    return local(at_ms).strftime("%Y-%m")


def back(month: str, months: int) -> str:
    """The month some months before."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - months
    return f"{max(number, 0) // 12:04d}-{max(number, 0) % 12 + 1:02d}"


def main(arguments: list[str]) -> int:
    """Read the file of facts and say what differs."""
    lines = Path(arguments[0]).read_text(encoding="utf-8").splitlines()
    again = Recomputation()
    differences = list(again.read(json.loads(line) for line in lines if line.strip()))
    said = [*map(str, differences), f"{again.months} months compared, {len(differences)} differences"]
    sys.stdout.write("\n".join(said) + "\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
