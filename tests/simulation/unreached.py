"""What schedules do not reach, and why: refusals and events that the run on record has not shown, each with the reason and what shows it instead.

`tests/architecture/test_reach_of_schedules.py` holds this against the contracts: what is new either occurs in the run on record (`reached.json`) or
stands here.  That each refusal has a test of its own anyway is held by `tests/architecture/test_refusals_met.py`.
"""

from collections.abc import Mapping
from typing import Final

WHY_REFUSALS: Final[Mapping[str, tuple[str, ...]]] = {
    "A sound ledger never gives it; the tests of quarantine plant the defect that it answers to.": (
        "INTERNAL",
        "QUARANTINED",
    ),
    "Schedules draw no small sellers and no terms beyond the usual; the tests of documents and vouchers play each at its last day and the day after.": (
        "DELIVERY_DAY_MISSING",
        "DELIVERY_DAY_NOT_VALID",
        "DUE_AFTER_SELLERS_TERM",
        "MATURITY_EXTENDS_TERM",
        "TERM_REASON_MISSING",
    ),
    "Schedules draw rule packs without an article for each value; the tests of governance name one that is not set.": (
        "ARTICLE_WITHOUT_VALUE",
    ),
    "Every simulated chain has several validators; the tests of governance ask a chain of one operator.": (
        "ENGINE_OF_ONE_OPERATOR",
    ),
    "A limit of eight to five thousand things of one kind, which two hundred acts spread over an alliance hardly fill; the tests of its contract fill it.": (
        "TOO_MANY_ATTESTATIONS",
        "TOO_MANY_CEILINGS",
        "TOO_MANY_CREDITS",
        "TOO_MANY_HOLDINGS",
        "TOO_MANY_KEYS",
        "TOO_MANY_NODES",
        "TOO_MANY_OPEN_OFFERS",
        "TOO_MANY_FROZEN_HOLDINGS",
        "FREEZE_QUEUE_FULL",
        "TOO_MANY_PROPOSALS",
        "TOO_MANY_VALIDATORS",
        "TOO_MANY_VOUCHERS",
    ),
    "The same pledge would have to be claimed and contested five times over; the tests of its refusals do that.": (
        "TOO_MANY_PLEDGE_CLAIMS",
    ),
    "Hundreds of divisions, or ten owners after one another, of one voucher; the tests of split limits make them.": (
        "SPLIT_LIMIT",
        "PART_TOO_SMALL",
        "LAYER_LIMIT",
    ),
    "Only under a term of many decades, else a shorter one is exceeded first; a scenario plays the last day of all.": (
        "MATURITY_OUT_OF_RANGE",
    ),
    "The parts of the act are sealed to the card's own key, and no library seals to one of small order; the tests of payables call the rule.": (
        "CARD_KEY_NOT_ADMISSIBLE",
    ),
    "Each simulated person has one key without a limit of its own; the tests of the ledger's authority have others.": (
        "ABOVE_KEY_LIMIT",
        "SAME_PERSON",
    ),
    "All founders have a weight, and nobody here signs for a member that a vote of a week let in; the tests of governance do.": (
        "NO_VOTE",
    ),
    "A member that takes no part opens no vote either, so it is refused as inactive first; the tests of nodes ask the rule as a vote acts.": (
        "MEMBER_TAKES_NO_PART",
    ),
    "Seven members would have to have gone by a vote of a week and three days each; the tests of governance arrange it.": (
        "LAST_VOTE",
    ),
    "The simulated alliance has one court, and who is none is refused for want of a licence first; the tests of freezes have two courts.": (
        "NOT_THE_COURT",
    ),
    "A policy has to be decided by a vote of a week for a far day, and another one then for an earlier day; the tests of policies do both.": (
        "EFFECTIVE_BEFORE_LAST",
    ),
    "Schedules do not draw standards of funders yet, which are younger than the run on record; their tests play each refusal.": (
        "GRID_HAS_GAP",
        "ISSUER_BOTH_WAYS",
        "STANDARD_BOUNDS_NOT_POSSIBLE",
        "STANDARD_DAYS_NOT_POSSIBLE",
        "STANDARD_LIST_NOT_IN_ORDER",
        "STANDARD_NOT_FOUND",
        "TOO_MANY_STANDARDS",
    ),
    "Schedules do not draw introductions and reviews, which are younger than the run on record; their diagrams try every act in every status.": (
        "ACCOUNTS_TOO_OLD",
        "ENTERPRISE_TOO_YOUNG",
        "FIELDS_MISSING",
        "FILE_DAY_NOT_VALID",
        "FILE_NOT_IN_ORDER",
        "INTRODUCTION_STANDS",
        "MEMBER_ALREADY",
        "NO_ADMISSION_POLICY",
        "NO_CORE_ENTERPRISE",
        "NOTHING_TO_WITHDRAW",
        "NOT_INTRODUCED",
        "OWN_REVIEW",
        "PAPERS_MISSING",
        "PAPER_EXPIRED",
        "REVIEW_OF_ANOTHER",
        "TOO_MANY_INTRODUCTIONS",
        "TOO_MUCH_OVERDUE",
    ),
    "Schedules do not draw changes of keys, which are younger than the run on record; their diagram tries every act in every status.": (
        "NOT_THE_PROPOSER",
        "NOT_THE_SECOND_BANK",
        "REKEY_NOT_FOUND",
        "REKEY_NOT_PENDING",
        "REKEY_STANDS",
        "SECOND_BANK_NOT_ELIGIBLE",
    ),
    "Simulated alliances have no guarantor yet; the diagrams of guarantees try every act in every status, and the golden run plays them.": (
        "GUARANTEE_DAY_PAST",
        "GUARANTEE_EXCEEDED",
        "GUARANTEE_NOT_FOUND",
        "GUARANTEE_NOT_GIVEN",
        "GUARANTEE_STANDS",
        "GUARANTOR_IN_DEFAULT",
        "GUARANTOR_NOT_ELIGIBLE",
        "LIMIT_BELOW_EXPOSURE",
        "MORE_THAN_GUARANTEED",
        "NOT_AN_ISSUER",
        "NOT_THE_BANK_WITH_THE_MONEY",
        "REPAYMENT_NOT_FOUND",
    ),
    "Schedules do not draw false identities, which honest wallets do not make; the diagram tries a challenge in every status.": (
        "ACT_NOT_CHALLENGEABLE",
        "ALREADY_SHOWN_FALSE",
        "FALSEHOOD_NOT_SHOWN",
        "IDENTITY_IS_TRUE",
        "IDENTITY_NOT_OPENED",
        "NOT_AN_ENTITLED_READER",
    ),
    "Schedules do not draw accounts of record yet, which are younger than the run on record; their diagram tries every act in every status.": (
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_NOT_PENDING",
        "ACCOUNT_STANDS",
        "ACCOUNT_TAG_DIFFERS",
        "NOT_THE_TESTING_BANK",
        "TESTING_BANK_NOT_ELIGIBLE",
    ),
    "Schedules do not draw recourse yet, which is younger than the run on record; its diagram tries every act in every status.": (
        "NOT_THE_RECEIVING_BANK",
        "NO_RECOURSE",
        "RECOURSE_NOT_FOUND",
        "RECOURSE_NOT_PENDING",
        "RECOURSE_OUTDATED",
        "RECOURSE_STANDS",
    ),
    "Simulated alliances begin no other fingerprint key; the tests of documents play changes of key among payables, vouchers and red letters in any order.": (
        "EARLIER_NAMES_DIFFER",
        "INVOICE_NAMES_DIFFER",
        "KEY_COMMITMENT_KNOWN",
        "KEY_EPOCH_NOT_NEXT",
        "NO_FOUNDING_KEY",
        "TOO_MANY_KEY_EPOCHS",
    ),
}

