"""The second account of financings and disputes: who was asked, what was promised under seal, who paid and who said so, and which units that binds.

Kept like the rest of `register.py` from what was signed and answered alone; it shares no code with the rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.early import Redeemed
from tests.simulation.titles import Pieces

HALF_AN_HOUR_MS = 1_800_000
DISPUTES = 5
Json = Mapping[str, Any]


@dataclass
class Quoted:
    """What one funder has committed to last."""

    commitment: str
    paying_bank: str
    receiver: str
    is_delivered: bool = False
    is_void: bool = False


@dataclass
class Bargain:
    """One request for money, and what came of it."""

    voucher: str
    first: int
    last: int
    seller: str
    form: str
    funders: tuple[str, ...]
    closes_ms: int
    quotes: dict[str, Quoted] = field(default_factory=dict)
    funder: str = ""
    """Who was chosen; nobody before."""
    seller_bank: str = ""
    payment: str = ""
    registration: str = ""
    is_paid: bool = False
    word: str = ""
    """What the seller's bank says."""
    is_denied: bool = False
    """By the seller, by its bank, or because nobody has confirmed it."""
    ruling: str = ""
    is_over: bool = False

    @property
    def chosen(self) -> Quoted:
        """The quote that was chosen."""
        return self.quotes[self.funder]

    @property
    def is_binding(self) -> bool:
        """Whether its units are bound."""
        return bool(self.funder) and not self.is_over

    @property
    def is_shown(self) -> bool:
        """Whether a bank that is not the funder says that the money went or came, and none that it did not."""
        return self.word == "True" or (not self.word and self.chosen.paying_bank != self.funder)


@dataclass
class Contention:
    """Units that an issuer says it does not owe."""

    voucher: str
    first: int
    last: int
    tag: str
    issuer: str
    stands: bool = True
    admitted: bool = False


@dataclass
class Bargains:
    """All of them."""

    outages: bool
    """Whether deadlines may move."""
    financings: dict[str, Bargain] = field(default_factory=dict)
    disputes: dict[str, Contention] = field(default_factory=dict)
    early: Redeemed = field(default_factory=Redeemed)
    registrations: set[str] = field(default_factory=set)
    bookings: set[tuple[str, str]] = field(default_factory=set)

    def bound(self, voucher: str, first: int, last: int) -> str:
        """What binds some of these units; an empty text if nothing does."""
        for one in self.financings.values():
            if one.voucher == voucher and one.is_binding and one.first <= last and first <= one.last:
                return f"units {first} to {last} are bound for a funder"
        for other in self.disputes.values():
            if other.voucher != voucher or not (other.first <= last and first <= other.last):
                continue
            if other.stands or other.admitted:
                return f"units {first} to {last} are disputed, or were given up"
        return self.early.bound(voucher, first, last)

    def done(self, body: Json, author: str, name: str, pieces: Pieces, now_ms: int) -> str:
        """Why what was done may not be done; an empty text where it may, and the account goes on."""
        args = body["args"]
        if body["type"].startswith("redemption."):
            return self.early.done(body["type"], args, author, pieces)
        act = ACTS.get(body["type"])
        if act is not None:
            return act(self, Asked(args, author, name, body.get("sealed", ()), pieces, now_ms))
        step = STEPS.get(body["type"])
        if step is None:
            return ""
        found = self.financings.get(args["financing"])
        if found is None or found.voucher != args["voucher"]:
            return "nobody asked for money so"
        return step(self, found, Asked(args, author, name, body.get("sealed", ()), pieces, now_ms))

    def event(self, event: Json) -> str:
        """What time or somebody's word has made of it; what may not be, if it may not."""
        found = self.financings.get(event.get("financing", ""))
        if event["event"].startswith("redemption."):
            is_new = event["event"] == "redemption.offered"
            bound = self.bound(event["voucher"], event["first"], event["last"]) if is_new else ""
            return self.early.event(event, bound)
        match event["event"]:
            case "financing.completed" if found is not None:
                return self._completed(found, event)
            case "financing.failed" if found is not None:
                found.is_over = True
                if found.is_paid and not found.ruling and found.is_shown:
                    return "units are given back though a bank says that they were paid for"
            case "financing.disputed" if found is not None:
                found.is_denied = True
                if not event["refuted"] and found.is_shown:
                    return "a payment counts as unconfirmed though a bank has confirmed it"
            case "financing.lapsed" | "financing.closed" if found is not None:
                found.is_over = True
            case "dispute.lapsed" | "dispute.closed" | "dispute.admitted":
                self.disputes[event["dispute"]].stands = False
            case "court.transferred":
                for held in event["holdings"]:
                    taken = [one for one in self.financings.values() if one.voucher == event["voucher"]]
                    if any(
                        one.is_binding and one.first <= held["last"] and held["first"] <= one.last
                        for one in taken
                    ):
                        return "a court gave away units that are bound for a funder"
            case _:
                pass
        return ""

    @staticmethod
    def _completed(found: Bargain, event: Json) -> str:
        was_over, found.is_over = found.is_over, True
        if was_over or not found.is_paid or not found.registration:
            return "a financing is completed that was not registered and paid"
        if event["by"] in ("SILENCE", "DEFAULT") and not found.is_shown:
            return "silence has completed what no other bank has confirmed"
        if event["by"] == "ARBITER" and found.ruling != "True":
            return "it is completed by a ruling that nobody gave"
        taken = event["taken"]
        if (found.form == "PLEDGE") != (not taken):
            return "title moved for a loan, or did not for a sale"
        if taken and [(one["first"], one["last"], one["tag"]) for one in taken] != [
            (found.first, found.last, found.chosen.receiver)
        ]:
            return "other units were sold, or to another, than was agreed"
        return ""

    def is_lie(self, code: str, body: Json, author: str) -> bool:
        """Whether a reason that this account can judge is not true."""
        args = body["args"]
        found = self.financings.get(args.get("financing", ""))
        if code == "DISPUTE_EXCEEDS_EVIDENCE":
            return bool(args["last"] - args["first"] + 1 <= args["covered"])
        if found is None:
            return False
        lies = {
            "NOT_ASKED_TO_QUOTE": author in found.funders,
            "NOT_THE_FUNDER": bool(found.funder) and found.funder == author,
            "NOT_THE_SELLERS_BANK": bool(found.funder) and found.seller_bank == author,
            "REGISTRATION_USED": args.get("registration", "") not in self.registrations,
            "RECEIPT_ATTESTED": not found.word,
            "PAYMENT_NOT_AS_AWARDED": bool(args.get("payment") == found.payment),
        }
        return bool(lies.get(code))


