"""What is written in the sealed parts of voucher operations; `audiences` says who must be able to open them."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.refusals import Refused
from tallychain.ledger.types import PublicText


class PromiseContent(Struct, frozen=True, forbid_unknown_fields=True):
    """What an issuer promises, and on what trade it rests."""

    promise: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.PROMISE_CODE_POINTS,
            title="Promise to pay",
            description="The text that the receiver consents to.",
            extra={"zh": "付款承诺"},
        ),
    ]
    contract: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Contract",
            description="Number of the contract that the debt comes from.",
            examples=["HT-2026-0316"],
            extra={"zh": "合同编号"},
        ),
    ]
    invoices: Annotated[
        tuple[PublicText, ...],
        Meta(
            max_length=50,
            title="Invoices",
            description="Numbers of the invoices that the debt comes from.",
            extra={"zh": "发票号码"},
        ),
    ]
    purpose: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Purpose",
            description="What was delivered.",
            extra={"zh": "用途"},
        ),
    ]
    amount: Annotated[
        str,
        Meta(
            max_length=40,
            title="Amount of the papers",
            description="What the invoices add up to.",
            examples=["1,120,000.00"],
            extra={"zh": "单据金额"},
        ),
    ]


class TradeContent(Struct, frozen=True, forbid_unknown_fields=True):
    """On what trade between the two sides a transfer rests."""

    contract: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Contract",
            description="Number of the contract between the two sides.",
            examples=["CG-2026-0401"],
            extra={"zh": "合同编号"},
        ),
    ]
    invoices: Annotated[
        tuple[PublicText, ...],
        Meta(
            max_length=50,
            title="Invoices",
            description="Numbers of the receiver's invoices to the holder.",
            extra={"zh": "发票号码"},
        ),
    ]
    purpose: Annotated[
        str,
        Meta(
            max_length=limits.TEXT_CODE_POINTS,
            title="Purpose",
            description="What the transfer pays for.",
            extra={"zh": "用途"},
        ),
    ]
    amount: Annotated[
        str,
        Meta(
            max_length=40,
            title="Amount of the papers",
            description="What the invoices add up to.",
            examples=["300,000.00"],
            extra={"zh": "单据金额"},
        ),
    ]


@dataclass(eq=False)
class NoTradeRelation(Refused):
    """The papers name neither a contract nor an invoice between the two sides."""

    code = "NO_TRADE_RELATION"
    en = "A transfer rests on a trade: name a contract or an invoice between the two sides."
    zh = "凭证转让须有贸易背景：请填写双方之间的合同或发票。"


def check_trade(content: TradeContent) -> None:
    """
    Demand that a transfer rests on a trade of its two sides (银发〔2025〕77号, article 10); raises `NoTradeRelation`.

    Their gateways ask; the ledger sees the sealed part from outside only.
    """
    if not content.contract.strip() and not content.invoices:
        raise NoTradeRelation


class ReasonContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something was turned down; for the other side only."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Reason",
            description="In a few words.",
            examples=["金额与发票不符"],
            extra={"zh": "原因"},
        ),
    ]
