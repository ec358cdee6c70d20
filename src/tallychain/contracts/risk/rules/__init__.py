"""One pure function per operation, what vouchers do to ceilings and blocks, and what time does."""

from tallychain.contracts.risk.rules.ceiling import grant, reduce
from tallychain.contracts.risk.rules.due import DUE_KINDS

__all__ = ["DUE_KINDS", "grant", "reduce"]
