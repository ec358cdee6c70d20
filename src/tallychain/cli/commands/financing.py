"""`tally financing`: money for units of a voucher, from the request through sealed quotes to title or pledge."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from tallychain.cli import output
from tallychain.cli.acting import committed, money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.times import local
from tallychain.cli.values import AMOUNT, DAY, INSTANT, PERCENT, RECEIVER, read_file

F = TypeVar("F", bound=Callable[..., Any])

_FINANCING = click.argument("financing", metavar="FINANCING")
_FORMS: Final = ("FACTORING", "PLEDGE", "REFACTORING")
_DIGEST_ONLY: Final = "only its digest leaves this machine"
_KEPT: Final = "kept with this seat's documents, its commitment on the ledger"


def _document(name: str, what: str, how: str = _DIGEST_ONLY) -> Callable[[F], F]:
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option(name, "document", type=kind, required=True, help=f"{what}; {how}.")


@click.group(cls=Group)
def financing() -> None:
    """Ask for money for units; quote, compare, choose, register, pay, confirm and dispute; look at financings."""


@financing.command(
    examples=[
        "tally --as s1 financing request EVTALY20260316000000000180:1-100000000:1 --amount 300,000.00 \\",
        '    --ask bank-b --ask factor-a --until "2026-04-15 16:00:00" --contract CG-2026-0401 --purpose 采购原材料',
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option(
    "--amount", type=AMOUNT, help="How much of it, in yuan, from its first unit on; else all of it."
)
@click.option("--ask", "funders", metavar="MEMBER", multiple=True, required=True, help="Who may quote.")
@click.option("--until", type=INSTANT, required=True, help="From when on no quote is taken.")
@click.option("--form", type=click.Choice(_FORMS), default="FACTORING", show_default=True)
@click.option("--recourse", is_flag=True, help="The funder may come back to the seller.")
@click.option("--contract", required=True, help="Number of the contract behind the units; sealed.")
@click.option("--invoice", "invoices", multiple=True, help="Number of an invoice behind them; sealed.")
@click.option("--purpose", required=True, help="What the money is for; sealed.")
@wait_option()
def request(
    holding: str,
    amount: int | None,
    funders: tuple[str, ...],
    until: int,
    form: str,
    recourse: bool,
    contract: str,
    invoices: tuple[str, ...],
    purpose: str,
    wait: bool,
) -> None:
    """Ask banks and factors for money; nothing is bound before a quote is chosen."""
    me = session()
    row = me.client.row("holdings", holding)
    args = {
        "voucher": row["voucher"],
        "holding": row["first"],
        "first": row["first"],
        "last": row["last"] if amount is None else row["first"] + amount - 1,
        "form": form,
        "recourse": recourse,
        "funders": sorted(set(funders)),
        "closes_ms": until,
    }
    reasons = {"contract": contract, "invoices": list(invoices), "purpose": purpose}
    _do(me, "financing.request", args, {"reasons": reasons}, wait=wait)


@financing.command(
    examples=[
        "tally --as factor-a-maker financing quote f1…f1 --rate 3.65 --value-date 2026-04-16 \\",
        "    --contract BL-2026-0416 --paying-bank settle-a --to factor-a",
    ]
)
@_FINANCING
@click.option("--rate", type=PERCENT, required=True, help="Percent a year, such as 3.65; sealed.")
@click.option(
    "--fees", type=AMOUNT, default=0, help="All fees of the seller, in yuan; sealed.  [default: 0.00]"
)
@click.option("--value-date", type=DAY, required=True, help="Day on which the money goes; sealed.")
@click.option("--day-count", type=click.Choice(("ACT_360", "ACT_365")), default="ACT_360", show_default=True)
@click.option("--contract", required=True, help="Number of the contract that the award concludes; sealed.")
@click.option(
    "--paying-bank", metavar="MEMBER", required=True, help="The bank that pays; it may be the funder."
)
@click.option(
    "--to", "receiver", type=RECEIVER, required=True, help="Who gets title: a seat of the funder itself."
)
@wait_option()
def quote(
    financing: str,
    rate: int,
    fees: int,
    value_date: str,
    day_count: str,
    contract: str,
    paying_bank: str,
    receiver: dict[str, str],
    wait: bool,
) -> None:
    """Commit to a quote; needs a second person.  The gateway computes it, keeps it and delivers it by itself; the last one counts."""
    from tallychain.sdk.quotes import PriceNotPossible, content_of

    me = session()
    row = me.client.row("financings", financing)
    try:
        content = content_of(
            row["face"],
            row["maturity"],
            rate=rate,
            fees=fees,
            value_date=value_date,
            day_count=day_count,
            contract=contract,
        )
    except PriceNotPossible as wrong:
        raise Failure("GATEWAY_QUOTE_NOT_TRUE", str(wrong)) from None
    args = {
        "voucher": row["voucher"],
        "financing": financing,
        "commitment": {"quote": content},
        "receiver": receiver,
        "paying_bank": paying_bank,
    }
    _do(me, "financing.quote", args, {}, wait=wait)


@financing.command(examples=["tally --as s1 financing quotes f1…f1"])
@_FINANCING
def quotes(financing: str) -> None:
    """Quotes compared, the one that leaves most first; before they are delivered only who has committed."""
    found = _compared(session(), financing)
    output.print_table(
        [_as_record(one) for one in found],
        ["Funder", "Net proceeds", "All-in a year", "Rate", "Interest", "Fees", "Paying bank", "State", ""],
        [
            (
                one.funder,
                *_said(one),
                one.paying_bank,
                one.state,
                "best" if one.is_best else "FALSE" if one.is_false else "",
            )
            for one in found
        ],
        "Nobody has quoted.",
    )


@financing.command(examples=["tally --as s1 financing challenge f1…f1 --funder factor-a"])
@_FINANCING
@click.option("--funder", metavar="MEMBER", required=True)
@wait_option()
def challenge(financing: str, funder: str, wait: bool) -> None:
    """Show everybody that a delivered quote is false: it is void.  The gateway opens it."""
    _on("financing.challenge", financing, {"funder": funder}, wait=wait)


@financing.command(
    examples=[
        "tally --as s1 financing award f1…f1 --funder factor-a --seller-bank bank-a \\",
        "    --name 某某供应有限公司 --bank-code 102290000000 --account 1001234567890123456",
    ]
)
@_FINANCING
@click.option("--funder", metavar="MEMBER", required=True)
@click.option(
    "--seller-bank", metavar="MEMBER", required=True, help="The bank at which you are paid; never the funder."
)
@click.option("--name", required=True, help="In whose name the account is; sealed.")
@click.option("--bank-code", default="", help="Number of that bank in the payment system; sealed.")
@click.option("--account", required=True, help="The account to which the money goes; sealed.")
@wait_option()
def award(
    financing: str, funder: str, seller_bank: str, name: str, bank_code: str, account: str, wait: bool
) -> None:
    """Choose a quote: its units are bound, and its net proceeds are what is to be paid."""
    me = session()
    chosen = next((one for one in _compared(me, financing) if one.funder == funder), None)
    if chosen is None or chosen.content is None:
        raise Failure("QUOTE_NOT_USABLE", f"No quote of {funder} can be read here.")
    payment = {"amount": chosen.content.net, "name": name, "bank_code": bank_code, "account": account}
    args = {"funder": funder, "quote": chosen.commitment, "seller_bank": seller_bank}
    _on("financing.award", financing, args, {"payment": payment}, wait=wait)


@financing.command(examples=["tally --as s1 financing close f1…f1"])
@_FINANCING
@wait_option()
def close(financing: str, wait: bool) -> None:
    """Take none of the quotes."""
    _on("financing.close", financing, wait=wait)


@financing.command(
    examples=[
        "tally --as factor-a-maker financing register f1…f1 --number 10012345000987654321 \\",
        '    --registered "2026-04-16 10:05:00" --certificate certificate.pdf',
    ]
)
@_FINANCING
@click.option("--number", required=True, help="Number in the movable-property registry.")
@click.option("--registered", type=INSTANT, required=True, help="When it was registered.")
@_document("--certificate", "The certificate of the registry", _KEPT)
@wait_option()
def register(financing: str, number: str, registered: int, document: Path, wait: bool) -> None:
    """Show the registration, as the chosen funder, so that its bank may pay; needs a second person."""
    kept = committed(session(), document)
    args = {"registration": number, "registered_ms": registered, "certificate": kept}
    _on("financing.register", financing, args, wait=wait)


@financing.command(
    examples=[
        "tally --as settle-a-maker financing disburse f1…f1 --reference FK-20260416-0001 \\",
        '    --booked "2026-04-16 14:30:00" --document booking.pdf',
    ]
)
@_FINANCING
@click.option("--reference", required=True, help="The bank's reference of the booking.")
@click.option("--booked", type=INSTANT, required=True, help="When it was booked.")
@_document("--document", "The booking's record")
@wait_option()
def disburse(financing: str, reference: str, booked: int, document: Path, wait: bool) -> None:
    """Say that the awarded amount was paid, as the paying bank; needs a second person."""
    payment = session().client.row("financings", financing)["payment"]
    args = {
        "payment": payment,
        "reference": reference,
        "booked_ms": booked,
        "document": _digest(document),
    }
    _on("financing.disburse", financing, args, wait=wait)


@financing.command(
    examples=["tally --as bank-a-maker financing attest f1…f1 --came --document statement.pdf"]
)
@_FINANCING
@click.option("--came/--came-not", "came", default=None, required=True, help="Whether the money has come.")
@_document("--document", "The account's statement")
@wait_option()
def attest(financing: str, came: bool, document: Path, wait: bool) -> None:
    """Say whether the money came, as the seller's bank; once, and it needs a second person."""
    _on("financing.attest", financing, {"came": came, "document": _digest(document)}, wait=wait)


