"""Telling the simple model what was done."""

from collections.abc import Mapping
from datetime import date

from tallychain.contracts.vouchers.cancelling.operations import Cancel, Consent
from tallychain.contracts.vouchers.operations import (
    Accept,
    Decline,
    Issue,
    MakeOffer,
    OfferRow,
    Recall,
    Reject,
    Take,
    Withdraw,
)
from tallychain.contracts.vouchers.sponsoring.operations import AnswerClaim, ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.tests.acts import Planned
from tallychain.contracts.vouchers.tests.model import (
    DAY_MS,
    Model,
    ModelOffer,
    ModelVoucher,
    midnight_ms,
    plain_maturity,
)


def follow(model: Model, planned: Planned, operation: str, event: Mapping[str, object], now_ms: int) -> None:
    """Tell the model that an act was done; `event` is the first event of a promise's receipt."""
    args = planned.args
    if isinstance(args, Issue):
        _follow_issue(model, args, planned.by, event, now_ms)
    elif isinstance(args, MakeOffer):
        for number, row in enumerate(args.rows, start=1):
            model.offered(_model_offer(model, args, row, f"{operation}:{number}", planned.by, now_ms), now_ms)
    elif isinstance(args, Accept):
        model.accepted(args.voucher)
    elif isinstance(args, Reject | Withdraw):
        model.ended(args.voucher, "REJECTED" if isinstance(args, Reject) else "WITHDRAWN", now_ms)
    elif isinstance(args, Take):
        model.taken(args.offer, now_ms)
    elif isinstance(args, Decline | Recall):
        model.offer_ended(args.offer, "DECLINED" if isinstance(args, Decline) else "RECALLED", now_ms)
    else:
        _follow_ends(model, planned, operation, now_ms)
    if not planned.via and planned.by not in model.ported:
        model.carried(planned.by, now_ms)


def _follow_ends(model: Model, planned: Planned, operation: str, now_ms: int) -> None:
    args = planned.args
    if isinstance(args, Cancel):
        model.proposed(args.voucher, operation, now_ms)
    elif isinstance(args, Consent):
        model.consented(args.voucher, args.holding, now_ms)
    elif isinstance(args, Port):
        model.ported.add(planned.by)
    elif isinstance(args, ClaimSponsorIdle):
        model.claims[planned.by] = now_ms
    elif isinstance(args, AnswerClaim):
        del model.claims[args.tag]


def _follow_issue(model: Model, args: Issue, by: str, event: Mapping[str, object], now_ms: int) -> None:
    blackout_ms, due_ms, due_status = plain_maturity(date.fromisoformat(args.nominal_maturity))
    model.issued(
        ModelVoucher(
            number=str(event["voucher"]),
            issuer=by,
            reference=args.reference,
            face=args.face,
            receiver=args.receiver.tag,
            consent=str(event["promise"]),
            answer_ms=min(now_ms + 10 * DAY_MS, due_ms),
            blackout_ms=blackout_ms,
            due_ms=due_ms,
            due_status=due_status,
        )
    )


def _model_offer(
    model: Model, args: MakeOffer, row: OfferRow, name: str, giver: str, now_ms: int
) -> ModelOffer:
    not_before_ms = midnight_ms(date.fromisoformat(row.value_date)) if row.value_date else 0
    until_ms = min(max(now_ms, not_before_ms) + 5 * DAY_MS, model.vouchers[args.voucher].blackout_ms)
    return ModelOffer(
        name, args.voucher, row.first, row.last, giver, row.receiver.tag, not_before_ms, until_ms
    )
