"""One pure function per operation, and what time does."""

from tallychain.contracts.documents.rules.answer import confirm, contest, withdraw
from tallychain.contracts.documents.rules.credit import record_credit, review
from tallychain.contracts.documents.rules.due import DUE_KINDS
from tallychain.contracts.documents.rules.present import present

__all__ = ["DUE_KINDS", "confirm", "contest", "present", "record_credit", "review", "withdraw"]
