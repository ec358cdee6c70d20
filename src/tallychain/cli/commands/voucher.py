"""`tally voucher`: promises to pay, and passing parts of them on."""

from typing import TYPE_CHECKING, Any, Final

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import AMOUNT, DAY, RECEIVER, reference

if TYPE_CHECKING:
    from tallychain.sdk.client import GatewayClient, Wish

_PROMISE: Final = "本公司承诺于到期日向本凭证的最终持有人无条件支付票面金额。"
SEALED: Final = "sealed: not for this seat"
_VOUCHER = click.argument("voucher", metavar="VOUCHER")
_OFFER = click.argument("offer", metavar="OFFER")


@click.group(cls=Group)
def voucher() -> None:
    """Issue, accept, pass on and look at vouchers: promises of a core enterprise to pay at maturity."""


@voucher.command(
    examples=[
        "tally --as core-a-maker voucher issue --payable 4d…4d --face 1,000,000.00 --maturity 2026-09-14 \\",
        "    --settlement-bank settle-a --reference HT-2026-0316 --contract HT-2026-0316 --papers 1,120,000.00",
    ]
)
@click.option(
    "--payable", required=True, help="The confirmed payable that backs it; who presented it receives."
)
@click.option("--face", type=AMOUNT, required=True, help="Amount promised, in yuan: 1,000,000.00.")
@click.option("--maturity", type=DAY, required=True, help="Day of payment.")
@click.option("--settlement-bank", required=True, metavar="MEMBER", help="Through which member it is paid.")
@click.option(
    "--reference", "number", required=True, help="Own number of the debt; goes on the ledger as a keyed hash."
)
@click.option("--promise", default=_PROMISE, help="Text of the promise; a usual one unless given.")
@click.option("--contract", default="", help="Number of the contract.")
@click.option("--invoice", "invoices", multiple=True, help="Number of an invoice behind it; may be repeated.")
@click.option("--purpose", default="", help="What was delivered.")
@click.option("--papers", default="", metavar="AMOUNT", help="What the invoices add up to.")
@click.option(
    "--term-reason",
    type=click.Choice(["INDUSTRY_CUSTOM", "LONG_PRODUCTION", "AGREED_TERM"]),
    default=None,
    help="Why the term is longer than usual; needed where it is.",
)
@click.option(
    "--guarantor", default="", metavar="MEMBER", help="Who stands for it; has to have given a guarantee."
)
@wait_option()
def issue(
    payable: str,
    face: int,
    maturity: str,
    settlement_bank: str,
    number: str,
    promise: str,
    contract: str,
    invoices: tuple[str, ...],
    purpose: str,
    papers: str,
    term_reason: str | None,
    guarantor: str,
    wait: bool,
) -> None:
    """Promise to pay who presented a payable; a second person of the issuer has to approve the draft."""
    me = session()
    args = {
        "reference": reference(number),
        "receiver": {"payable": payable},
        "currency": "CNY",
        "face": face,
        "nominal_maturity": maturity,
        "settlement_bank": settlement_bank,
        "payable": payable,
        "invoices": parts_for(me, payable, face),
        **({"term_reason": term_reason} if term_reason else {}),
        **({"guarantor": guarantor} if guarantor else {}),
    }
    content = {
        "promise": promise,
        "contract": contract,
        "invoices": list(invoices),
        "purpose": purpose,
        "amount": papers,
    }
    perform(me, _wish(me, "voucher.issue", args, {"trade": content}), wait=wait)


@voucher.command(examples=["tally --as s1 voucher accept EVTALY20260316000000000180"])
@_VOUCHER
@click.option("--yes", is_flag=True, help="Consent without being asked.")
@wait_option()
def accept(voucher: str, yes: bool, wait: bool) -> None:
    """Hold the whole voucher, consenting to the text of its promise."""
    me = session()
    row = me.client.row("vouchers", voucher)
    texts = [item["promise"] for item in me.client.rows("trades", operation=str(row["operation"]))]
    if texts and not yes:
        output.say(
            f"{row['issuer']} promises {money(row['face'])} on {row['effective_maturity']}:\n{texts[0]}"
        )
        click.confirm("Do you consent", abort=True, err=True)
    perform(me, _wish(me, "voucher.accept", {"voucher": voucher, "consent": row["promise"]}), wait=wait)