@dataclass(frozen=True)
class Asked:
    """One act as its author signed it, and who had which units before."""

    args: Json
    author: str
    name: str
    sealed: Sequence[Json]
    pieces: Pieces
    now_ms: int

    def commitment(self, label: str) -> str:
        """Of one of its sealed parts."""
        return next((str(part["commitment"]) for part in self.sealed if part["label"] == label), "")

    def holds(self, tag: str, first: int, last: int) -> bool:
        """Whether a tag has all of these units, together."""
        return any(low <= first and last <= high and who == tag for low, high, who in self.pieces)


# --- each act: why it may not be done, or an empty text and the account goes on


def _request(book: Bargains, asked: Asked) -> str:
    args = asked.args
    first, last = args["first"], args["last"]
    book.financings[asked.name] = Bargain(
        args["voucher"], first, last, asked.author, args["form"], tuple(args["funders"]), args["closes_ms"]
    )
    if not asked.holds(asked.author, first, last):
        return "the units are not the seller's"
    if not 600_000 <= args["closes_ms"] - asked.now_ms <= 86_400_000:
        return "quotes are taken for too short or too long"
    return book.bound(args["voucher"], first, last)


def _quote(book: Bargains, found: Bargain, asked: Asked) -> str:
    receiver = asked.args["receiver"]
    found.quotes[asked.author] = Quoted(asked.args["commitment"], asked.args["paying_bank"], receiver["tag"])
    if asked.author not in found.funders:
        return "this funder was not asked"
    if asked.now_ms >= found.closes_ms and not book.outages:
        return "the time for quotes is over"
    return "title would go to another member's tag" if receiver["sponsor"] != asked.author else ""


def _reveal(_book: Bargains, found: Bargain, asked: Asked) -> str:
    quote = found.quotes.get(asked.author)
    if quote is None or quote.is_delivered:
        return "there is nothing to deliver any more"
    quote.is_delivered = True
    if asked.now_ms < found.closes_ms:
        return "a quote is shown while others may still quote"
    if asked.commitment("quote") != quote.commitment:
        return "something else is delivered than was committed to"
    return ""


def _challenge(_book: Bargains, found: Bargain, asked: Asked) -> str:
    quote = found.quotes.get(asked.args["funder"])
    if quote is None or not quote.is_delivered:
        return "there is no quote to be read"
    quote.is_void = True
    return "" if asked.author == found.seller else "somebody else than the seller reads it"


def _award(book: Bargains, found: Bargain, asked: Asked) -> str:
    quote = found.quotes.get(asked.args["funder"])
    if quote is None or not quote.is_delivered or quote.is_void or quote.commitment != asked.args["quote"]:
        return "no such quote was delivered, or it was false"
    waiting = [one for one in found.quotes.values() if not one.is_delivered]
    if found.is_over or found.funder:
        return "one was chosen before, or it is over"
    bound = book.bound(found.voucher, found.first, found.last)
    found.funder, found.seller_bank = asked.args["funder"], asked.args["seller_bank"]
    found.payment = asked.commitment("payment")
    if waiting and asked.now_ms < found.closes_ms + HALF_AN_HOUR_MS:
        return "others may still deliver"
    if asked.author != found.seller or not asked.holds(found.seller, found.first, found.last):
        return "the units are not the seller's any more"
    return bound or ("the funder is the seller's bank" if found.seller_bank == found.funder else "")


