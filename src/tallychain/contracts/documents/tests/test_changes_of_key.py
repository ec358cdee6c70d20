"""Presentations, confirmations, vouchers, red letters and changes of the key in any order: each paper is promised once."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tallychain.contracts.documents import api
from tallychain.contracts.documents.state import CONFIRMED, KEY_EPOCHS, PRESENTED
from tallychain.contracts.documents.tests.desk import DAY_MS, Desk, hex_of, member_row, person
from tallychain.contracts.documents.tests.test_key_epochs import invoice_of, name_of
from tallychain.ledger import identity
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.refusals import Refused

TOTAL = 100
PAPERS = (1, 2, 3)
ISSUERS = ("ce-a", "ce-b")
DONE = "DONE"


@dataclass
class Account:
    """What a person would note of one paper, who knows papers and no keys."""

    taken: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By voucher its issuer and what it takes."""
    letters: dict[int, int] = field(default_factory=dict)
    """Red letters by their number."""

    def left(self) -> int:
        return TOTAL - sum(amount for _, amount in self.taken.values()) - sum(self.letters.values())

    def is_of_another(self, issuer: str) -> bool:
        return any(name != issuer for name, _ in self.taken.values())


class ChangesOfKey(RuleBasedStateMachine):
    """A desk where keys change, and the account of its papers."""

    @initialize()
    def begin(self) -> None:
        self.desk = Desk()
        self.desk.found_keys()
        self.desk.state.write([MEMBERS.put(member_row("ce-b", (identity.CORE_ENTERPRISE,)))])
        self.papers = {number: Account() for number in PAPERS}
        self.payables: dict[str, tuple[int, tuple[int, ...]]] = {}
        """By payable its paper and the epochs that it was named under."""
        self.vouchers = 0

    @rule(number=st.sampled_from(PAPERS), issuer=st.sampled_from(ISSUERS), late=st.booleans())
    def present(self, number: int, issuer: str, late: bool) -> None:
        """A gateway presents a paper; one that is late names it under the keys of before."""
        named = api.named_epochs(self.desk.state, self.desk.now)
        epochs = named[:-1] if late and len(named) > 1 else named
        expected = "INVOICE_ALREADY_USED" if self.papers[number].is_of_another(issuer) else DONE
        if epochs != named:
            expected = "KEY_EPOCH_NOT_NEWEST"
        made: list[str] = []
        due_day = f"{2028 + (self.desk.now_ms - 1_773_000_000_000) // (366 * DAY_MS)}-01-03"
        code = _code_of(
            lambda: made.append(
                self.desk.present(
                    by=person(f"s{self.desk.acts}"),
                    issuer=issuer,
                    invoices=(invoice_of(number, *epochs),),
                    amount=TOTAL,
                    epoch=epochs[-1],
                    due_day=due_day,
                )
            )
        )
        assert code == expected
        if code == DONE:
            self.payables[made[0]] = (number, epochs)

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        """A payable that waits is confirmed, however many keys have begun since."""
        name = self._one(data, PRESENTED)
        if name is None:
            return
        issuer = self.desk.payable(name).issuer
        used = self.papers[self.payables[name][0]].is_of_another(issuer)
        assert _code_of(lambda: self.desk.confirm(name, issuer)) == ("INVOICE_ALREADY_USED" if used else DONE)

    @rule(data=st.data(), amount=st.integers(1, TOTAL))
    def promise(self, data: st.DataObject, amount: int) -> None:
        """An accepted voucher takes from a paper, by the name that its payable has for it."""
        name = self._one(data, CONFIRMED)
        if name is None:
            return
        number, epochs = self.payables[name]
        paper, row = self.papers[number], self.desk.payable(name)
        voucher = f"EV{self.vouchers}"
        expected = DONE
        if paper.is_of_another(row.issuer):
            expected = "INVOICE_ALREADY_USED"
        elif amount > paper.left():
            expected = "INVOICE_OVERALLOCATED"
        elif amount > row.headroom(self.desk.now):
            expected = "PAYABLE_EXCEEDED"
        part = (name_of(number, epochs[-1]), amount)
        assert _code_of(lambda: self.desk.taken(name, voucher, part)) == expected
        if expected == DONE:
            self.vouchers += 1
            paper.taken[voucher] = (row.issuer, amount)

    @rule(data=st.data(), number=st.sampled_from(PAPERS))
    def end_without_title(self, data: st.DataObject, number: int) -> None:
        """A voucher ends, and what it took is free again."""
        taken = self.papers[number].taken
        if taken:
            voucher = data.draw(st.sampled_from(sorted(taken)))
            self.desk.release(voucher)
            del taken[voucher]

    @rule(number=st.sampled_from(PAPERS), letter=st.integers(1, 3), amount=st.integers(1, 30))
    def red_letter(self, number: int, letter: int, amount: int) -> None:
        """The same red letter may be seen again by any member's gateway, under whichever key is the newest by then."""
        record = self._record(number)
        if record is None:
            return
        paper = self.papers[number]
        expected = DONE
        if letter in paper.letters:
            expected = "CREDIT_KNOWN"
        elif amount > TOTAL - sum(paper.letters.values()):
            expected = "CREDIT_EXCEEDS_TOTAL"
        name = name_of(0x1000 * letter + number, record.epoch)
        by = record.concerned[0]
        newest = api.named_epochs(self.desk.state, self.desk.now)[-1]
        if newest != record.epoch:
            other = name_of(0x1000 * letter + number, newest)
            refusal = _code_of(lambda: self.desk.credit(record.fingerprint, amount, by, other, newest))
            assert refusal == "CREDIT_EPOCH_DIFFERS"
        act = _code_of(lambda: self.desk.credit(record.fingerprint, amount, by, name, record.epoch))
        assert act == expected
        if expected == DONE:
            paper.letters[letter] = amount

    @rule()
    def change_the_key(self) -> None:
        """A vote begins another epoch, unless four are named."""
        epochs = self.desk.state.scan(KEY_EPOCHS)
        expected = (
            DONE if len(api.named_epochs(self.desk.state, self.desk.now)) < 4 else "TOO_MANY_KEY_EPOCHS"
        )
        following = len(epochs) + 1
        assert _code_of(lambda: self.desk.begin_epoch(following, hex_of(0xE00 + following, 64))) == expected

    @rule(days=st.sampled_from((1, 5)), writes=st.booleans())
    def time_passes(self, days: int, writes: bool) -> None:
        """Some days go by, and due work comes to them or not."""
        self.desk.now_ms += days * DAY_MS
        if writes:
            self.desk.write_due()

    @invariant()
    def each_paper_has_one_record_and_is_promised_once(self) -> None:
        """However it was named: one record, with all that vouchers and red letters take."""
        for number, paper in self.papers.items():
            found = self._record(number)
            if found is not None:
                assert found.headroom(self.desk.now) == paper.left()
                assert len({issuer for issuer, _ in paper.taken.values()}) <= 1

    def _record(self, number: int) -> api.Fingerprint | None:
        """The record of a paper, by each of its names; there are never two."""
        records = (
            api.record_under(name_of(number, row.epoch), self.desk.state)
            for row in self.desk.state.scan(KEY_EPOCHS)
        )
        found = {record.fingerprint: record for record in records if record is not None}
        assert len(found) <= 1
        return next(iter(found.values()), None)

    def _one(self, data: st.DataObject, status: str) -> str | None:
        """One of the payables of a status, if there is any."""
        fitting = [
            name for name in self.payables if self.desk.payable(name).status_at(self.desk.now) == status
        ]
        return data.draw(st.sampled_from(fitting)) if fitting else None


def _code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as refusal:
        return refusal.code
    return DONE


TestChangesOfKey = ChangesOfKey.TestCase
TestChangesOfKey.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
