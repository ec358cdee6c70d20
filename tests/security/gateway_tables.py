"""Every table of a gateway's own database: filled by the story of visible values, which searches all of them, or the reason why not and what looks at it instead."""

from typing import Final

SEEDED: Final = frozenset(
    {
        "account",
        "audit",
        "certificate",
        "document",
        "draft",
        "enclosure",
        "introduction",
        "letter_in",
        "letter_out",
        "outbox",
        "presented",
        "progress",
        "request",
        "seat",
        "tag",
        "token",
        "webhook",
        "webhook_delivery",
    }
)
"""With rows of several members once the story has been told."""
ELSEWHERE: Final = {
    "account_change": "a change of an account that waits for a second admin: `gateway/tests/test_accounts.py`",
    "arrival": "a letter that is being taken in; what it brings is in `document` and `letter_in`",
    "attempt": "counts of wrong passphrases, no value of anybody: `gateway/tests/test_factors.py`",
    "batch": "in the seat's own gateway alone, asked for by its seat: `gateway/tests/test_batches.py`, `tests/api/test_cells.py`",
    "batch_row": "what its drafts hold in clear too; asked for by its seat: `gateway/tests/test_batches.py`, `tests/api/test_cells.py`",
    "card_request": "asks for cards that come and go; cards themselves are in `tag`",
    "card_waiting": "acts that wait for a card; they are in `request` as well",
    "dossier_given": "which funders were shown a chain of title, by the issuer's own gateway: `gateway/tests/test_dossiers.py`",
    "dossier_got": "when a chain of title came: `gateway/tests/test_dossiers.py`",
    "dossier_link": "encrypted identities of earlier holders, for funders asked: `gateway/tests/test_dossiers.py`",
    "enrolment_code": "a hash of a code: `test_second_factors_and_one_time_codes_stand_nowhere_in_clear`",
    "factor": "encrypted secrets: `test_second_factors_and_one_time_codes_stand_nowhere_in_clear`",
    "introduction_due": "certificates that are still to be sent; they are in `certificate`",
    "key_handed": "who has a fingerprint key, which is no secret of one party: `gateway/tests/test_new_fingerprint_key.py`",
    "own_limit": "in one's own gateway alone: `gateway/tests/test_limits.py` searches what leaves it",
    "own_refinement": "in one's own gateway alone: who may read it stands in `gateway/permissions.py`",
    "papers_asked": "papers on request: `gateway/tests/test_sharing.py`",
    "papers_consent": "papers on request: `gateway/tests/test_sharing.py`",
    "papers_given": "papers on request: `gateway/tests/test_sharing.py`",
    "quote_kept": "encrypted until quotes are delivered: `tests/security/test_visibility_of_financings.py`",
    "recovery": "hashes of codes: `test_second_factors_and_one_time_codes_stand_nowhere_in_clear`",
    "seat_change": "who signs for a seat, and in what words its sponsor was asked: in the own gateway alone, `gateway/twopersons.py`",
}
