"""Every bound of the ledger, in one place (design page "answers", section Bytes).

A bound is part of the protocol: changing one is a new protocol version, decided by vote.
"""

from typing import Final

BODY_BYTES: Final = 8 * 1024
"""An operation's canonical body."""

BOX_BYTES: Final = 32 * 1024
"""One sealed box."""

SEALED_PARTS: Final = 8
"""Sealed parts in one operation."""

RECIPIENTS: Final = 16
"""Recipients of one sealed part."""

TEXT_CODE_POINTS: Final = 200
"""A public text field."""

PROMISE_CODE_POINTS: Final = 4096
"""The text of a promise to pay; always sealed."""

ENVELOPE_OPERATIONS: Final = 200
"""Operations in one envelope."""

ENVELOPE_BYTES: Final = 512 * 1024
"""One envelope on the wire."""

ENVELOPE_HEADER_BYTES: Final = 1024
"""The canonical header of an envelope."""

SIGNATURES: Final = 4
"""Signatures under one operation."""

SIGNATURE_BYTES: Final = 128
"""One signature, whatever its scheme."""

ONE_SIGNATURE_LIFETIME_MS: Final = 10 * 60 * 1000
"""How far ahead an operation with one signature may expire."""

TWO_SIGNATURE_LIFETIME_MS: Final = 24 * 60 * 60 * 1000
"""How far ahead an operation of a maker and a checker may expire."""

ENVELOPE_LIFETIME_MS: Final = 2 * 60 * 1000
"""How far ahead an envelope may expire."""

LIVING_OPERATIONS: Final = 1_000_000
"""Unexpired operations of one carrier whose nonces are remembered; it bounds the memory that a member can take."""

SEALING_KEY_OVERLAP_MS: Final = 48 * 60 * 60 * 1000
"""How long a replaced sealing key of a member may still be named as a recipient."""

AMOUNT: Final = 2**53 - 1
"""The largest amount in minor units; every JSON reader holds it exactly."""

TIME_MS: Final = 4_102_444_800_000
"""The largest time, 2100-01-01 UTC in milliseconds."""

SCAN_ROWS: Final = 10_000
"""Rows that one scan of the state may return."""

STEPS: Final = 3
"""Future changes of status that one record may hold."""

OUTAGE_GAP_MS: Final = 60 * 1000
"""A longer gap between two block times is an outage."""
