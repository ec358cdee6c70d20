"""The operation by which a false identity part is shown."""

from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.challenging import operations, refusals, rules
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words

CHALLENGE = OperationType(
    name="identity.challenge",
    args=operations.ChallengeIdentity,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Show that an identity is false", "质疑虚假主体信息"),
    summary=Words(
        "Open the identity part of an act before everybody: it names the wrong person, or that person has not signed it.",
        "公开某项操作的主体信息，证明其所载主体不符，或该主体并未签署。",
    ),
    rule=rules.challenge,
    refusals=(
        general.VoucherNotFound,
        refusals.ActNotChallengeable,
        refusals.NotAnEntitledReader,
        refusals.AlreadyShownFalse,
        refusals.IdentityNotOpened,
        refusals.FalsehoodNotShown,
        refusals.IdentityIsTrue,
    ),
    primary=lambda args: args.voucher,
    example=operations.ChallengeIdentity(
        voucher=declared.VOUCHER,
        act="c7" * 32,
        body="{}",
        salt="5a" * 32,
        content="e30=",
        certificate="MIIB",
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (CHALLENGE,)