WHY_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "It ends a quarantine, and a sound ledger puts nothing into one; the tests of governance plant the defect.": (
        "governance.quarantine_released",
    ),
    "It needs a maturity in a year whose calendar is published only later; scenario 12 plays it.": (
        "voucher.maturity_set",
    ),
    "Schedules do not draw standards of funders yet, which are younger than the run on record; their diagram tries every act in every status.": (
        "standard.ended",
        "standard.published",
        "standard.replaced",
        "standard.took_effect",
    ),
    "Schedules do not draw introductions and reviews, which are younger than the run on record; their diagrams try every act in every status.": (
        "admission.bank_gone",
        "admission.introduced",
        "admission.introduction_ended",
        "admission.review_missed",
        "admission.review_set",
        "member.held_back",
        "member.let_go",
    ),
    "Schedules do not draw changes of keys, which are younger than the run on record; their diagram tries every act in every status.": (
        "holder.rekey_consented",
        "holder.rekey_ended",
        "holder.rekey_proposed",
        "holder.rekey_vetoed",
        "holder.rekeyed",
    ),
    "Simulated alliances have no guarantor yet; the diagrams of guarantees try every act in every status, and the golden run plays them.": (
        "guarantee.called",
        "guarantee.changed",
        "guarantee.defaulted",
        "guarantee.ended",
        "guarantee.given",
        "guarantee.named",
        "guarantor.paid",
        "guarantor.pass_on_late",
        "guarantor.passed_on",
        "guarantor.repaid",
    ),
    "Schedules do not draw false identities, which honest wallets do not make; the diagram tries a challenge in every status.": (
        "identity.shown_false",
    ),
    "Schedules do not draw accounts of record yet, which are younger than the run on record; their diagram tries every act in every status.": (
        "account.code_returned",
        "account.code_wrong",
        "account.confirmed",
        "account.ended",
        "account.in_force",
        "account.penny_sent",
        "account.stated",
    ),
    "Schedules do not draw recourse yet, which is younger than the run on record; its diagram tries every act in every status.": (
        "recourse.agreed",
        "recourse.bought_back",
        "recourse.claimed",
        "recourse.ended",
    ),
    "The simulated engine has no parameters of its own; the real engine is told them in a test of one node.": (
        "engine.parameters_told",
    ),
    "Simulated alliances begin no other fingerprint key; the tests of documents play changes of key among payables, vouchers and red letters in any order.": (
        "fingerprint_key.begun",
        "fingerprint_key.ending",
        "fingerprint_key.ended",
        "invoice.named",
    ),
}

