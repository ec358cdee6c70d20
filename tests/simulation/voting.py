"""Proposals and ballots planned from the committed state: what members may decide, and what cannot be decided, or not so."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from msgspec.structs import replace

from tallychain.contracts.governance import changes
from tallychain.contracts.governance.changes import ProposedChange
from tallychain.contracts.governance.constitution import FLOORS, USUAL
from tallychain.contracts.governance.nodechanges import (
    ActivateProtocol,
    AdmitNode,
    AdmitValidator,
    RemoveNode,
    RemoveValidator,
    SetValidatorPower,
)
from tallychain.contracts.governance.operations import Cast, Open, Withdraw
from tallychain.contracts.governance.state import BALLOTS, PROPOSALS, VOTING, Proposal
from tallychain.contracts.members.record import MemberRecord, RecordKey
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.contracts.vouchers.tests.model import local_date
from tallychain.crypto.keys import SealingKey, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.ledger.identity import KEYS
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.possession import statement
from tallychain.ledger.validators import NODES, VALIDATORS
from tallychain.testkit.genesis import MEMBERS
from tallychain.testkit.people import derived, trial_uscc
from tests.simulation.business import StateView

NOBODYS = "ab" * 32
KEPT_OPEN = 3
"""Good proposals that wait at a time, at most: ballots are for few questions rather than a few for many."""


def vote(random: Random, view: StateView) -> Planned | None:
    """A member that has not yet voted casts its ballot, mostly for a yes."""
    for row in sorted(_open(view), key=lambda row: row.text.closes_ms):
        voted = {ballot.member for ballot in view.reader.scan(BALLOTS, row.id)}
        silent = [name for name in MEMBERS if name not in voted]
        if silent:
            # First what closes first, so that some votes reach their turnout.
            choice = random.choice(("yes",) * 8 + ("no", "abstain"))
            cast = Cast(row.id, row.digest, choice)  # type: ignore[arg-type]  # one of the choices
            return Planned("ballot.cast", cast, random.choice(silent))
    return None


def propose(random: Random, view: StateView) -> Planned | None:
    """A member opens a proposal, or withdraws its own."""
    own = _open(view)
    if own and random.random() < 0.05:
        row = random.choice(own)
        return Planned("proposal.withdraw", Withdraw(row.id), row.text.proposer)
    if len(own) >= KEPT_OPEN:
        return None
    by = random.choice(("bank-a", "bank-b", "ce-a"))
    return _opening(random.choice(GOOD)(random, view, by), by)


def wrong(random: Random, view: StateView) -> Planned:
    """What cannot be decided, or is asked of the wrong one."""
    waiting = _open(view)
    if waiting and random.random() < 0.15:
        row = random.choice(waiting)
        by = next(name for name in MEMBERS if name != row.text.proposer)
        return Planned("proposal.withdraw", Withdraw(row.id), by, "NOT_YOUR_PROPOSAL")
    over = [row for row in view.reader.iterate(PROPOSALS) if row.status_at(view.moment()) != VOTING]
    if over and random.random() < 0.2:
        row = random.choice(over)
        return Planned("ballot.cast", Cast(row.id, row.digest, "yes"), "bank-b", "NOT_VOTING")
    by = random.choice(("bank-a", "bank-b", "ce-a"))
    made = random.choice(BAD)(random, view, by)
    kind = changes.kind_of(made)
    return _opening(made, by, "CALENDAR" if random.random() < 0.05 and kind != "CALENDAR" else kind)


def _open(view: StateView) -> list[Proposal]:
    now = view.moment()
    return [row for row in view.reader.iterate(PROPOSALS) if row.status_at(now) == VOTING]


def _opening(made: ProposedChange, by: str, kind: str = "") -> Planned:
    named = kind or changes.kind_of(made)
    return Planned("proposal.open", Open(named, "提案", "A proposal", made), by)  # type: ignore[arg-type]  # a kind of the constitution


# --- what can be decided

Wish = Callable[[Random, StateView, str], ProposedChange]


def _day(view: StateView, days: int) -> str:
    return (local_date(view.now_ms) + timedelta(days=days)).isoformat()


def _policy(random: Random, view: StateView, _by: str) -> ProposedChange:
    return changes.SetPolicy("TERM", {"term_months": 6}, _day(view, random.choice((20, 60))), "article 7")


def _calendar(_random: Random, view: StateView, _by: str) -> ProposedChange:
    return changes.PublishCalendar(2027, 1, ("2027-02-05",), ("2027-02-20",))


def _observer(_random: Random, view: StateView, by: str) -> ProposedChange:
    return _observing(view, by)


def _power(random: Random, view: StateView, _by: str) -> ProposedChange:
    row = random.choice(list(view.reader.iterate(VALIDATORS)))
    return SetValidatorPower(row.member, 11 if row.power == 10 else 10, "as agreed")


def _newcomer(_random: Random, view: StateView, _by: str) -> ProposedChange:
    return changes.Admit(record(f"new-{view.fresh()[:6]}", view), 1)


def _suspended(_random: Random, _view: StateView, _by: str) -> ProposedChange:
    return changes.Suspend("factor-a", "inquiry")


def _restored(_random: Random, _view: StateView, _by: str) -> ProposedChange:
    return changes.Restore("factor-a", "inquiry ended")


def _protocol(_random: Random, _view: StateView, _by: str) -> ProposedChange:
    """So far ahead that no schedule comes there."""
    return ActivateProtocol(2, 10**6, "0.6.0", "3a" * 32, "4b" * 32)


def _amended(_random: Random, _view: StateView, _by: str) -> ProposedChange:
    return changes.Amend((replace(USUAL["KEY"], voting_days=3),))


def _lost_key(_random: Random, view: StateView, _by: str) -> ProposedChange:
    old = next(
        row.key for row in view.reader.iterate(KEYS) if row.member == "court" and "admin" in row.rights
    )
    return changes.ReplaceKey("court", old, key(view).public, view.fresh()[:16], view.fresh())


GOOD: tuple[Wish, ...] = (
    _calendar,
    _calendar,
    _observer,
    _observer,
    _suspended,
    _restored,
    _policy,
    _power,
    _newcomer,
    _protocol,
    _amended,
    _lost_key,
)
"""Those that a vote of a day decides come more often: few schedules have a week."""


# --- what cannot


def key(view: StateView) -> SigningKey:
    """A key that nobody has seen."""
    return signing_key_from_seed(ED25519, derived(0, "voted", view.fresh()))


def record(name: str, view: StateView) -> MemberRecord:
    """An institution that nobody knows."""
    keys = tuple(
        RecordKey(key(view).public, view.fresh()[:16], (right,), 0, view.fresh())
        for right in ("maker", "checker", "admin", "admin", "system")
    )
    sealing = SealingKey.from_seed(derived(0, "voted", view.fresh())).public
    code = trial_uscc(int(view.fresh()[:5], 16) % 1_000_000 + 5_000_000)
    return MemberRecord(name, name, code, ("FACTOR",), (), f"https://{name}.example", sealing, keys)


def _observing(view: StateView, member: str, signer: SigningKey | None = None) -> AdmitNode:
    own = key(view)
    said = statement(facts_of(view.reader), member, own.public)
    return AdmitNode(member, own.public, (signer or own).sign(said).hex())


def _validating(view: StateView, member: str, power: int = 10) -> AdmitValidator:
    own, node = key(view), key(view)
    said = statement(facts_of(view.reader), member, node.public, own.public)
    return AdmitValidator(member, own.public, own.sign(said).hex(), node.public, node.sign(said).hex(), power)


def _bad_record(random: Random, view: StateView, _by: str) -> ProposedChange:
    good = record("new-member", view)
    admins = [row for row in good.keys if "admin" in row.rights]
    return changes.Admit(
        random.choice(
            (
                replace(good, member="bank-b"),
                replace(good, uscc=trial_uscc(2)),
                replace(good, uscc=good.uscc[:-1] + ("0" if good.uscc[-1] != "0" else "1")),
                replace(good, kinds=("CORE_ENTERPRISE",)),
                replace(good, kinds=("MARKET",)),
                replace(good, kinds=("OPERATOR", "BANK")),
                replace(good, keys=tuple(row for row in good.keys if row is not admins[0])),
                replace(
                    good,
                    keys=(
                        *good.keys,
                        replace(good.keys[0], key=key(view).public, rights=("system", "maker")),
                    ),
                ),
                replace(
                    good,
                    keys=(*good.keys, replace(good.keys[0], key=key(view).public, rights=("everything",))),
                ),
                replace(
                    good, keys=(*good.keys, replace(good.keys[0], key=key(view).public, person="5f" * 8))
                ),
            )
        ),
        1,
    )


def _bad_calendar(random: Random, _view: StateView, _by: str) -> ProposedChange:
    made: tuple[ProposedChange, ...] = (
        changes.PublishCalendar(2027, 9, ("2027-02-05",), ("2027-02-20",)),
        changes.PublishCalendar(2028, 1, ("2028-02-06",), ("2028-02-18",)),
        changes.PublishCalendar(2026, 2, ("2026-01-01",), ()),
    )
    return random.choice(made)


def _bad_policy(random: Random, view: StateView, _by: str) -> ProposedChange:
    day, twice = _day(view, 60), changes.PackPolicy("TERM", {"term_months": 6})
    made: tuple[ProposedChange, ...] = (
        changes.SetPolicy("TERM", {"term_months": 1}, _day(view, 0), "article 7"),
        changes.SetPolicy("TERM", {"term_months": 6}, "2027-02-30", "article 7"),
        changes.SetPolicy("TERM", {"no_such_value": 6}, day, "article 7"),
        changes.SetPolicy("TERM", {"term_months": 10**6}, day, "article 7"),
        changes.SetPolicy("NO_SUCH_POLICY", {"value": 6}, day, "article 7"),
        changes.AdoptRulePack("pack", "article 9", day, (twice, twice)),
    )
    return random.choice(made)


def _bad_constitution(random: Random, _view: StateView, _by: str) -> ProposedChange:
    made: tuple[ProposedChange, ...] = (
        changes.Amend((USUAL["CALENDAR"], USUAL["CALENDAR"])),
        changes.Amend((FLOORS["CONSTITUTION"],)),
        changes.Amend((replace(USUAL["POLICY"], voting_days=1),)),
    )
    return random.choice(made)


def _bad_member(random: Random, view: StateView, by: str) -> ProposedChange:
    spare, own = view.fresh(), "settle-a"
    admin = next(row.key for row in view.reader.iterate(KEYS) if row.member == own and "admin" in row.rights)
    maker = next(row.key for row in view.reader.iterate(KEYS) if row.member == own and "maker" in row.rights)
    other = next(
        row.person
        for row in view.reader.iterate(KEYS)
        if row.member == own and "admin" in row.rights and row.key != admin
    )
    ended = [row for row in view.reader.iterate(KEYS) if row.revoked_at and "admin" in row.rights]
    gone = [changes.ReplaceKey(row.member, row.key, key(view).public, spare[:16], spare) for row in ended]
    made: tuple[ProposedChange, ...] = (
        changes.Exit("court" if by != "court" else "bank-a", "leaves"),
        changes.Revoke("nobody", "licence lost"),
        changes.Restore("bank-b", "inquiry ended"),
        changes.Release(f"voucher:{NOBODYS}"),
        changes.ReplaceKey(own, NOBODYS_KEY, key(view).public, spare[:16], spare),
        changes.ReplaceKey(own, maker, key(view).public, spare[:16], spare),
        changes.ReplaceKey(own, admin, maker, spare[:16], spare),
        changes.ReplaceKey(own, admin, key(view).public, other, spare),
        *gone,
    )
    return random.choice(made)


NOBODYS_KEY = signing_key_from_seed(ED25519, derived(0, "nobody")).public


def _bad_node(random: Random, view: StateView, by: str) -> ProposedChange:
    seated = list(view.reader.iterate(VALIDATORS))
    staff = next(row.key for row in view.reader.iterate(KEYS) if row.member == by)
    node = next(iter(view.reader.iterate(NODES)))
    other = next(name for name in ("factor-a", "settle-a") if name != by)
    made: tuple[ProposedChange, ...] = (
        _observing(view, other),
        _observing(view, by, signer=key(view)),
        replace(_observing(view, by), node_key=staff),
        RemoveNode(node.node, "replaced"),
        RemoveNode("ab" * 20, "replaced"),
        RemoveValidator(seated[0].member, "replaced"),
        RemoveValidator("settle-a", "replaced"),
        SetValidatorPower(seated[0].member, seated[0].power, "none"),
        SetValidatorPower(seated[0].member, seated[0].power + 6, "more"),
        SetValidatorPower(seated[0].member, 1_000, "most"),
        _validating(view, by, 30),
        ActivateProtocol(9, 10**6, "0.6.0", "3a" * 32, "4b" * 32),
        ActivateProtocol(2, 1, "0.6.0", "3a" * 32, "4b" * 32),
    )
    return random.choice(made)


BAD: tuple[Wish, ...] = (
    _bad_record,
    _bad_record,
    _bad_calendar,
    _bad_policy,
    _bad_policy,
    _bad_constitution,
    _bad_member,
    _bad_member,
    _bad_node,
    _bad_node,
)