@voucher.command(examples=["tally --as s1 voucher reject EVTALY20260316000000000180 --reason 金额与发票不符"])
@_VOUCHER
@click.option("--reason", default="", help="Why; only the issuer can read it.")
@wait_option()
def reject(voucher: str, reason: str, wait: bool) -> None:
    """Turn a promise down as its receiver."""
    _do("voucher.reject", {"voucher": voucher}, _reason(reason), wait=wait)


@voucher.command(examples=["tally --as core-a-maker voucher withdraw EVTALY20260316000000000180"])
@_VOUCHER
@wait_option()
def withdraw(voucher: str, wait: bool) -> None:
    """Take a promise back before it is accepted; needs a second person."""
    _do("voucher.withdraw", {"voucher": voucher}, {}, wait=wait)


@voucher.command(examples=["tally --as core-a-maker voucher cancel EVTALY20260316000000000180"])
@_VOUCHER
@wait_option()
def cancel(voucher: str, wait: bool) -> None:
    """Ask every holder to give an accepted voucher up, as its issuer; needs a second person."""
    _do("voucher.cancel", {"voucher": voucher}, {}, wait=wait)


@voucher.command(examples=["tally --as s1 voucher consent EVTALY20260316000000000180:1-100000000:0"])
@click.argument("holding", metavar="HOLDING")
@wait_option()
def consent(holding: str, wait: bool) -> None:
    """Give one's holding up, as the issuer asked; the last holder's consent cancels the voucher."""
    client = session().client
    row = client.row("holdings", holding)
    voucher = str(row["voucher"])
    found = next(client.rows("cancellations", voucher=voucher, status="PENDING"), None)
    if found is None:
        raise Failure("CANCELLATION_NOT_PENDING", f"No cancellation of {voucher} waits for consents.")
    args = {"voucher": voucher, "cancellation": found["cancellation"], "holding": row["first"]}
    _do("voucher.consent", args, {}, wait=wait)


