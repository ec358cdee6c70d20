"""A voucher that is financed and paid to the last fen, through the gateways of an alliance whose story has ended."""

from pathlib import Path
from typing import Any, Final

from tallychain.demo.backing import Backing
from tallychain.demo.paying import Paying
from tallychain.demo.script import read_papers, read_script
from tallychain.demo.stage import Stage
from tallychain.demo.story import ISSUER
from tallychain.gateway.quotes import MARGIN_MS
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.money import format_amount
from tallychain.sdk.quotes import content_of
from tests.e2e.machine import until

DATA: Final = Path(__file__).parents[2] / "examples" / "chain"
SELLER: Final = "s1"
FUNDER: Final = "bank-b"
BOOK: Final = "s4"
"""The seat for which the funder buys."""
SELLERS_BANK: Final = "bank-a"
BANK: Final = "settle-a"
FACE: Final = 1_000_000
SOLD: Final = 400_000
RATE: Final = 36_500
HOUR_MS: Final = 3_600_000
DOCUMENT: Final = "d0" * 32

Row = dict[str, Any]


def now_ms(stage: Stage) -> int:
    """What the chain's clock shows."""
    return int(stage.reader(f"{ISSUER}-maker").get("/v1/today")["time_ms"])


def financed_and_paid(stage: Stage) -> Row:
    """10,000.00 are promised, 4,000.00 of them sold, and everything is paid at the maturity; what came of it."""
    backing = Backing(stage, ISSUER)
    number = promised(stage, backing)
    sale = sold(stage, number)
    accounts(stage, number)
    paying = Paying(stage, ISSUER, backing)
    paying.in_full(number, BANK)
    reader = stage.reader(f"{BANK}-maker")
    paid = {
        row["holding"].split(":")[1]: format_amount(row["amount"])
        for row in reader.rows("payouts", voucher=number)
    }
    used = next(iter(reader.rows("ceiling_usage", issuer=ISSUER)))["used"]
    return {**sale, "paid": paid, "status": reader.row("vouchers", number)["status"], "used": used}


def promised(stage: Stage, backing: Backing) -> str:
    """A voucher on what is left of the invoices behind V1, accepted by its receiver; its number."""
    script, papers = read_script(DATA, 1), read_papers(DATA)
    planned = next(item for item in script.vouchers if item.reference == "V1")
    seller = planned.first_holder
    own = {row["payable"] for row in stage.reader(seller).rows("papers")}
    confirmed = stage.reader(seller).rows("payables", issuer=ISSUER, status="CONFIRMED")
    backing.payables[seller] = next(row["payable"] for row in confirmed if row["payable"] in own)
    args, sealed = backing.promise(planned, papers, FACE, "FINANCED")
    events = stage.together(ISSUER, "voucher.issue", args, sealed)["receipt"]["events"]
    issued = next(item for item in events if item["event"] == "voucher.issued")
    stage.do(seller, "voucher.accept", {"voucher": issued["voucher"], "consent": issued["promise"]})
    return str(issued["voucher"])


def sold(stage: Stage, number: str) -> Row:
    """From the request to title: the funder pays by itself, and the seller's bank has seen the money."""
    named, net = quoted(stage, number)
    quote = next(iter(stage.reader(SELLER).rows("financing_quotes", financing=named["financing"])))
    chosen = {**named, "funder": FUNDER, "quote": quote["commitment"], "seller_bank": SELLERS_BANK}
    payment = {"amount": net, "name": "S1", "bank_code": "102290000000", "account": "1001"}
    awarded = stage.do(SELLER, "financing.award", chosen, {"payment": payment})
    at_ms = now_ms(stage)
    shown = {"registration": f"FIN{at_ms}", "registered_ms": at_ms, "certificate": DOCUMENT}
    stage.together(FUNDER, "financing.register", {**named, **shown})
    commitment = awarded["receipt"]["events"][-1]["payment"]
    booked = {"payment": commitment, "reference": f"FK-{at_ms}", "booked_ms": at_ms, "document": DOCUMENT}
    stage.together(FUNDER, "financing.disburse", {**named, **booked})
    unconfirmed = stage.reader(SELLER).row("financings", named["financing"])["status"]
    stage.together(SELLERS_BANK, "financing.attest", {**named, "came": True, "document": DOCUMENT})
    stage.do(SELLER, "financing.complete", named)
    row = stage.reader(SELLER).row("financings", named["financing"])
    return {"net": net, "statuses": (unconfirmed, row["status"])}


def quoted(stage: Stage, number: str) -> tuple[Row, int]:
    """A part is asked money for; the funder's gateway delivers its quote by itself.  What acts on it begin with, and the net."""
    began_ms = now_ms(stage)
    args = {
        "voucher": number,
        "holding": 1,
        "first": 1,
        "last": SOLD,
        "form": "FACTORING",
        "recourse": False,
        "funders": [FUNDER],
        "closes_ms": began_ms + HOUR_MS,
    }
    reasons = {"contract": "CG-1", "invoices": [], "purpose": "采购原材料"}
    name = stage.do(SELLER, "financing.request", args, {"reasons": reasons})["operation"]
    named = {"voucher": number, "financing": name}
    row = stage.reader(f"{FUNDER}-maker").row("financings", name)
    content = content_of(
        SOLD,
        row["maturity"],
        rate=RATE,
        fees=0,
        value_date=format_date(local_day(began_ms)),
        contract="BL-1",
    )
    stage.sign_cards(BOOK)
    quote = {
        **named,
        "commitment": {"quote": content},
        "receiver": stage.receiver(BOOK),
        "paying_bank": FUNDER,
    }
    stage.together(FUNDER, "financing.quote", quote)
    stage.advance(began_ms + HOUR_MS + MARGIN_MS)
    until(lambda: list(stage.reader(SELLER).rows("quote_terms", financing=name)))
    read = next(iter(stage.reader(SELLER).rows("quote_terms", financing=name)))
    return named, int(read["net"])


def accounts(stage: Stage, number: str) -> None:
    """The day before the maturity the sponsors name the accounts of both holders."""
    row = stage.reader(f"{BANK}-maker").row("vouchers", number)
    stage.advance(int(row["blackout"]) + 1)
    for first, sponsor in ((1, FUNDER), (SOLD + 1, SELLERS_BANK)):
        payee = {
            "name": sponsor,
            "uscc": stage.persons[BOOK if sponsor == FUNDER else SELLER].uscc,
            "bank": "示例银行",
            "bank_code": "102290000000",
            "account": f"6222{first:012d}",
        }
        args = {"voucher": number, "holding": first}
        stage.do(f"{sponsor}-system", "settlement.payee", args, {"payee": payee})
