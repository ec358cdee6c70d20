"""A second account of everything, kept beside the ledger from what was signed and answered alone.

It shares no code with the rules: dictionaries, plain numbers, signatures verified by another library.  It knows who may be obeyed, which nonces are
used, who has title to which units and how much money came and went; what the ledger answers otherwise is a fault.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tallychain.engine.port import CommittedBlock
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import SignedOperation, operation_id, signing_message
from tests.simulation import alliance
from tests.simulation.bargains import Bargains
from tests.simulation.titles import Offered, Title, moved

TEN_MINUTES_MS = 600_000
A_DAY_MS = 86_400_000
ROLES = {"maker": "maker", "checker": "checker", "admin": "admin", "system": "system"}
Json = Mapping[str, Any]


@dataclass
class Register:
    """The whole account."""

    outages: bool
    """Whether deadlines may move: then only order and persons are judged, not instants."""
    faults: list[str] = field(default_factory=list)
    nonces: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """Author and nonce to the operation that used it last and when that expires: then it is forgotten."""
    operations: dict[str, int] = field(default_factory=dict)
    """Operation to the height of its receipt."""
    titles: dict[str, Title] = field(default_factory=dict)
    offers: dict[str, Offered] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key to its member and right."""
    references: set[tuple[str, str]] = field(default_factory=set)
    verified: int = 0
    bargains: Bargains = field(init=False)

    def __post_init__(self) -> None:
        self.bargains = Bargains(self.outages)
        for member in alliance.members().values():
            for staff in member.staff.values():
                self.keys[staff.key.public] = (member.id, staff.rights[0])

    def take(self, block: CommittedBlock) -> None:
        """One block: due work first, then every operation in order."""
        for event in block.due_events:
            self._event(msgspec.json.decode(event))
        self._check_order(block)
        for data, rows, code in zip(block.envelopes, block.results, block.codes, strict=True):
            if code:
                self.faults.append(f"block {block.height} holds an envelope that is not admissible")
                continue
            envelope = msgspec.msgpack.decode(data, type=Envelope)
            header = msgspec.json.decode(envelope.header)
            for signed, row in zip(envelope.operations, rows, strict=True):
                self._operation(signed, msgspec.json.decode(row), header, block)

    def _check_order(self, block: CommittedBlock) -> None:
        """Courts first; then members by name in rounds, each once a round, beginning with the one whose turn the height makes it."""
        carriers = []
        for data, code in zip(block.envelopes, block.codes, strict=True):
            if code == 0:
                envelope = msgspec.msgpack.decode(data, type=Envelope)
                carriers.append(str(msgspec.json.decode(envelope.header)["member"]))
        left = {name: carriers.count(name) for name in sorted(set(carriers)) if name != "court"}
        names = list(left)
        if names:
            turn = int.from_bytes(hashlib.sha256(block.height.to_bytes(8, "big")).digest(), "big") % len(
                names
            )
            names = names[turn:] + names[:turn]
        wanted = ["court"] * carriers.count("court")
        while any(left.values()):
            for name in names:
                if left[name]:
                    left[name] -= 1
                    wanted.append(name)
        if carriers != wanted:
            self.faults.append(f"block {block.height}: members stand {carriers} and not {wanted}")

    def _operation(self, signed: SignedOperation, answer: Json, header: Json, block: CommittedBlock) -> None:
        body = msgspec.json.decode(signed.body)
        name = operation_id(signed.body)
        pair = (body["author"], body["nonce"])
        if "outcome" not in answer:
            self._turned_away(answer["code"], body, name, header, block)
            return
        where = f"{body['type']} {name[:8]} at {block.height}"
        if name in self.operations:
            self.faults.append(f"{where}: executed again")
        first, until_ms = self.nonces.get(pair, ("", 0))
        if block.time_ms < until_ms:
            self.faults.append(f"{where}: its nonce was used by {first[:8]}")
        if body["via"] != header["member"]:
            self.faults.append(f"{where}: carried by {header['member']} and not {body['via']}")
        self.operations[name], self.nonces[pair] = block.height, (name, body["expires"])
        self._check_time(body, header, signed, block.time_ms, where)
        self._check_authentic(signed, body, name, where)
        if answer["outcome"] == "done":
            self._done(body, name, answer, block.time_ms, where)
        else:
            self._refused(body, answer["code"], block.time_ms, where)

    def _check_time(self, body: Json, header: Json, signed: SignedOperation, now_ms: int, where: str) -> None:
        lifetime = A_DAY_MS if len(signed.signatures) > 1 else TEN_MINUTES_MS
        if not now_ms < body["expires"] <= now_ms + lifetime or header["expires"] <= now_ms:
            self.faults.append(f"{where}: executed though it was not its time")

    def _check_authentic(self, signed: SignedOperation, body: Json, name: str, where: str) -> None:
        author = str(body["author"])
        for item in signed.signatures:
            self.verified += 1
            message = signing_message(name, item.role, item.key)  # type: ignore[arg-type]  # a digest in hex
            try:
                raw = bytes.fromhex(item.key.partition(":")[2])
                Ed25519PublicKey.from_public_bytes(raw).verify(item.signature, message)
            except (InvalidSignature, ValueError):
                self.faults.append(f"{where}: executed under a false signature")
            if author.startswith("tag:"):
                if item.key != author.removeprefix("tag:"):
                    self.faults.append(f"{where}: signed by another tag")
                continue
            member, right = self.keys.get(item.key, ("", ""))
            if f"member:{member}" != author:
                self.faults.append(f"{where}: signed by a key of {member or 'nobody'}")
            if right and right != item.role and body["type"]:
                self._wrong_role(where, right, item.role)

    def _wrong_role(self, where: str, right: str, role: str) -> None:
        """A refusal may say so; only what was done may not be signed so."""
        self._suspect = (where, f"{where}: signed as {role} by one who is {right}")

    _suspect: tuple[str, str] = ("", "")

    def _turned_away(self, code: str, body: Json, name: str, header: Json, block: CommittedBlock) -> None:
        """The reason given must be true."""
        where = f"{body['type']} {name[:8]} at {block.height}"
        if code == "REPEAT" and name not in self.operations:
            self.faults.append(f"{where}: called a repeat and never came before")
        if code == "NONCE_USED" and self.nonces.get((body["author"], body["nonce"]), (name, 0))[0] == name:
            self.faults.append(f"{where}: its nonce is called used and is not")
        if code == "EXPIRED" and block.time_ms < min(body["expires"], header["expires"]):
            self.faults.append(f"{where}: called expired and is not")

    # --- what was done

    def _done(self, body: Json, name: str, answer: Json, now_ms: int, where: str) -> None:
        if self._suspect[0] == where:
            self.faults.append(self._suspect[1])
        args, author = body["args"], str(body["author"]).partition(":")[2]
        act = ACTS.get(body["type"])
        wrong = "" if act is None else act(self, args, author, name, answer["events"], now_ms)
        wrong = wrong or self._bargained(body, author, name, now_ms)
        if wrong:
            self.faults.append(f"{where}: done, though {wrong}")
        for event in answer["events"]:
            self._event(event)

    def _event(self, event: Json) -> None:
        wrong = self.bargains.event(event)
        if wrong:
            self.faults.append(f"{event['event']} of {event['voucher']}: {wrong}")
        match event["event"]:
            case "voucher.expired":
                self.titles[event["voucher"]].status = "EXPIRED"
            case "voucher.cancelled":
                self.titles[event["voucher"]].status = "CANCELLED"
            case "voucher.offer_expired" | "voucher.offer_ended":
                self.offers[event["offer"]].status = "ENDED"
            case "member.suspended" | "member.standing_voted" if event.get("status") != "ACTIVE":
                for offer in self.offers.values():
                    if offer.status == "OPEN" and event["member"] in offer.sponsors:
                        offer.status = "ENDED"
            case "court.transferred":
                title = self.titles[event["voucher"]]
                for held in event["holdings"]:
                    title.pieces = moved(title.pieces, held["first"], held["last"], event["receiver"]["tag"])
            case "financing.completed":
                title = self.titles[event["voucher"]]
                for held in event["taken"]:
                    title.pieces = moved(title.pieces, held["first"], held["last"], held["tag"])
            case "member.key_registered":
                self.keys[event["key"]] = (event["member"], "")
            case _:
                pass

    def _bargained(self, body: Json, author: str, name: str, now_ms: int) -> str:
        """Financings and disputes; a dispute is the issuer's, of what it has not seen passed on."""
        args = body["args"]
        title = self.titles.get(args.get("voucher", ""))
        wrong = self.bargains.done(body, author, name, [] if title is None else title.pieces, now_ms)
        if body["type"] not in ("dispute.open", "financing.request", "financing.award") or wrong:
            return wrong
        found = self.bargains.financings.get(args.get("financing", ""))
        first, last = (args["first"], args["last"]) if found is None else (found.first, found.last)
        if self._is_offered(args["voucher"], first, last, now_ms):
            return f"units {first} to {last} are on offer"
        if body["type"] != "dispute.open":
            return ""
        first_holder = (title.issuer, title.receiver) if title is not None else ("", "")
        is_first = first_holder == (author, self.bargains.disputes[name].tag)
        return "" if is_first else "it is another's promise, or was passed on"

    def _is_offered(self, voucher: str, first: int, last: int, now_ms: int) -> bool:
        """Whether some of these units are on offer already."""
        return any(
            offer.voucher == voucher
            and offer.status == "OPEN"
            and (self.outages or now_ms < offer.until_ms)
            and offer.first <= last
            and first <= offer.last
            for offer in self.offers.values()
        )

    def _refused(self, body: Json, code: str, now_ms: int, where: str) -> None:
        """Of the reasons that this account can judge, each must be true."""
        args, author = body["args"], str(body["author"]).partition(":")[2]
        offer, title = self.offers.get(args.get("offer", "")), self.titles.get(args.get("voucher", ""))
        lies = {
            "OFFER_NOT_OPEN": offer is not None and offer.status == "OPEN" and now_ms < offer.until_ms,
            "NOT_THE_NAMED_RECEIVER": (
                body["type"] == "voucher.take" and offer is not None and offer.receiver == author
            )
            or (body["type"] == "voucher.accept" and title is not None and title.receiver == author),
            "NOT_THE_ISSUER": title is not None and title.issuer == author,
            "REFERENCE_USED": body["type"] == "voucher.issue"
            and (author, args.get("reference")) not in self.references,
        }
        if lies.get(code) or self.bargains.is_lie(code, body, author):
            self.faults.append(f"{where}: refused {code}, which is not true")

    def conserved(self) -> list[str]:
        """Every accepted voucher is held whole, each unit once; no more was paid out than came in."""
        found = []
        for number, title in self.titles.items():
            reached = 0
            for first, last, _ in title.pieces:
                if first != reached + 1:
                    found.append(f"{number}: units from {reached + 1} are held twice or by nobody")
                reached = last
            if title.pieces and reached != title.face:
                found.append(f"{number}: {reached} of {title.face} units are held")
            if title.paid > min(title.received, title.face) + title.interest:
                found.append(f"{number}: {title.paid} paid out of {title.received} and {title.interest}")
        return found


