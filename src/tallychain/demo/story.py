"""The story itself, act by act, each through the gateway of the one who acts."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Final

from tallychain.demo.backing import Backing
from tallychain.demo.paying import Paying
from tallychain.demo.script import (
    Papers,
    PlannedVoucher,
    Script,
    read_papers,
    read_script,
    small_amounts,
    trade,
)
from tallychain.demo.stage import Row, Stage, StoryBroken
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import format_amount
from tallychain.integrations.einvoice import EInvoiceRefused, read_einvoice
from tallychain.integrations.payables import dry_run
from tallychain.sdk import calls
from tallychain.sdk.ranges import lowest_free

ISSUER: Final = "core-a"
_SECOND_MS: Final = 1_000
_RACE_ROUNDS: Final = 3
_BLACKOUT_DAY: Final = "2026-09-09"
_DAY_MS: Final = 86_400_000


class Story:
    """Plays the story and remembers what later acts and the summary need."""

    def __init__(self, stage: Stage, data: Path, seed: int, *, whole: bool = True) -> None:
        """`whole`: to the last fen of V2; otherwise its maturity is left for somebody else to play."""
        self.stage = stage
        self.whole = whole
        self.data = data
        self.script: Script = read_script(data, seed)
        self.papers: Papers = read_papers(data)
        self.small = small_amounts(seed)
        self.vouchers: dict[str, str] = {}
        """Reference to number."""
        self.tags: dict[tuple[str, str], str] = {}
        """Client and voucher reference to the tag that holds."""
        self.moves: dict[tuple[str, str], str] = {}
        """Giver and receiver to the operation that moved title."""
        self.papers_of: dict[tuple[str, str], str] = {}
        """Giver and receiver to the operation whose sealed part holds the papers."""
        self.backing = Backing(stage, ISSUER)
        self.paying = Paying(stage, ISSUER, self.backing)
        self.race: Row = {}
        self.files: list[Row] = []

    def play(self) -> None:
        """Everything, in order."""
        acts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("Clients sign tag cards, so that others can give to them", self._cards),
            ("The core enterprise reads its payables and e-invoices", self._papers),
            ("Banks grant it ceilings", self.backing.grant_ceilings),
            ("Suppliers present what it owes them, and it confirms", self._payables),
            ("It issues V1, and its receiver accepts", lambda: self._issue("V1")),
            ("It issues V2 three weeks later", lambda: self._issue("V2")),
            ("More is asked than invoices and ceilings leave", self._in_vain),
            ("One promise is rejected, another withdrawn", self._without_title),
            ("Parts are passed on over three tiers", self._transfers),
            ("One offer is declined, one recalled", self._offers_ended),
            ("Things that must not work are tried", self._attempts),
            ("Two offers of the same units race", self._race),
            ("An offer lapses by time", self._lapse),
            ("The black-out before maturity begins", self._blackout),
            ("Files that must be refused are read", self._refused_files),
            ("Sponsors name the accounts of V1's holders", lambda: self._name_payees("V1")),
            ("V1 is due, and paid in full to every holder", lambda: self._to_the_end("V1")),
        )
        if self.whole:
            acts += (
                ("Sponsors name the accounts of V2's holders", lambda: self._name_payees("V2")),
                ("V2 is due, and only a part of it is paid in time", lambda: self._to_the_end("V2")),
                ("The issuer issues nothing while it owes, and pays late", self._late),
            )
        for title, act in acts:
            began = time.monotonic()
            self.stage.say(f"{title} …")
            act()
            self.stage.say(f"  {time.monotonic() - began:.1f} s")

    def _cards(self) -> None:
        with ThreadPoolExecutor(max_workers=4) as pool:
            signed = list(pool.map(self.stage.sign_cards, self.stage.clients()))
        self.stage.say(f"  {sum(signed)} cards of {len(signed)} clients")

    def _papers(self) -> None:
        maker = self.stage.client(f"{ISSUER}-maker")
        for row in self.papers.payables.accepted:
            content = self.papers.files[row.invoice_number]
            maker.ask(calls.store_document(f"{row.invoice_number}.xml", "application/xml", content))
        total = sum(row.amount_fen for row in self.papers.payables.accepted)
        self.stage.say(
            f"  {len(self.papers.payables.accepted)} payables of {format_amount(total)} in all, each with its invoice"
        )

    def _payables(self) -> None:
        for planned in self.script.vouchers:
            self.backing.confirm(planned, self.papers)
        self.backing.contest("s6", self.papers)

    def _issue(self, reference: str) -> None:
        planned = next(item for item in self.script.vouchers if item.reference == reference)
        self._not_before(planned.issue_date)
        draft = self.stage.begin(
            f"{ISSUER}-maker", "voucher.issue", *self.backing.promise(planned, self.papers, planned.face_fen)
        )["draft"]
        if reference == "V1":
            self._wrong_checker(draft)
        found = self.stage.approved(ISSUER, draft)
        self._accept(planned, str(event(found, "voucher.issued")["voucher"]))

    def _accept(self, planned: PlannedVoucher, number: str) -> None:
        holder = planned.first_holder
        row = self.stage.reader(holder).row("vouchers", number)
        found = self.stage.do(holder, "voucher.accept", {"voucher": number, "consent": row["promise"]})
        self.vouchers[planned.reference] = number
        self.tags[holder, planned.reference] = str(event(found, "voucher.accepted")["holding"]["tag"])
        self.stage.say(
            f"  {planned.reference} is {number} over {format_amount(planned.face_fen)}, held by {holder}"
        )

    def _wrong_checker(self, draft: str) -> None:
        unlock = calls.Unlock("demo")
        maker = self.stage.client(f"{ISSUER}-maker")
        self.stage.refused(
            "the maker approves its own draft",
            f"{ISSUER}-maker",
            lambda: self._ignored(maker.approve(draft, unlock)),
        )

    def _ignored(self, _operation: str) -> None:
        """What should not have come back."""

    def _in_vain(self) -> None:
        self.backing.tried_in_vain(list(self.script.vouchers), self.papers)

    def _without_title(self) -> None:
        for number, (holder, ending) in enumerate((("s1", "reject"), ("s6", "withdraw"))):
            planned = next(item for item in self.script.vouchers if item.first_holder == holder)
            args, sealed = self.backing.promise(planned, self.papers, self.small[number])
            args |= {"reference": {"keyed": f"{planned.reference}-{ending}"}}
            args["nominal_maturity"] = "2026-09-30"
            found = self.stage.together(ISSUER, "voucher.issue", args, sealed)
            voucher = str(event(found, "voucher.issued")["voucher"])
            if ending == "reject":
                reason = {"reason": {"reason": "金额与订单不符"}}
                self.stage.caught_up(holder, int(found["height"]))
                self.stage.do(holder, "voucher.reject", {"voucher": voucher}, reason)
            else:
                self.stage.together(ISSUER, "voucher.withdraw", {"voucher": voucher})

    def _transfers(self) -> None:
        for planned in self.script.transfers:
            sealed = {"trade": trade(self.papers.invoices[planned.invoice], f"CG-{planned.invoice[-4:]}")}
            offer = self._offer(planned.voucher, planned.giver, planned.receiver, planned.amount_fen, sealed)
            found = self._take(planned.voucher, planned.receiver, offer)
            taken = event(found, "voucher.title_moved")["taken"]
            self.tags[planned.receiver, planned.voucher] = str(taken["tag"])
            self.moves[planned.giver, planned.receiver] = str(found["operation"])
            self.papers_of[planned.giver, planned.receiver] = offer.partition(":")[0]
            self.stage.say(
                f"  {planned.giver} → {planned.receiver}  {format_amount(planned.amount_fen)} of {planned.voucher}, layer {taken['layer']}"
            )

    def _offers_ended(self) -> None:
        declined = self._offer("V1", "s1", "s3", self.small[2])
        reason = {"reason": {"reason": "发票尚未开具"}}
        self.stage.do("s3", "voucher.decline", self._named("V1", declined), reason)
        recalled = self._offer("V1", "s1", "s2", self.small[3])
        self.stage.do("s1", "voucher.recall", self._named("V1", recalled))

    def _attempts(self) -> None:
        refused, stage = self.stage.refused, self.stage
        held = self._holding("V1", "s3")
        beyond = int(held["last"]) - int(held["first"]) + 2
        refused(
            "s3 offers more than it holds",
            "s3",
            lambda: stage.try_to(
                "s3", "voucher.offer", *self._row("V1", held, int(held["first"]), beyond, "s2")
            ),
        )
        open_offer = self._offer("V1", "s1", "s2", self.small[4])
        refused(
            "s3 takes what was offered to s2",
            "s3",
            lambda: stage.try_to("s3", "voucher.take", self._named("V1", open_offer)),
        )
        refused(
            "a checker of the issuer begins an act",
            f"{ISSUER}-checker",
            lambda: stage.try_to(f"{ISSUER}-checker", "voucher.withdraw", {"voucher": self.vouchers["V1"]}),
        )
        refused(
            "a strange bank looks at an operation of another seat",
            "factor-a-maker",
            lambda: stage.client("factor-a-maker").operation(self.moves["s1", "s2"]),
        )
        refused(
            "the core enterprise withdraws what was accepted",
            ISSUER,
            lambda: stage.try_together(ISSUER, "voucher.withdraw", {"voucher": self.vouchers["V1"]}),
        )
        self.stage.do("s1", "voucher.recall", self._named("V1", open_offer))

    def _race(self) -> None:
        """Offer the same units to two receivers at once, until both stood in one block."""
        ends: list[Row] = []
        for number in range(1, _RACE_ROUNDS + 1):
            ends = self._raced(self.small[5])
            in_one = ends[0]["height"] == ends[1]["height"]
            self.race = {
                "rounds": number,
                "in_one_block": in_one,
                "heights": [found["height"] for found in ends],
                "codes": sorted(str(found["code"]) for found in ends),
            }
            if in_one or number == _RACE_ROUNDS:
                break
        lost = [found for found in ends if found["state"] != "done"]
        self.stage.refused("a second offer of the same units, at the same time", "s6", lost.pop)

    def _raced(self, amount: int) -> list[Row]:
        """What became of two offers of the same units; raises `StoryBroken` unless exactly one was made."""
        held = self._holding("V2", "s6")
        first = self._free(held, amount)
        rows = [self._row("V2", held, first, amount, receiver) for receiver in ("s2", "s3")]
        with ThreadPoolExecutor(max_workers=2) as pool:
            begun = list(pool.map(lambda row: self.stage.begin("s6", "voucher.offer", *row), rows))
        ends = [self.stage.end_of("s6", item["operation"]) for item in begun]
        won = [found for found in ends if found["state"] == "done"]
        if len(won) != 1:
            raise StoryBroken(f"Of two offers of the same units {len(won)} were made.")
        self.stage.do("s6", "voucher.recall", self._named("V2", f"{won[0]['operation']}:1"))
        return ends

    def _lapse(self) -> None:
        offer = self._offer("V2", "s6", "s2", self.small[5])
        now = int(self.stage.reader("s1").get("/v1/today")["time_ms"])
        self.stage.advance(now + 6 * _DAY_MS)
        self.stage.refused(
            "s2 takes an offer whose time is over",
            "s2",
            lambda: self.stage.try_to("s2", "voucher.take", self._named("V2", offer)),
        )

    def _blackout(self) -> None:
        begins = instant_ms(parse_date(_BLACKOUT_DAY))
        self.stage.advance(begins - 60 * _SECOND_MS)
        # Months have passed: cards that were signed in spring are not valid any more.
        self._cards()
        offer = self._offer("V1", "s1", "s2", self.small[5])
        self.stage.advance(begins + 3 * _SECOND_MS)
        held = self._holding("V1", "s1")
        self.stage.refused(
            f"s2 takes at {_BLACKOUT_DAY} 00:00:03",
            "s2",
            lambda: self.stage.try_to("s2", "voucher.take", self._named("V1", offer)),
        )
        self.stage.refused(
            f"s1 offers at {_BLACKOUT_DAY} 00:00:03",
            "s1",
            lambda: self.stage.try_to(
                "s1", "voucher.offer", *self._row("V1", held, int(held["last"]), 1, "s2")
            ),
        )

    def _refused_files(self) -> None:
        for path in sorted((self.data / "refused").iterdir()):
            content = path.read_bytes()
            if path.suffix == ".xml":
                try:
                    read_einvoice(content)
                except EInvoiceRefused as refused:
                    self.files.append({"file": path.name, "code": refused.code, "sentence": refused.sentence})
                else:
                    raise StoryBroken(f"The file {path.name} should have been refused.")
            else:
                self.files.extend(
                    {"file": f"{path.name}:{row.line}", "code": row.reason.value, "sentence": row.sentence}
                    for row in dry_run(content).rejected
                )
        for row in self.files:
            self.stage.say(f"  {row['file']}: {row['sentence']} [{row['code']}]")

    def _name_payees(self, reference: str) -> None:
        number, bank = self._settled_by(reference)
        reader = self.stage.reader(f"{bank}-maker")
        begins = int(reader.row("vouchers", number)["blackout"])
        now = int(reader.get("/v1/today")["time_ms"])
        if now < begins:
            self.stage.advance(begins + _SECOND_MS)
        self.paying.name_payees(number, bank)

    def _to_the_end(self, reference: str) -> None:
        number, bank = self._settled_by(reference)
        if reference == "V1":
            self.paying.in_full(number, bank)
        else:
            self.paying.short(number, bank)

    def _late(self) -> None:
        number, bank = self._settled_by("V2")
        planned = next(item for item in self.script.vouchers if item.reference == "V2")
        self._cards()
        self.paying.blocked(planned, self.papers, "WHILE-BLOCKED")
        self.paying.late(number, bank)
        self.paying.unblocked(planned, self.papers, "AFTER-BLOCK")

    def _settled_by(self, reference: str) -> tuple[str, str]:
        """The number of a voucher, and the bank through which it is paid."""
        planned = next(item for item in self.script.vouchers if item.reference == reference)
        return self.vouchers[reference], planned.settlement_bank

    def _offer(
        self, reference: str, giver: str, receiver: str, amount: int, sealed: Row | None = None
    ) -> str:
        held = self._holding(reference, giver)
        args, usual = self._row(reference, held, self._free(held, amount), amount, receiver)
        found = self.stage.do(giver, "voucher.offer", args, sealed or usual)
        offer = str(event(found, "voucher.offered")["offer"])
        self.stage.caught_up(receiver, int(found["height"]))
        return offer

    def _take(self, reference: str, receiver: str, offer: str) -> Row:
        return self.stage.do(receiver, "voucher.take", self._named(reference, offer))

    def _row(self, reference: str, held: Row, first: int, amount: int, receiver: str) -> tuple[Row, Row]:
        row = {
            "first": first,
            "last": first + amount - 1,
            "receiver": self.stage.receiver(receiver),
            "trade_reference": {"keyed": f"{reference}-{receiver}-{first}-{amount}"},
            "value_date": "",
        }
        content = {"contract": "CG-2026", "invoices": [], "purpose": "货款", "amount": format_amount(amount)}
        args = {"voucher": self.vouchers[reference], "holding": held["first"], "rows": [row]}
        return args, {"trade": content}

    def _holding(self, reference: str, client: str) -> Row:
        """The largest live holding of a client's tag."""
        tag = self.tags[client, reference]
        mine = {"voucher": self.vouchers[reference], "tag": tag, "status": "LIVE"}
        rows = list(self.stage.reader(client).rows("holdings", **mine))
        return max(rows, key=lambda row: int(row["face"]))

    def _free(self, held: Row, amount: int) -> int:
        client = self.stage.reader("s1")  # every gateway lists every offer
        bound = [
            (int(row["first"]), int(row["last"]))
            for row in client.rows("offers", voucher=str(held["voucher"]), status="OPEN")
        ]
        found = lowest_free(int(held["first"]), int(held["last"]), bound, amount)
        if found is None:
            raise StoryBroken(f"{held['holding']} has no {format_amount(amount)} in one piece.")
        return found

    def _named(self, reference: str, offer: str) -> Row:
        return {"voucher": self.vouchers[reference], "offer": offer}

    def _not_before(self, day: date) -> None:
        """Let the chain's clock reach 09:00 of a day."""
        wanted = instant_ms(day, 9)
        now = int(self.stage.reader(f"{ISSUER}-maker").get("/v1/today")["time_ms"])
        if now < wanted:
            self.stage.advance(wanted)
            self._cards()


def event(found: Row, name: str) -> Row:
    """One fact of an operation's receipt; raises `StoryBroken` where it is not there."""
    for item in found["receipt"]["events"]:
        if item["event"] == name:
            return dict[str, Any](item)
    raise StoryBroken(f"The operation {found['operation']} published no {name}.")
