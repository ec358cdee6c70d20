"""How voucher events become rows.  What a gateway could open of the sealed parts stands in `opened`."""

from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers import columns, events
from tallychain.contracts.vouchers.cancelling.events import VoucherCancelled
from tallychain.contracts.vouchers.courting import views as courting
from tallychain.contracts.vouchers.dating.events import MaturitySet
from tallychain.contracts.vouchers.financing.events import FinancingCompleted
from tallychain.contracts.vouchers.opened import IDENTITIES_VIEW, REASONS_VIEW, TRADES_VIEW
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed
from tallychain.contracts.vouchers.settling import views as settling
from tallychain.contracts.vouchers.sponsoring.events import HolderPorted
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    BY_COURT,
    BY_RECOURSE,
    CANCELLED,
    DECLINED,
    DUE,
    ENDED,
    EXPIRED,
    LIVE,
    OPEN,
    PAST_CUTOFF,
    RECALLED,
    REJECTED,
    SPENT,
    TAKEN,
    UNPAID,
    WITHDRAWN,
)
from tallychain.contracts.vouchers.titles import TITLE_MOVES_VIEW
from tallychain.ledger import identity
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import Step, Timeline, settled
from tallychain.ledger.views import Fact, RowsWrite, RowWrite, View

# --- vouchers


def _voucher(number: str, values: Values) -> Rows:
    return set_row("vouchers", (number,), values)


