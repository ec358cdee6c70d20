"""Pledges as rows, and what a gateway could open of their terms and claims."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.pledging import events
from tallychain.contracts.vouchers.pledging.contents import ClaimContent, TermsContent
from tallychain.contracts.vouchers.pledging.operations import ClaimPledge
from tallychain.contracts.vouchers.pledging.state import (
    CLAIMED,
    CONTESTED,
    IN_COURT,
    LIFTED,
    PLEDGED,
    UNCONTESTED,
)
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed
from tallychain.contracts.vouchers.state import DECLINED, RECALLED
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    PLEDGED: Words("pledged", "已质押"),
    CLAIMED: Words("claimed, may be contested", "已主张，异议期内"),
    UNCONTESTED: Words("the claim stands", "主张成立"),
    CONTESTED: Words("contested", "有异议"),
    IN_COURT: Words("a court decides", "诉讼或仲裁中"),
    LIFTED: Words("released by the pledgee", "质权人已解除"),
}


def _pledge(name: str, values: Values) -> Rows:
    return set_row("pledges", (name,), values)


def _proposed(event: events.PledgeProposed, fact: Fact) -> Rows:
    return _pledge(
        event.pledge,
        {
            "voucher": event.voucher,
            "holding": event.holding,
            "first": event.first,
            "face": event.last - event.first + 1,
            "tag": event.tag,
            "sponsor": event.sponsor,
            "pledgee": event.pledgee,
            "until": event.until,
            "height": fact.height,
            "proposed_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _claimed(event: events.PledgeClaimed, fact: Fact) -> Rows:
    return _pledge(event.pledge, {"claim": event.claim, "claimed_at": fact.time_ms, "status": event.timeline})


PLEDGES_VIEW = View(
    name="pledges",
    title=Words("Pledges", "质押"),
    key=("pledge",),
    columns=(
        columns.text("pledge", "Pledge", "质押编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.amount("face", "Face", "金额"),
        columns.text("tag", "Holder's tag", "持有标签"),
        columns.text("sponsor", "Sponsor when pledged", "出质时接入机构"),
        columns.text("pledgee", "Pledgee", "质权人"),
        columns.day("until", "Until", "质押截止日"),
        columns.text("registration", "Digest of the registration", "登记证明摘要"),
        columns.text("claim", "Last claim", "最近一次主张"),
        columns.time("claimed_at", "Claimed at", "主张时间"),
        columns.text("document", "Digest of the court's notice", "受理通知书摘要"),
        columns.units("height", "Height", "区块高度"),
        columns.time("proposed_at", "Proposed at", "申请时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.PledgeProposed, _proposed),
        of(events.PledgeRecalled, lambda e, _: _pledge(e.pledge, {"status": settled(RECALLED)})),
        of(events.PledgeDeclined, lambda e, _: _pledge(e.pledge, {"status": settled(DECLINED)})),
        of(
            events.PledgeAccepted,
            lambda e, _: _pledge(e.pledge, {"registration": e.registration, "status": e.timeline}),
        ),
        of(events.PledgeLifted, lambda e, _: _pledge(e.pledge, {"status": settled(LIFTED)})),
        of(events.PledgeClaimed, _claimed),
        of(events.ClaimContested, lambda e, _: _pledge(e.pledge, {"status": e.timeline})),
        of(
            events.PledgeInCourt,
            lambda e, _: _pledge(e.pledge, {"document": e.document, "status": e.timeline}),
        ),
        of(events.ClaimStood, lambda e, _: _pledge(e.pledge, {"status": settled(UNCONTESTED)})),
        of(
            HolderRekeyed,
            lambda e, _: [RowWrite("pledges", (name,), {"tag": e.receiver.tag}) for name in e.pledges],
        ),
        of(events.PledgeEnded, lambda e, _: _pledge(e.pledge, {"status": settled(e.status)})),
    ),
)


def _terms(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if isinstance(content, TermsContent):
        values: Values = {"secured": content.secured, "contract": content.contract}
        yield RowWrite("pledge_terms", (opening.seat, opening.operation), values)


TERMS_VIEW = View(
    name="pledge_terms",
    title=Words("What pledges secure", "质押担保内容"),
    key=("seat", "pledge"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("pledge", "Pledge", "质押编号"),
        columns.amount("secured", "Secured amount", "担保金额"),
        columns.text("contract", "Contract", "质押合同编号"),
    ),
    private=True,
    project_opening=_terms,
)


def _claim(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, ClaimContent) and isinstance(args, ClaimPledge):
        values: Values = {
            "pledge": args.pledge,
            "voucher": args.voucher,
            "amount": content.amount,
            "contract": content.contract,
            "bank_code": content.bank_code,
            "account": content.account,
            "claimed_at": opening.time_ms,
        }
        yield RowWrite("pledge_claims", (opening.seat, opening.operation), values)


CLAIMS_VIEW = View(
    name="pledge_claims",
    title=Words("Claims from pledges", "质权主张"),
    key=("seat", "claim"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("claim", "Claim", "主张操作编号"),
        columns.text("pledge", "Pledge", "质押编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.amount("amount", "Claimed", "主张金额"),
        columns.text("contract", "Contract", "质押合同编号"),
        columns.text("bank_code", "Bank code", "联行号"),
        columns.text("account", "Account", "账号"),
        columns.time("claimed_at", "Claimed at", "主张时间"),
    ),
    private=True,
    project_opening=_claim,
)

VIEWS = (PLEDGES_VIEW, TERMS_VIEW, CLAIMS_VIEW)
