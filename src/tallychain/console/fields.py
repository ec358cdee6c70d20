"""Fields of forms: what was typed, read into what an act needs, or the word of the catalogue that says what is wrong."""

from dataclasses import dataclass, field
from datetime import date

from tallychain.console.visits import Visit
from tallychain.instruments.calendar import parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import Fen, parse_amount
from tallychain.instruments.numbers import check_uscc


@dataclass(slots=True)
class Reading:
    """The work-bench of one form: values as they are read, faults as they are found."""

    visit: Visit
    faults: dict[str, str] = field(default_factory=dict)

    def fault(self, name: str, word: str, **fields: object) -> None:
        """Note what is wrong with a field; the first fault stands."""
        self.faults.setdefault(name, self.visit.words(f"fault.{word}", **fields))

    def needed(self, name: str, longest: int = 200) -> str:
        """A text that must be there."""
        text = self.optional(name, longest)
        if not text:
            self.fault(name, "missing")
        return text

    def optional(self, name: str, longest: int = 200) -> str:
        """A text that may be empty."""
        text = " ".join(self.visit.text(name).split())
        if len(text) > longest:
            self.fault(name, "long", longest=longest)
        return text

    def fen(self, name: str, largest: int) -> Fen:
        """An amount in yuan, from 0.01 to `largest` fen."""
        try:
            amount = parse_amount(self.needed(name, 40).replace("，", ","))
        except InstrumentError:
            self.fault(name, "amount")
            return Fen(0)
        if amount < 1 or amount > largest:
            self.fault(name, "amount_range", largest=f"{largest // 100:,}.{largest % 100:02d}")
        return amount

    def day(self, name: str, first: date, last: date) -> str:
        """A day within bounds."""
        text = self.needed(name, 10)
        try:
            found = parse_date(text)
        except InstrumentError:
            self.fault(name, "day")
            return text
        if not first <= found <= last:
            self.fault(name, "day_range", first=first.isoformat(), last=last.isoformat())
        return text

    def uscc(self, name: str) -> str:
        """A unified social credit code with a right check digit."""
        text = self.needed(name, 18).upper()
        try:
            check_uscc(text)
        except InstrumentError:
            self.fault(name, "uscc")
        return text

    def one_of(self, name: str, choices: list[str]) -> str:
        """One of the offered choices."""
        text = self.visit.text(name)
        if text not in choices:
            self.fault(name, "choice")
        return text


def reading(visit: Visit) -> Reading:
    """Begin to read a form."""
    return Reading(visit)