@financing.command(examples=["tally --as s1 financing complete f1…f1"])
@_FINANCING
@wait_option()
def complete(financing: str, wait: bool) -> None:
    """Confirm the money, as the seller: title or pledge is the funder's at once."""
    _on("financing.complete", financing, wait=wait)


@financing.command(examples=["tally --as s1 financing refute f1…f1 --reason 款项未到账"])
@_FINANCING
@click.option("--reason", default="", help="Why; for the funder and the two banks only.")
@wait_option()
def refute(financing: str, reason: str, wait: bool) -> None:
    """Deny that the money came, as the seller; the seller's bank or an arbiter is heard."""
    _on("financing.refute", financing, {}, {"reason": {"reason": reason}} if reason else {}, wait=wait)


@financing.command(examples=["tally --as arbiter-maker financing decide f1…f1 --paid --document award.pdf"])
@_FINANCING
@click.option("--paid/--not-paid", "paid", default=None, required=True, help="Whether the seller was paid.")
@_document("--document", "The decision")
@wait_option()
def decide(financing: str, paid: bool, document: Path, wait: bool) -> None:
    """Decide a dispute, as an arbiter; needs a second person."""
    _on("financing.decide", financing, {"paid": paid, "document": _digest(document)}, wait=wait)


@financing.command(
    examples=["tally --as factor-a-maker financing deregister f1…f1 --document cancellation.pdf"]
)
@_FINANCING
@_document("--document", "The certificate that the registration was taken back")
@wait_option()
def deregister(financing: str, document: Path, wait: bool) -> None:
    """Show that a registration was taken back after a failure, as the funder; needs a second person."""
    _on("financing.deregister", financing, {"document": _digest(document)}, wait=wait)