# --- each act: why it may not be done, or an empty text and the account goes on


def _issue(book: Register, args: Json, author: str, _name: str, events: list[Json], _now_ms: int) -> str:
    event = next(event for event in events if event["event"] == "voucher.issued")
    number = event["voucher"]
    if number in book.titles:
        return f"the number {number} was given before"
    until_ms = event["timeline"]["steps"][0]["at_ms"]
    book.references.add((author, args["reference"]))
    book.titles[number] = Title(author, args["receiver"]["tag"], args["face"], until_ms)
    return ""


def _accept(book: Register, args: Json, author: str, _name: str, _events: list[Json], now_ms: int) -> str:
    title = book.titles.get(args["voucher"])
    if title is None or title.status != "ISSUED" or (now_ms >= title.until_ms and not book.outages):
        return "nobody waits for an acceptance"
    if title.receiver != author:
        return "it was promised to another"
    title.status, title.pieces = "ACTIVE", [(1, title.face, author)]
    return ""


def _turned_down(
    book: Register, args: Json, author: str, _name: str, _events: list[Json], _now_ms: int
) -> str:
    title = book.titles.get(args["voucher"])
    if title is None or title.status != "ISSUED":
        return "it is not pending"
    if author not in (title.receiver, title.issuer):
        return "it is somebody else's"
    title.status = "TURNED_DOWN"
    return ""