def _issued(event: events.VoucherIssued, fact: Fact) -> Rows:
    return _voucher(
        event.voucher,
        {
            "issuer": event.issuer,
            "reference": event.reference,
            "receiver": event.receiver.tag,
            "receiver_sealing": event.receiver.sealing,
            "receiver_sponsor": event.receiver.sponsor,
            "currency": event.currency,
            "face": event.face,
            "outstanding": event.face,
            "issue_day": event.issue_day,
            "nominal_maturity": event.nominal_maturity,
            "effective_maturity": event.effective_maturity,
            "maturity": event.maturity,
            "term_reason": event.term_reason,
            "blackout": event.blackout_ms,
            "cutoff": event.cutoff_ms,
            "settlement_bank": event.settlement_bank,
            "promise": event.promise,
            "term_policy": event.term_policy,
            "split_policy": event.split_policy,
            "settlement_policy": event.settlement_policy,
            "operation": fact.operation,
            "height": fact.height,
            "issued_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _dated(event: MaturitySet, _fact: Fact) -> Rows:
    return _voucher(
        event.voucher,
        {
            "effective_maturity": event.effective_maturity,
            "maturity": event.maturity,
            "blackout": event.blackout_ms,
            "cutoff": event.cutoff_ms,
            "status": event.timeline,
        },
    )


VOUCHERS_VIEW = View(
    name="vouchers",
    title=Words("Vouchers", "凭证"),
    key=("voucher",),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("reference", "Reference", "业务编号摘要"),
        columns.text("receiver", "Receiver's tag", "签收标签"),
        columns.text("receiver_sealing", "Receiver's sealing key", "签收方加密密钥"),
        columns.text("receiver_sponsor", "Receiver's sponsor", "签收方接入机构"),
        columns.text("currency", "Currency", "币种"),
        columns.amount("face", "Face", "票面金额"),
        columns.amount("outstanding", "Still owed", "未付余额"),
        columns.day("issue_day", "Issued", "开立日"),
        columns.day("nominal_maturity", "Nominal maturity", "名义到期日"),
        columns.day("effective_maturity", "Effective maturity", "实际到期日"),
        columns.text("maturity", "Maturity", "到期日状态"),
        columns.text("term_reason", "Reason of a long term", "长期限理由"),
        columns.time("blackout", "Black-out from", "停止转让时间"),
        columns.time("cutoff", "To be paid by", "付款截止时间"),
        columns.text("settlement_bank", "Settlement bank", "清分行"),
        columns.text("promise", "Commitment of the promise", "承诺文本摘要"),
        columns.units("term_policy", "Term policy", "期限规则版本"),
        columns.units("split_policy", "Split policy", "拆分规则版本"),
        columns.units("settlement_policy", "Settlement policy", "清分规则版本"),
        columns.text("operation", "Operation", "操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("issued_at", "Issued at", "开立时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.VoucherIssued, _issued),
        of(events.VoucherAccepted, lambda e, _: _voucher(e.voucher, {"status": e.timeline})),
        of(events.VoucherRejected, lambda e, _: _voucher(e.voucher, {"status": settled(REJECTED)})),
        of(events.VoucherWithdrawn, lambda e, _: _voucher(e.voucher, {"status": settled(WITHDRAWN)})),
        of(events.VoucherExpired, lambda e, _: _voucher(e.voucher, {"status": settled(EXPIRED)})),
        of(MaturitySet, _dated),
        of(VoucherCancelled, lambda e, _: _voucher(e.voucher, {"status": settled(CANCELLED)})),
        of(events.VoucherFellDue, lambda e, _: _voucher(e.voucher, {"status": e.timeline})),
        settling.voucher_rows,
    ),
)


# --- holdings


def _holding(
    event: events.VoucherAccepted | events.TitleMoved | events.HoldingDivided,
    held: events.HeldUnits,
    fact: Fact,
) -> RowWrite:
    unpaid = (Step(event.cutoff_ms, UNPAID),) if event.cutoff_ms else ()
    return _held(event.voucher, held, Timeline(LIVE, (Step(event.due_ms, DUE), *unpaid)), fact)


def _held(voucher: str, held: events.HeldUnits, status: Timeline, fact: Fact) -> RowWrite:
    return RowWrite(
        "holdings",
        (held.id,),
        {
            "voucher": voucher,
            "first": held.first,
            "last": held.last,
            "face": held.last - held.first + 1,
            "tag": held.tag,
            "sealing": held.sealing,
            "sponsor": held.sponsor,
            "layer": held.layer,
            "parent": held.parent,
            "acquired_by": held.acquired_by,
            "operation": fact.operation,
            "height": fact.height,
            "acquired_at": fact.time_ms,
            "status": status,
        },
    )


def _first_holding(event: events.VoucherAccepted, fact: Fact) -> Rows:
    return (_holding(event, event.holding, fact),)


def _moved_holdings(event: events.TitleMoved, fact: Fact) -> Rows:
    yield RowWrite("holdings", (event.spent,), {"status": settled(SPENT)})
    for held in (event.taken, *event.rests):
        yield _holding(event, held, fact)


def _divided_holdings(event: events.HoldingDivided, fact: Fact) -> Rows:
    yield RowWrite("holdings", (event.spent,), {"status": settled(SPENT)})
    for held in event.pieces:
        yield _holding(event, held, fact)


def _bought_holdings(event: FinancingCompleted, fact: Fact) -> Rows:
    if event.spent:
        yield RowWrite("holdings", (event.spent,), {"status": settled(SPENT)})
    for held in event.taken:
        yield _held(event.voucher, held, event.status, fact)


def _dated_holdings(event: MaturitySet, _fact: Fact) -> Rows:
    unpaid = (Step(event.cutoff_ms, UNPAID),) if event.cutoff_ms else ()
    status = event.timeline.status
    if status in PAST_CUTOFF:
        stands = settled(UNPAID)
    elif status == ACTIVE:
        stands = Timeline(LIVE, (Step(event.due_ms, DUE), *unpaid))
    else:
        stands = Timeline(DUE, unpaid)
    return [RowWrite("holdings", (name,), {"status": stands}) for name in event.holdings]


def _cancelled_holdings(event: VoucherCancelled, _fact: Fact) -> Rows:
    return [RowWrite("holdings", (name,), {"status": settled(CANCELLED)}) for name in event.holdings]


def _ported_holdings(event: HolderPorted, _fact: Fact) -> Rows:
    return [RowWrite("holdings", (name,), {"sponsor": event.sponsor}) for name in event.holdings]


def _rekeyed_holdings(event: HolderRekeyed, _fact: Fact) -> Rows:
    new = event.receiver
    values: Values = {"tag": new.tag, "sealing": new.sealing, "sponsor": new.sponsor}
    return [RowWrite("holdings", (name,), values) for name in event.holdings]


HOLDINGS_VIEW = View(
    name="holdings",
    title=Words("Holdings", "持有份额"),
    key=("holding",),
    columns=(
        columns.text("holding", "Holding", "持有份额编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.units("last", "Last unit", "截止单位"),
        columns.amount("face", "Face", "金额"),
        columns.text("tag", "Holder's tag", "持有标签"),
        columns.text("sealing", "Holder's sealing key", "持有方加密密钥"),
        columns.text("sponsor", "Sponsor", "接入机构"),
        columns.units("layer", "Layer", "流转层级"),
        columns.text("parent", "From holding", "来源份额"),
        columns.text("acquired_by", "Acquired", "取得方式"),
        columns.text("operation", "Operation", "操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("acquired_at", "Acquired at", "取得时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.VoucherAccepted, _first_holding),
        of(events.TitleMoved, _moved_holdings),
        of(events.HoldingDivided, _divided_holdings),
        of(FinancingCompleted, _bought_holdings),
        of(MaturitySet, _dated_holdings),
        of(VoucherCancelled, _cancelled_holdings),
        of(HolderPorted, _ported_holdings),
        of(HolderRekeyed, _rekeyed_holdings),
        settling.holding_rows,
        courting.holding_rows,
    ),
)


# --- offers


def _offer(name: str, values: Values) -> Rows:
    return set_row("offers", (name,), values)


def _offered(event: events.OfferMade, fact: Fact) -> Rows:
    return _offer(
        event.offer,
        {
            "voucher": event.voucher,
            "first": event.first,
            "last": event.last,
            "face": event.last - event.first + 1,
            "giver": event.giver.tag,
            "giver_sealing": event.giver.sealing,
            "giver_sponsor": event.giver.sponsor,
            "receiver": event.receiver.tag,
            "receiver_sealing": event.receiver.sealing,
            "receiver_sponsor": event.receiver.sponsor,
            "trade_reference": event.trade_reference,
            "value_date": event.value_date,
            "operation": fact.operation,
            "height": fact.height,
            "offered_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _fallen_offers(member: str) -> Rows:
    """What is open ends with the standing of either side's sponsor, as `standing.offer_status` has it, and stays so."""
    return [
        RowsWrite("offers", {side: member}, OPEN, {"status": settled(ENDED)})
        for side in ("giver_sponsor", "receiver_sponsor")
    ]


def _taken_offer(event: events.TitleMoved, _fact: Fact) -> Rows:
    """Where a court gave title, or a seller bought back, there was no offer."""
    is_given = event.taken.acquired_by in (BY_COURT, BY_RECOURSE)
    return () if is_given else _offer(event.offer, {"status": settled(TAKEN)})


def _voted(event: members.StandingVoted, _fact: Fact) -> Rows:
    return () if event.status == identity.ACTIVE else _fallen_offers(event.member)


def _ported_offers(event: HolderPorted, _fact: Fact) -> Rows:
    return [RowWrite("offers", (name,), {"giver_sponsor": event.sponsor}) for name in event.offers]


OFFERS_VIEW = View(
    name="offers",
    title=Words("Offers", "转让"),
    key=("offer",),
    columns=(
        columns.text("offer", "Offer", "转让编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.units("last", "Last unit", "截止单位"),
        columns.amount("face", "Face", "金额"),
        columns.text("giver", "Transferor's tag", "转让标签"),
        columns.text("giver_sealing", "Transferor's sealing key", "转让方加密密钥"),
        columns.text("giver_sponsor", "Transferor's sponsor", "转让方接入机构"),
        columns.text("receiver", "Receiver's tag", "签收标签"),
        columns.text("receiver_sealing", "Receiver's sealing key", "签收方加密密钥"),
        columns.text("receiver_sponsor", "Receiver's sponsor", "签收方接入机构"),
        columns.text("trade_reference", "Trade reference", "贸易编号摘要"),
        columns.day("value_date", "Value date", "起息日"),
        columns.text("operation", "Operation", "操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("offered_at", "Offered at", "转让时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.OfferMade, _offered),
        of(events.TitleMoved, _taken_offer),
        of(events.OfferDeclined, lambda e, _: _offer(e.offer, {"status": settled(DECLINED)})),
        of(events.OfferRecalled, lambda e, _: _offer(e.offer, {"status": settled(RECALLED)})),
        of(events.OfferExpired, lambda e, _: _offer(e.offer, {"status": settled(EXPIRED)})),
        of(events.OfferEnded, lambda e, _: _offer(e.offer, {"status": settled(ENDED)})),
        of(HolderPorted, _ported_offers),
        of(members.MemberSuspended, lambda e, _: _fallen_offers(e.member)),
        of(members.StandingVoted, _voted),
    ),
)


VIEWS = (
    VOUCHERS_VIEW,
    HOLDINGS_VIEW,
    OFFERS_VIEW,
    TITLE_MOVES_VIEW,
    TRADES_VIEW,
    IDENTITIES_VIEW,
    REASONS_VIEW,
    *settling.VIEWS,
)
