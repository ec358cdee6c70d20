"""What may be asked about a financing: the fields of each operation, with their bounds."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.financing.state import FUNDERS_MAX
from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.contracts.vouchers.settling.state import BankReference
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Digest, Identifier, Instant, MemberName

FinancingField = Annotated[
    Digest,
    Meta(
        title="Financing",
        description="The operation that asked for it: a digest of its whole text.",
        examples=["f1" * 32],
        extra={"zh": "融资编号"},
    ),
]
FunderField = Annotated[
    MemberName,
    Meta(
        title="Funder",
        description="The bank or factor that has quoted.",
        examples=["bank-b"],
        extra={"zh": "资金方"},
    ),
]
PayingBankField = Annotated[
    MemberName,
    Meta(
        title="Paying bank",
        description="The bank that pays the funder's money to the seller.",
        examples=["settle-a"],
        extra={"zh": "放款行"},
    ),
]
DocumentField = Annotated[
    Digest,
    Meta(
        title="Document",
        description="Digest of the document that shows it; whoever states this keeps the document.",
        examples=["d0" * 32],
        extra={"zh": "证明文件摘要"},
    ),
]


class AskFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask some funders for money against units of a holding; the reasons stand in the sealed part."""

    voucher: NumberOfVoucher
    holding: Annotated[
        Units,
        Meta(
            title="Holding",
            description="First unit of the holding.",
            examples=[1],
            extra={"zh": "持有份额起始单位"},
        ),
    ]
    first: Annotated[
        Units,
        Meta(
            title="First unit",
            description="First of the units that money is asked for.",
            examples=[1],
            extra={"zh": "融资起始单位"},
        ),
    ]
    last: Annotated[
        Units,
        Meta(
            title="Last unit",
            description="Last of these units; their number is the face in fen.",
            examples=[30_000_000],
            extra={"zh": "融资截止单位"},
        ),
    ]
    form: Annotated[
        Literal["FACTORING", "PLEDGE", "REFACTORING"],
        Meta(
            title="Form",
            description="FACTORING: the units are sold. PLEDGE: they secure a loan. REFACTORING: a factor sells on what it has bought.",
            examples=["FACTORING"],
            extra={"zh": "融资方式"},
        ),
    ]
    recourse: Annotated[
        bool,
        Meta(
            title="With recourse",
            description="Whether the funder may come back to the seller if the issuer does not pay.",
            examples=[False],
            extra={"zh": "有追索权"},
        ),
    ]
    funders: Annotated[
        tuple[MemberName, ...],
        Meta(
            min_length=1,
            max_length=FUNDERS_MAX,
            title="Funders",
            description="The banks and factors that may quote, in alphabetical order.",
            examples=[["bank-b", "factor-a"]],
            extra={"zh": "可报价的资金方"},
        ),
    ]
    closes_ms: Annotated[
        Instant,
        Meta(
            title="Quotes until",
            description="From this instant on no quote is taken, UTC milliseconds.",
            examples=[1_776_240_000_000],
            extra={"zh": "报价截止时间", "unit": "ms"},
        ),
    ]


class CommitQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """Commit to a quote that nobody can read before the time for quotes is over; a later one replaces it."""

    voucher: NumberOfVoucher
    financing: FinancingField
    commitment: Annotated[
        Digest,
        Meta(
            title="Commitment",
            description="Commitment of the sealed part of the reveal that will deliver this quote.",
            examples=["c1" * 32],
            extra={"zh": "报价承诺摘要"},
        ),
    ]
    receiver: Annotated[
        Receiver,
        Meta(
            title="Receiver",
            description="The funder's own tag to which title goes.",
            extra={"zh": "受让标签"},
        ),
    ]
    paying_bank: PayingBankField


class RevealQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """Deliver the quote that was committed to; the sealed part is the very one that the commitment stands for."""

    voucher: NumberOfVoucher
    financing: FinancingField


class ChallengeQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """Show that a delivered quote is false: what it says, with the secret of its seal, so that everybody can check both."""

    voucher: NumberOfVoucher
    financing: FinancingField
    funder: FunderField
    context: Annotated[
        Digest,
        Meta(
            title="Context",
            description="Context of the sealed part that delivered it.",
            examples=["c2" * 32],
            extra={"zh": "密封上下文摘要"},
        ),
    ]
    salt: Annotated[
        Digest,
        Meta(
            title="Salt",
            description="The 32 secret bytes of that part, in hex.",
            examples=["5a" * 32],
            extra={"zh": "密封盐值"},
        ),
    ]
    content: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{2}){1,2048}$(?!\\n)",
            title="Content",
            description="What the part says, byte for byte, in hex.",
            examples=["7b7d"],
            extra={"zh": "密封内容"},
        ),
    ]


class Award(Struct, frozen=True, forbid_unknown_fields=True):
    """Choose one quote; the amount and the account stand in the sealed part, and its commitment fixes them."""

    voucher: NumberOfVoucher
    financing: FinancingField
    funder: FunderField
    quote: Annotated[
        Digest,
        Meta(
            title="Quote",
            description="Commitment of the chosen quote.",
            examples=["c1" * 32],
            extra={"zh": "报价承诺摘要"},
        ),
    ]
    seller_bank: Annotated[
        MemberName,
        Meta(
            title="Seller's bank",
            description="The bank at which the seller is paid; not the funder. It says whether the money came.",
            examples=["bank-a"],
            extra={"zh": "卖方收款行"},
        ),
    ]


class CloseFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """Take none of the quotes."""

    voucher: NumberOfVoucher
    financing: FinancingField


class RegisterFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """Show that the financing stands in the movable-property registry (动产融资统一登记); without that nobody pays."""

    voucher: NumberOfVoucher
    financing: FinancingField
    registration: Annotated[
        Identifier,
        Meta(
            title="Registration",
            description="Its number in the registry, as it stands on the certificate.",
            examples=["12345678901234567890"],
            extra={"zh": "登记证明编号"},
        ),
    ]
    registered_ms: Annotated[
        Instant,
        Meta(
            title="Registered at",
            description="The time on the certificate, UTC milliseconds; it decides priority among factors (民法典, article 768).",
            examples=[1_776_300_000_000],
            extra={"zh": "登记时间", "unit": "ms"},
        ),
    ]
    certificate: DocumentField


class DeregisterFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """Show that the registration of a financing that failed was taken back."""

    voucher: NumberOfVoucher
    financing: FinancingField
    document: DocumentField


class Disburse(Struct, frozen=True, forbid_unknown_fields=True):
    """State that the amount that opens the award's commitment was paid to the seller."""

    voucher: NumberOfVoucher
    financing: FinancingField
    payment: Annotated[
        Digest,
        Meta(
            title="Payment",
            description="Commitment of the amount and the account, as the award fixed it.",
            examples=["c3" * 32],
            extra={"zh": "放款承诺摘要"},
        ),
    ]
    reference: Annotated[
        BankReference,
        Meta(
            title="Bank's reference",
            description="The bank's own reference of the booking, never used before.",
            examples=["FK-20260416-0001"],
            extra={"zh": "银行流水号"},
        ),
    ]
    booked_ms: Annotated[
        Instant,
        Meta(
            title="Booked at",
            description="When the money was booked, UTC milliseconds.",
            examples=[1_776_310_000_000],
            extra={"zh": "入账时间", "unit": "ms"},
        ),
    ]
    document: DocumentField


class AttestReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    """The seller's bank states whether the money came."""

    voucher: NumberOfVoucher
    financing: FinancingField
    came: Annotated[
        bool,
        Meta(
            title="Came",
            description="Whether the account was credited with the amount that opens the award's commitment.",
            examples=[True],
            extra={"zh": "款项已到账"},
        ),
    ]
    document: DocumentField


class CompleteFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """The seller confirms that it was paid; title moves in that block."""

    voucher: NumberOfVoucher
    financing: FinancingField


class RefuteFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """The seller denies that it was paid."""

    voucher: NumberOfVoucher
    financing: FinancingField


class DecideFinancing(Struct, frozen=True, forbid_unknown_fields=True):
    """An arbiter decides whether the seller was paid."""

    voucher: NumberOfVoucher
    financing: FinancingField
    paid: Annotated[
        bool,
        Meta(
            title="Paid",
            description="Whether the seller was paid: then the funder gets title; otherwise the units are free.",
            examples=[True],
            extra={"zh": "认定已付款"},
        ),
    ]
    document: DocumentField
