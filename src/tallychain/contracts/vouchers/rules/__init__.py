"""One pure function per operation, and what time does."""

from tallychain.contracts.vouchers.rules.due import DUE_KINDS
from tallychain.contracts.vouchers.rules.issue import accept, issue, reject, withdraw
from tallychain.contracts.vouchers.rules.offer import offer
from tallychain.contracts.vouchers.rules.take import decline, recall, take

__all__ = ["DUE_KINDS", "accept", "decline", "issue", "offer", "recall", "reject", "take", "withdraw"]