def _offer(book: Register, args: Json, author: str, _name: str, events: list[Json], now_ms: int) -> str:
    title = book.titles.get(args["voucher"])
    if title is None or title.status != "ACTIVE":
        return "the voucher is not held"
    for event in (event for event in events if event["event"] == "voucher.offered"):
        first, last = event["first"], event["last"]
        if not any(a <= first and last <= b and tag == author for a, b, tag in title.pieces):
            return f"units {first} to {last} are not the giver's"
        if book._is_offered(args["voucher"], first, last, now_ms):
            return f"units {first} to {last} are on offer already"
        if bound := book.bargains.bound(args["voucher"], first, last):
            return bound
        until_ms = event["timeline"]["steps"][-1]["at_ms"]
        giver, receiver = event["giver"], event["receiver"]
        book.offers[event["offer"]] = Offered(
            args["voucher"],
            first,
            last,
            author,
            receiver["tag"],
            until_ms,
            frozenset((giver["sponsor"], receiver["sponsor"])),
        )
    return ""


def _take(book: Register, args: Json, author: str, _name: str, _events: list[Json], now_ms: int) -> str:
    offer = book.offers.get(args["offer"])
    if offer is None or offer.status != "OPEN" or (now_ms >= offer.until_ms and not book.outages):
        return "the offer is not open"
    if offer.receiver != author:
        return "it was offered to another"
    if bound := book.bargains.bound(offer.voucher, offer.first, offer.last):
        return bound
    title = book.titles[offer.voucher]
    held = next(
        (p for p in title.pieces if p[0] <= offer.first and offer.last <= p[1] and p[2] == offer.giver), None
    )
    if held is None:
        return "the giver does not hold the units any more"
    offer.status = "TAKEN"
    first, last, giver = held
    parts = [
        (first, offer.first - 1, giver),
        (offer.first, offer.last, author),
        (offer.last + 1, last, giver),
    ]
    title.pieces.remove(held)
    title.pieces = sorted(title.pieces + [part for part in parts if part[0] <= part[1]])
    return ""