@voucher.command(
    examples=[
        "tally --as s1 voucher offer EVTALY20260316000000000180:1-100000000:0 --to s2 --amount 300,000.00 \\",
        "    --reference CG-2026-0401 --contract CG-2026-0401 --invoice 26992000000000000005",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option(
    "--to", "receiver", type=RECEIVER, required=True, help="Who receives: CODE@SPONSOR, or a client's name."
)
@click.option("--amount", type=AMOUNT, required=True, help="How much of the holding, in yuan.")
@click.option("--first", type=click.IntRange(1), help="Lowest unit offered; else the lowest that is free.")
@click.option("--value-date", type=DAY, default=None, help="Day before which title does not move.")
@click.option(
    "--reference",
    "number",
    required=True,
    help="Own number of the trade; goes on the ledger as a keyed hash.",
)
@click.option(
    "--contract",
    default="",
    help="Number of the contract between the two sides; the reference where none and no invoice is named.",
)
@click.option("--invoice", "invoices", multiple=True, help="Number of an invoice behind it; may be repeated.")
@click.option("--purpose", default="", help="What the transfer pays for.")
@click.option("--papers", default="", metavar="AMOUNT", help="What the invoices add up to.")
@wait_option()
def offer(
    holding: str,
    receiver: dict[str, str],
    amount: int,
    first: int | None,
    value_date: str | None,
    number: str,
    contract: str,
    invoices: tuple[str, ...],
    purpose: str,
    papers: str,
    wait: bool,
) -> None:
    """Offer a part of a holding to one receiver; for several at once see `tally do voucher.offer`."""
    me = session()
    held = me.client.row("holdings", holding)
    start = first if first is not None else free_units(me, held, amount)
    row = {
        "first": start,
        "last": start + amount - 1,
        "receiver": receiver,
        "trade_reference": reference(number),
        "value_date": value_date or "",
    }
    args = {"voucher": held["voucher"], "holding": held["first"], "rows": [row]}
    content = {
        "contract": contract or ("" if invoices else number),
        "invoices": list(invoices),
        "purpose": purpose,
        "amount": papers,
    }
    perform(me, _wish(me, "voucher.offer", args, {"trade": content}), wait=wait)


@voucher.command(examples=["tally --as s2 voucher take 5a…5a:1"])
@_OFFER
@wait_option()
def take(offer: str, wait: bool) -> None:
    """Take title to what was offered."""
    _answer("voucher.take", offer, {}, wait=wait)


@voucher.command(examples=["tally --as s2 voucher decline 5a…5a:1 --reason 金额与发票不符"])
@_OFFER
@click.option("--reason", default="", help="Why; only the other side can read it.")
@wait_option()
def decline(offer: str, reason: str, wait: bool) -> None:
    """Turn an offer down as its receiver."""
    _answer("voucher.decline", offer, _reason(reason), wait=wait)


@voucher.command(examples=["tally --as s1 voucher recall 5a…5a:1"])
@_OFFER
@wait_option()
def recall(offer: str, wait: bool) -> None:
    """Take an offer back before it is taken."""
    _answer("voucher.recall", offer, {}, wait=wait)


@voucher.command("list", examples=["tally --as bank-a-maker voucher list --status ACTIVE --output json"])
@click.option(
    "--status",
    help="ISSUED, ACTIVE, DUE, UNPAID_PENDING, OVERDUE, SETTLED, SETTLED_LATE, REJECTED and others.",
)
@click.option("--issuer", metavar="MEMBER", help="Only of this issuer.")
def list_vouchers(status: str | None, issuer: str | None) -> None:
    """Every voucher, as of the last block that this gateway has."""
    filters = {name: value for name, value in (("status", status), ("issuer", issuer)) if value}
    rows = list(session().client.rows("vouchers", **filters))
    output.print_table(
        rows,
        ["Voucher", "Issuer", "Face", "Issued", "Matures", "Status"],
        [
            (
                row["voucher"],
                row["issuer"],
                money(row["face"]),
                row["issue_day"],
                row["effective_maturity"],
                row["status"],
            )
            for row in rows
        ],
        "There are no such vouchers.",
    )


@voucher.command(examples=["tally --as s1 voucher show EVTALY20260316000000000180"])
@_VOUCHER
def show(voucher: str) -> None:
    """One voucher: its terms, its guarantor, who holds which part, what is on offer, and the papers that you may read."""
    client = session().client
    row = client.row("vouchers", voucher)
    holdings = list(client.rows("holdings", voucher=voucher))
    offers = list(client.rows("offers", voucher=voucher))
    trades = list(client.rows("trades", operation=str(row["operation"])))
    papers = [_papers(client, offer) for offer in offers]
    guarantee = next(client.rows("guarantees", voucher=voucher), None)
    if output.is_json():
        readable = [item for item in papers if item]
        output.print_json(
            {
                "voucher": row,
                "guarantee": guarantee,
                "holdings": holdings,
                "offers": offers,
                "trades": [*trades, *readable],
            }
        )
        return
    _show_terms(row, str(trades[0]["promise"]) if trades else SEALED, guarantee)
    _show_parts(holdings)
    _show_offers(offers, papers)


def _show_terms(row: dict[str, Any], promise: str, guarantee: dict[str, Any] | None) -> None:
    stands = []
    if guarantee is not None:
        paid, claim = money(guarantee["paid"]), money(guarantee["claim"])
        said = f"{guarantee['guarantor']} {guarantee['status']}: stands for {money(guarantee['liable'])}"
        stands = [("Guarantor", f"{said}, has paid {paid}, is owed {claim} by the issuer")]
    output.print_record(
        row,
        [
            ("Voucher", row["voucher"]),
            ("Issuer", row["issuer"]),
            ("Face", money(row["face"])),
            ("Issued", row["issue_day"]),
            (
                "Matures",
                f"{row['effective_maturity']} (nominal {row['nominal_maturity']}, {row['maturity']})",
            ),
            ("Settlement", row["settlement_bank"]),
            *stands,
            ("Status", row["status"]),
            ("Promise", promise),
        ],
    )


def _show_parts(holdings: list[dict[str, Any]]) -> None:
    rows = [(h["holding"], money(h["face"]), h["sponsor"], h["layer"], h["status"]) for h in holdings]
    click.echo()
    click.echo(output.table(["Holding", "Amount", "Sponsor", "Layer", "Status"], rows))


def _show_offers(offers: list[dict[str, Any]], papers: list[dict[str, Any]]) -> None:
    rows = [
        (
            offer["offer"],
            money(offer["face"]),
            offer["giver_sponsor"],
            offer["receiver_sponsor"],
            offer["status"],
            f"{paper['purpose']} {paper['invoices']}".strip() if paper else SEALED,
        )
        for offer, paper in zip(offers, papers, strict=True)
    ]
    click.echo()
    click.echo(output.table(["Offer", "Amount", "From", "To", "Status", "Papers"], rows))


def _papers(client: "GatewayClient", offer: dict[str, Any]) -> dict[str, Any]:
    """The papers behind one offer as far as this seat may read them; empty where it may not."""
    operation, _, row = str(offer["offer"]).partition(":")
    return next(client.rows("trades", operation=operation, row=row), {})


def free_units(me: Session, held: dict[str, Any], amount: int) -> int:
    """The lowest unit of a holding from which `amount` units are not on offer; raises `Failure`."""
    from tallychain.sdk.ranges import lowest_free

    bound = [
        (int(row["first"]), int(row["last"]))
        for row in me.client.rows("offers", voucher=str(held["voucher"]), status="OPEN")
    ]
    start = lowest_free(int(held["first"]), int(held["last"]), bound, amount)
    if start is None:
        raise Failure(
            "UNITS_NOT_FREE", f"The holding has no {money(amount)} in one piece that is not on offer already."
        )
    return start


def parts_for(me: Session, payable: str, face: int) -> list[dict[str, object]]:
    """What a voucher takes of a payable's invoices, in their order; raises `Failure` where not enough is left."""
    from tallychain.sdk.payables import parts_of, record_of

    papers = list(me.client.rows("payable_invoices", payable=payable))
    names = [record_of(row) for row in papers]
    invoices = [row for name in names for row in me.client.rows("invoices", invoice=name)]
    allocations = [row for name in names for row in me.client.rows("allocations", invoice=name)]
    parts = parts_of(papers, invoices, allocations, face)
    if parts is None:
        raise Failure(
            "NOT_ENOUGH_INVOICES", f"The invoices of the payable {payable} do not leave {money(face)}."
        )
    return parts


def _answer(type_name: str, offer: str, sealed: dict[str, Any], *, wait: bool) -> None:
    me = session()
    row = me.client.row("offers", offer)
    perform(me, _wish(me, type_name, {"voucher": row["voucher"], "offer": offer}, sealed), wait=wait)


def _do(type_name: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    me = session()
    perform(me, _wish(me, type_name, args, sealed), wait=wait)


def _wish(me: Session, type_name: str, args: dict[str, Any], sealed: dict[str, Any] | None = None) -> "Wish":
    from tallychain.sdk.client import Wish

    return Wish(type=type_name, args=args, sealed=sealed or {}, unlock=me.unlock())


def _reason(reason: str) -> dict[str, Any]:
    return {"reason": {"reason": reason}} if reason else {}
