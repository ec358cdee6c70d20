"""What is added up as it happens, how a month is closed, and the one operation."""

from tallychain.contracts.disclosure.rules.closing import DUE_KINDS
from tallychain.contracts.disclosure.rules.remark import remark

__all__ = ["DUE_KINDS", "remark"]