def _offer_over(
    book: Register, args: Json, author: str, _name: str, _events: list[Json], _now_ms: int
) -> str:
    offer = book.offers.get(args["offer"])
    if offer is None or offer.status != "OPEN":
        return "the offer is not open"
    if author not in (offer.giver, offer.receiver):
        return "it is somebody else's"
    offer.status = "ENDED"
    return ""


def _attest(book: Register, args: Json, _author: str, _name: str, _events: list[Json], _now_ms: int) -> str:
    title = book.titles[args["voucher"]]
    title.received += args["amount"]
    return "" if title.status == "ACTIVE" else "nothing is owed"


def _late(book: Register, args: Json, _author: str, _name: str, _events: list[Json], _now_ms: int) -> str:
    book.titles[args["voucher"]].interest += args["amount"]
    return ""


def _payout(book: Register, args: Json, _author: str, _name: str, _events: list[Json], _now_ms: int) -> str:
    title = book.titles[args["voucher"]]
    title.paid += sum(row["amount"] for row in args["rows"])
    return (
        "" if title.paid <= min(title.received, title.face) + title.interest else "more is paid than came in"
    )


def _failed(book: Register, args: Json, _author: str, _name: str, events: list[Json], _now_ms: int) -> str:
    book.titles[args["voucher"]].paid -= events[0]["amount"]
    return ""


Act = Callable[[Register, Json, str, str, list[Json], int], str]
ACTS: Mapping[str, Act] = {
    "voucher.issue": _issue,
    "voucher.accept": _accept,
    "voucher.reject": _turned_down,
    "voucher.withdraw": _turned_down,
    "voucher.offer": _offer,
    "voucher.take": _take,
    "voucher.decline": _offer_over,
    "voucher.recall": _offer_over,
    "settlement.attest": _attest,
    "settlement.late": _late,
    "settlement.payout": _payout,
    "settlement.payout_failed": _failed,
}