def _close(_book: Bargains, found: Bargain, asked: Asked) -> str:
    return "" if asked.author == found.seller and not found.funder else "a quote was chosen, or by another"


def _register(book: Bargains, found: Bargain, asked: Asked) -> str:
    number = asked.args["registration"]
    was_used, found.registration = number in book.registrations, number
    book.registrations.add(number)
    if was_used:
        return "this registration stands for another financing"
    return "" if found.is_binding and asked.author == found.funder else "it is not this funder's"


def _disburse(book: Bargains, found: Bargain, asked: Asked) -> str:
    booking = (asked.author, asked.args["reference"])
    was_used, was_paid, found.is_paid = booking in book.bookings, found.is_paid, True
    book.bookings.add(booking)
    if not found.is_binding or asked.author != found.chosen.paying_bank:
        return "it is not this bank's to pay"
    if was_paid or was_used:
        return "it is paid a second time, or with a booking of another"
    if not found.registration:
        return "money goes before the registration"
    return "" if asked.args["payment"] == found.payment else "another sum is paid than was agreed"


def _attest(_book: Bargains, found: Bargain, asked: Asked) -> str:
    had_word, found.word = found.word, str(asked.args["came"])
    if asked.author != found.seller_bank or had_word:
        return "another bank speaks, or a second time"
    return "" if found.is_paid else "nobody said that money went"


def _confirm(_book: Bargains, found: Bargain, asked: Asked) -> str:
    return "" if asked.author == found.seller and found.is_paid else "nothing was paid, or another confirms"


def _refute(_book: Bargains, found: Bargain, asked: Asked) -> str:
    was_denied, found.is_denied = found.is_denied, True
    if was_denied or asked.author != found.seller or not found.is_paid:
        return "there is nothing to deny, or another does"
    return ""


def _decide(_book: Bargains, found: Bargain, asked: Asked) -> str:
    found.ruling = str(asked.args["paid"])
    is_open = found.is_denied or found.word == "False" or not found.is_shown
    return "" if asked.author == "court" and is_open else "nobody is in dispute, or another decides"


def _deregister(_book: Bargains, found: Bargain, asked: Asked) -> str:
    is_funder = bool(found.funder) and asked.author == found.funder
    return "" if is_funder and found.registration else "it is not this funder's registration"


Step = Callable[[Bargains, Bargain, Asked], str]
STEPS: Mapping[str, Step] = {
    "financing.quote": _quote,
    "financing.reveal": _reveal,
    "financing.challenge": _challenge,
    "financing.award": _award,
    "financing.close": _close,
    "financing.register": _register,
    "financing.disburse": _disburse,
    "financing.attest": _attest,
    "financing.complete": _confirm,
    "financing.refute": _refute,
    "financing.decide": _decide,
    "financing.deregister": _deregister,
}


# --- disputes


def _open(book: Bargains, asked: Asked) -> str:
    args = asked.args
    first, last, number = args["first"], args["last"], args["voucher"]
    bound = book.bound(number, first, last)
    tag = next((who for low, high, who in asked.pieces if low <= first and last <= high), "")
    before = [one for one in book.disputes.values() if one.voucher == number]
    book.disputes[asked.name] = Contention(number, first, last, tag, asked.author)
    if last - first + 1 > args["covered"]:
        return "more is disputed than the evidence covers"
    if len(before) >= DISPUTES:
        return "too many were opened about this voucher"
    return bound or ("" if tag else "nobody holds these units together")


def _about(book: Bargains, asked: Asked) -> Contention | None:
    found = book.disputes.get(asked.args["dispute"])
    return found if found is not None and found.stands else None


def _answer(book: Bargains, asked: Asked) -> str:
    found = _about(book, asked)
    if found is None or found.tag != asked.author:
        return "it is over, or another holder's"
    found.admitted = asked.args["admits"]
    return ""


def _of_the_issuer(book: Bargains, asked: Asked) -> str:
    found = _about(book, asked)
    return "" if found is not None and found.issuer == asked.author else "it is over, or another's"


def _end(book: Bargains, asked: Asked) -> str:
    found = _about(book, asked)
    return "" if found is not None and asked.author in (found.issuer, "court") else "it is over, or another's"


ACTS: Mapping[str, Callable[[Bargains, Asked], str]] = {
    "financing.request": _request,
    "dispute.open": _open,
    "dispute.answer": _answer,
    "dispute.refer": _of_the_issuer,
    "dispute.close": _end,
}
