"""What is written in the sealed parts of document operations; `audiences` says who must be able to open them."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.documents.state import INVOICES_MAX
from tallychain.ledger import limits
from tallychain.ledger.types import Amount, Day, Digest


class PaperContent(Struct, frozen=True, forbid_unknown_fields=True):
    """One paper in clear: whoever opens it can compute its fingerprint again."""

    fingerprint: Annotated[
        Digest,
        Meta(
            title="Fingerprint",
            description="The fingerprint under which the operation names it.",
            extra={"zh": "单据指纹"},
        ),
    ]
    kind: Annotated[
        str,
        Meta(
            pattern="^(INVOICE|DELIVERY)$(?!\\n)",
            title="Kind",
            description="INVOICE, or DELIVERY for a delivery or acceptance note.",
            extra={"zh": "单据类别"},
        ),
    ]
    number: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            title="Number",
            description="As it stands on the paper.",
            examples=["26312000000000000018"],
            extra={"zh": "号码"},
        ),
    ]
    seller: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=32,
            title="Seller",
            description="Unified social credit code of the seller.",
            extra={"zh": "销售方统一社会信用代码"},
        ),
    ]
    date: Annotated[Day, Meta(title="Date", description="Date of the paper.", extra={"zh": "开具日期"})]
    currency: Annotated[
        str,
        Meta(
            pattern="^[A-Z]{3}$(?!\\n)", title="Currency", description="Its currency.", extra={"zh": "币种"}
        ),
    ]
    total: Annotated[
        Amount,
        Meta(title="Total", description="Tax included.", extra={"zh": "价税合计", "unit": "fen"}),
    ]
    document: Annotated[
        str,
        Meta(
            pattern="^([0-9a-f]{64})?$(?!\\n)",
            title="Document",
            description="Digest of the stored document, which travels gateway to gateway; empty for none.",
            extra={"zh": "单据文件摘要"},
        ),
    ]


class PapersContent(Struct, frozen=True, forbid_unknown_fields=True):
    """From what relation a payable comes, and the papers behind it."""

    relation: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Relation",
            description="Number of the contract or order that the debt comes from.",
            examples=["HT-2026-0316"],
            extra={"zh": "合同或订单编号"},
        ),
    ]
    purpose: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Purpose",
            description="What was ordered or delivered.",
            extra={"zh": "用途"},
        ),
    ]
    papers: Annotated[
        tuple[PaperContent, ...],
        Meta(max_length=INVOICES_MAX, title="Papers", description="The papers.", extra={"zh": "单据"}),
    ]


class WordContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something was contested, credited or found so; for the parties only."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Reason",
            description="In a few words.",
            examples=["数量与收货单不符"],
            extra={"zh": "原因"},
        ),
    ]
