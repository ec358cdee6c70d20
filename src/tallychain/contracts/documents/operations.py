"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.documents.state import INVOICES_MAX, Invoice, KindName
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Amount, Count, Day, Digest, MemberName, Nonce

NamedPayable = Annotated[
    Digest,
    Meta(
        title="Payable",
        description="The operation that presented it.",
        examples=["4d" * 32],
        extra={"zh": "应付账款编号"},
    ),
]
NamedInvoice = Annotated[
    Digest,
    Meta(
        title="Invoice",
        description="Fingerprint under which the invoice is recorded.",
        examples=["f1" * 32],
        extra={"zh": "单据指纹"},
    ),
]


class Present(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Present a right to its debtor for confirmation."""

    reference: Annotated[
        Nonce,
        Meta(
            title="Reference",
            description="A keyed hash of the business number, 16 bytes; unique for the sponsor while the payable lives.",
            examples=["7b" * 16],
            extra={"zh": "业务编号摘要"},
        ),
    ]
    issuer: Annotated[
        MemberName,
        Meta(
            title="Debtor",
            description="The core enterprise that owes the amount.",
            examples=["ce-a"],
            extra={"zh": "债务人"},
        ),
    ]
    presenter: Annotated[
        Receiver,
        Meta(
            title="Own card",
            description="The presenting tag itself; a voucher backed by this payable is promised to it.",
            extra={"zh": "本方标签"},
        ),
    ]
    kind: Annotated[
        KindName,
        Meta(
            title="Kind",
            description="ORDER, DELIVERY or INVOICE; an order never backs a voucher.",
            examples=["INVOICE"],
            extra={"zh": "类别"},
        ),
    ]
    amount: Annotated[
        Amount,
        Meta(
            title="Amount",
            description="What is owed, in yuan's minor unit.",
            examples=[112_000_000],
            extra={"zh": "金额", "unit": "fen"},
        ),
    ]
    due_day: Annotated[
        Day,
        Meta(
            title="Due day",
            description="Day on which it is to be paid.",
            examples=["2026-09-14"],
            extra={"zh": "应付日"},
        ),
    ]
    epoch: Annotated[
        Count,
        Meta(
            title="Epoch",
            description="Which of the alliance's fingerprint keys was used.",
            examples=[1],
            extra={"zh": "指纹密钥期次"},
        ),
    ]
    invoices: Annotated[
        tuple[Invoice, ...],
        Meta(
            max_length=INVOICES_MAX,
            title="Invoices",
            description="The papers behind it by their fingerprints; none for an order.",
            extra={"zh": "单据"},
        ),
    ]
    small: Annotated[
        bool,
        Meta(
            title="Small or medium-sized seller",
            description="Whether the presenter is one by the law on payments to them; the debtor confirms it with the rest.",
            examples=[True],
            extra={"zh": "中小企业"},
        ),
    ] = False
    delivered: Annotated[
        str,
        Meta(
            pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$(?!\\n)",
            title="Delivered",
            description="Day of delivery or acceptance, from which the term of a small seller runs; empty where there is none yet.",
            examples=["2026-03-16"],
            extra={"zh": "交付日"},
        ),
    ] = ""
    longer_term: Annotated[
        str,
        Meta(
            pattern="^(CONTRACT|INDUSTRY_CUSTOM)?$(?!\\n)",
            title="Ground of a longer term",
            description="CONTRACT or INDUSTRY_CUSTOM, where a small seller agreed to more than the law's days; empty otherwise.",
            examples=["CONTRACT"],
            extra={"zh": "长账期依据"},
        ),
    ] = ""


class Confirm(Struct, frozen=True, forbid_unknown_fields=True):
    """Confirm that the amount is owed.  The payable's name is a digest of its whole text: that is the consent."""

    payable: NamedPayable
    amount: Annotated[
        Amount,
        Meta(
            title="Amount",
            description="The amount of the payable, repeated by those who sign for it.",
            examples=[112_000_000],
            extra={"zh": "金额", "unit": "fen"},
        ),
    ]


class Contest(Struct, frozen=True, forbid_unknown_fields=True):
    """Say that the amount is not owed, or not so."""

    payable: NamedPayable


class Withdraw(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a payable back before it is answered."""

    payable: NamedPayable


class RecordCredit(Struct, frozen=True, forbid_unknown_fields=True):
    """Record a red letter against an invoice."""

    invoice: NamedInvoice
    credit: Annotated[
        Digest,
        Meta(
            title="Red letter",
            description="Fingerprint of the red letter itself.",
            examples=["c1" * 32],
            extra={"zh": "红字发票指纹"},
        ),
    ]
    epoch: Annotated[
        Count,
        Meta(
            title="Epoch",
            description="Epoch of the key under which both are named: that of the invoice's record, so that a red letter counts once.",
            examples=[1],
            extra={"zh": "指纹密钥期次"},
        ),
    ]
    amount: Annotated[
        Amount,
        Meta(
            title="Credited",
            description="By how much this red letter reduces the invoice.",
            examples=[10_000_000],
            extra={"zh": "红冲金额", "unit": "fen"},
        ),
    ]


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    """Give one's word on a red letter that has eaten into what is promised."""

    invoice: NamedInvoice
    finding: Annotated[
        str,
        Meta(
            pattern="^(STANDS|REPLACED)$(?!\\n)",
            title="Finding",
            description="STANDS: the promise stands whatever the invoice says. REPLACED: another paper covers it now.",
            examples=["REPLACED"],
            extra={"zh": "核查结论"},
        ),
    ]