@financing.command("list", examples=["tally --as factor-a-maker financing list --status BIDDING"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
@click.option("--status", help="Only in this status.")
def list_financings(voucher: str | None, status: str | None) -> None:
    """Financings, as of the last block that this gateway has."""
    filters = {"voucher": voucher or "", "status": status or ""}
    rows = list(
        session().client.rows("financings", **{name: value for name, value in filters.items() if value})
    )
    output.print_table(
        rows,
        ["Financing", "Voucher", "Face", "Form", "Asked", "Funder", "Quotes until", "Status"],
        [
            (
                row["financing"],
                row["voucher"],
                money(row["face"]),
                row["form"],
                row["funders"],
                row["funder"] or "",
                local(row["closes_at"]),
                row["status"],
            )
            for row in rows
        ],
        "Nobody asks for money.",
    )


@financing.command(examples=["tally --as s1 financing show f1…f1"])
@_FINANCING
def show(financing: str) -> None:
    """One financing with what this seat may read of it."""
    client = session().client
    row = client.row("financings", financing)
    reasons = list(client.rows("financing_reasons", financing=financing))
    payments = list(client.rows("financing_payments", financing=financing))
    lines: list[tuple[str, object]] = [
        (name.replace("_", " "), local(value) if name.endswith("_at") else value)
        for name, value in row.items()
        if value not in (None, "", 0)
    ]
    for part in (*reasons, *payments):
        lines += [(name, value) for name, value in part.items() if name not in ("seat", "financing")]
    output.print_record({**row, "reasons": reasons, "payments": payments}, lines)


def _compared(me: Session, financing: str) -> list[Any]:
    from tallychain.sdk.quotes import compared

    row = me.client.row("financings", financing)
    made = me.client.rows("financing_quotes", financing=financing)
    return compared(row, made, me.client.rows("quote_terms", financing=financing))


def _said(one: Any) -> tuple[str, ...]:
    from tallychain.sdk.quotes import percent

    if one.content is None:
        return ("sealed", "", "", "", "")
    content = one.content
    return (
        money(content.net),
        percent(one.all_in) if one.is_true else "",
        percent(content.rate),
        money(content.interest),
        money(content.fees),
    )


def _as_record(one: Any) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(one), "can_be_chosen": one.can_be_chosen}


def _on(
    kind: str,
    financing: str,
    more: dict[str, Any] | None = None,
    sealed: dict[str, Any] | None = None,
    *,
    wait: bool,
) -> None:
    """An act on a financing that stands."""
    me = session()
    row = me.client.row("financings", financing)
    args = {"voucher": row["voucher"], "financing": financing, **(more or {})}
    _do(me, kind, args, sealed or {}, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
