"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.documents.api import INVOICES_MAX, AllocatedPart
from tallychain.contracts.vouchers.state import Currency, OfferName, VoucherName
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Day, Digest, MemberName, Nonce

TRADE_LABELS: Final = ("trade", "tradeb", "tradec", "traded", "tradee", "tradef", "tradeg")
"""The sealed trade part of each row of an offer, in order: one for each, so that no receiver reads another's."""

MAX_ROWS: Final = 7
"""Rows of one offer: an operation has at most eight sealed parts, and one of them is `identity`."""

NumberOfVoucher = Annotated[
    VoucherName,
    Meta(
        title="Voucher",
        description="Number of the voucher: EV, alliance, day, serial and two check digits.",
        examples=["EVTRIA20260316000000000180"],
        extra={"zh": "凭证编号"},
    ),
]
NumberOfOffer = Annotated[
    OfferName,
    Meta(
        title="Offer",
        description="The operation that made the offer, and its row.",
        examples=["5a" * 32 + ":1"],
        extra={"zh": "转让编号"},
    ),
]
ReceivingTag = Annotated[
    Receiver,
    Meta(
        title="Receiver",
        description="The one-time tag that receives, with its sealing key and sponsor, as its card says.",
        extra={"zh": "签收方"},
    ),
]
OpaqueReference = Annotated[
    Nonce,
    Meta(
        title="Reference",
        description="A keyed hash of the business number, 16 bytes; unique while the voucher lives.",
        examples=["7b" * 16],
        extra={"zh": "业务编号摘要"},
    ),
]


class Issue(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Promise to pay a face at maturity to whoever holds it then."""

    reference: OpaqueReference
    receiver: ReceivingTag
    currency: Annotated[
        Currency,
        Meta(title="Currency", description="CNY.", examples=["CNY"], extra={"zh": "币种"}),
    ]
    face: Annotated[
        Units,
        Meta(
            title="Face",
            description="Amount promised; each 0.01 yuan is one unit.",
            examples=[100_000_000],
            extra={"zh": "票面金额", "unit": "fen"},
        ),
    ]
    nominal_maturity: Annotated[
        Day,
        Meta(
            title="Maturity",
            description="Day of payment; the next business day if it is none.",
            examples=["2026-09-14"],
            extra={"zh": "到期日"},
        ),
    ]
    settlement_bank: Annotated[
        MemberName,
        Meta(
            title="Settlement bank",
            description="The member through which the face is paid.",
            examples=["settle-a"],
            extra={"zh": "清分行"},
        ),
    ]
    payable: Annotated[
        Digest,
        Meta(
            title="Payable",
            description="The confirmed payable that backs it; its presenter is the receiver.",
            examples=["4d" * 32],
            extra={"zh": "应付账款编号"},
        ),
    ]
    invoices: Annotated[
        tuple[AllocatedPart, ...],
        Meta(
            min_length=1,
            max_length=INVOICES_MAX,
            title="Invoices",
            description="How much of each of the payable's invoices it takes; together its face.",
            extra={"zh": "占用发票"},
        ),
    ]
    term_reason: Annotated[
        str,
        Meta(
            pattern="^(INDUSTRY_CUSTOM|LONG_PRODUCTION|AGREED_TERM)?$(?!\\n)",
            title="Reason of the term",
            description="INDUSTRY_CUSTOM, LONG_PRODUCTION or AGREED_TERM; needed for a term longer than usual.",
            examples=["LONG_PRODUCTION"],
            extra={"zh": "长期限理由"},
        ),
    ] = ""
    guarantor: Annotated[
        str,
        Meta(
            pattern="^([a-z][a-z0-9-]{1,31})?$(?!\\n)",
            title="Guarantor",
            description="The member that stands for it, which has given a guarantee for this issuer; empty for none.",
            examples=["guar-a"],
            extra={"zh": "担保机构"},
        ),
    ] = ""


class Accept(Struct, frozen=True, forbid_unknown_fields=True):
    """Take the promise as its named receiver."""

    voucher: NumberOfVoucher
    consent: Annotated[
        Digest,
        Meta(
            title="Text consented to",
            description="Commitment of the promise's text as it was shown.",
            examples=["3c" * 32],
            extra={"zh": "同意的承诺文本摘要"},
        ),
    ]


class Reject(Struct, frozen=True, forbid_unknown_fields=True):
    """Turn the promise down as its named receiver."""

    voucher: NumberOfVoucher


class Withdraw(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a promise back before it is accepted."""

    voucher: NumberOfVoucher


class OfferRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One sub-range for one receiver; it becomes an offer of its own."""

    first: Annotated[
        Units,
        Meta(title="First unit", description="Lowest unit offered.", examples=[1], extra={"zh": "起始单位"}),
    ]
    last: Annotated[
        Units,
        Meta(
            title="Last unit",
            description="Highest unit offered, included.",
            examples=[30_000_000],
            extra={"zh": "截止单位"},
        ),
    ]
    receiver: ReceivingTag
    trade_reference: Annotated[
        Nonce,
        Meta(
            title="Trade reference",
            description="A keyed hash of the number of the trade that this row pays, 16 bytes.",
            examples=["8d" * 16],
            extra={"zh": "贸易编号摘要"},
        ),
    ]
    value_date: Annotated[
        str,
        Meta(
            pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$(?!\\n)",
            title="Value date",
            description="Day before which title does not move; empty for at once.",
            examples=["2026-04-16"],
            extra={"zh": "起息日"},
        ),
    ]


class MakeOffer(Struct, frozen=True, forbid_unknown_fields=True):
    """Offer units of one holding, each row to a receiver of its own; all rows or none."""

    voucher: NumberOfVoucher
    holding: Annotated[
        Units,
        Meta(
            title="Holding",
            description="First unit of the holding that the units are from.",
            examples=[1],
            extra={"zh": "持有份额起始单位"},
        ),
    ]
    rows: Annotated[
        tuple[OfferRow, ...],
        Meta(
            min_length=1,
            max_length=MAX_ROWS,
            title="Rows",
            description="What is offered to whom.",
            extra={"zh": "转让明细"},
        ),
    ]


class Take(Struct, frozen=True, forbid_unknown_fields=True):
    """Take title to what was offered.  The offer's name is a digest of its whole text: that is the consent."""

    voucher: NumberOfVoucher
    offer: NumberOfOffer


class Decline(Struct, frozen=True, forbid_unknown_fields=True):
    """Turn an offer down as its named receiver."""

    voucher: NumberOfVoucher
    offer: NumberOfOffer


class Recall(Struct, frozen=True, forbid_unknown_fields=True):
    """Take an offer back before it is taken."""

    voucher: NumberOfVoucher
    offer: NumberOfOffer