SELDOM_REFUSALS: Final = frozenset(
    (
        "ALREADY_PAID",
        "ALREADY_WRITTEN_OFF",
        "BANK_REFERENCE_USED",
        "CHALLENGE_NOT_PROVEN",
        "CLAIM_STANDS",
        "CREDIT_EPOCH_DIFFERS",
        "DISCLOSURE_NOT_FOUND",
        "DISPUTE_NOT_FOUND",
        "FREEZE_NOT_FOUND",
        "HOLDING_NAMED_TWICE",
        "HOLDING_PAID",
        "HOLDING_WITHHELD",
        "INSTITUTION_KNOWN",
        "INTRODUCED_BY_BANK_ONLY",
        "KEY_NOT_ADMISSIBLE",
        "KEY_NOT_IN_FORCE",
        "MONEY_WITH_BANK",
        "NODE_OF_ANOTHER",
        "NODE_UNKNOWN",
        "NOTHING_TO_REVIEW",
        "NOT_BEFORE_VALUE_DATE",
        "NOT_IN_GOOD_STANDING",
        "NOT_QUARANTINED",
        "NOT_THE_FUNDER",
        "NOT_THE_HIGHEST",
        "NOT_THE_PAYING_BANK",
        "NOT_THE_SELLERS_BANK",
        "NOT_YOUR_SUSPENSION",
        "ORDER_BACKS_NO_VOUCHER",
        "OUTSIDE_TOO_LATE",
        "PAYABLE_EXCEEDED",
        "PAYEE_MISSING",
        "PAYEE_TOO_LATE",
        "PAYMENT_NOT_AS_AWARDED",
        "PAYOUT_NAMED_TWICE",
        "PERSISTENTLY_OVERDUE",
        "POSSESSION_NOT_PROVEN",
        "POWER_TOO_CONCENTRATED",
        "POWER_UNCHANGED",
        "QUOTE_IS_TRUE",
        "QUOTE_NOT_FOUND",
        "QUOTE_NOT_USABLE",
        "RECEIPT_ATTESTED",
        "RECEIVER_IS_HOLDER",
        "RECEIVER_NAMED_TWICE",
        "RECEIVER_OF_ANOTHER_MEMBER",
        "REDEMPTION_NOT_FOUND",
        "REGISTRATION_TIME_NOT_POSSIBLE",
        "REGISTRATION_USED",
        "RELEASE_EXCEEDED",
        "RELEASE_PENDING",
        "TOO_FEW_VALIDATORS",
        "TOO_MANY_DISPUTES",
        "TOO_MANY_QUOTES",
        "TOO_MANY_REMARKS",
        "VALUE_UNKNOWN",
    )
)
SELDOM_EVENTS: Final = frozenset(
    (
        "court.freeze_ended",
        "disclosure.corrected",
        "disclosure.month",
        "disclosure.remarked",
        "disclosure.voucher",
        "financing.attested",
        "financing.deregister_late",
        "financing.deregistered",
        "financing.disputed",
        "financing.failed",
        "governance.policy_set",
        "governance.rule_set",
        "governance.weight_set",
        "member.admitted",
        "member.standing_voted",
        "node.was_set",
        "pledge.claim_stood",
        "proposal.failed",
        "protocol.was_scheduled",
        "settlement.bank_changed",
        "settlement.excess_late",
        "settlement.excess_returned",
        "settlement.payout_failed",
        "validator.was_set",
        "voucher.cancellation_lapsed",
    )
)
"""What schedules draw, but only once in some dozens of them: a short run may come to it or not, so it is neither demanded nor excused."""


def _by_name(why: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: reason for reason, names in why.items() for name in names}


REFUSALS: Final = _by_name(WHY_REFUSALS)
"""Code to the reason why no schedule reaches it."""
EVENTS: Final = _by_name(WHY_EVENTS)
"""Event to the reason."""
