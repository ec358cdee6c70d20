"""Agreements with which a chain begins, from this contract's section of the genesis document."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.vouchers.settling.events import AgreementMade
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, IN_FORCE, Agreement
from tallychain.ledger import codec
from tallychain.ledger.contract import Change
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import Digest, MemberName

NO_OPERATION = "0" * 64


class FoundingAgreement(Struct, frozen=True, forbid_unknown_fields=True):
    """That a settlement bank pays out an issuer's vouchers from the first block on; all founders agree with the document."""

    issuer: MemberName
    bank: MemberName
    terms: Digest


class VouchersSection(Struct, frozen=True, forbid_unknown_fields=True):
    """The section `vouchers` of the genesis document."""

    agreements: Annotated[tuple[FoundingAgreement, ...], Meta(max_length=10_000)]


def founded(section: msgspec.Raw) -> Change:
    """
    The Change by which the first agreements are in force.

    An agreement of somebody who is no member, or no settlement bank, serves nothing: an issue asks after the bank's standing too.
    Raises `GenesisRefused` with a sentence.
    """
    try:
        given = codec.decode(VouchersSection, bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(f"The vouchers in the genesis document are not valid: {error.detail}") from None
    pairs = [(row.issuer, row.bank) for row in given.agreements]
    if len(set(pairs)) != len(pairs):
        raise GenesisRefused("A settlement agreement stands twice in the genesis document.")
    rows = tuple(
        Agreement(row.issuer, row.bank, NO_OPERATION, row.terms, settled(IN_FORCE))
        for row in given.agreements
    )
    events = tuple(AgreementMade(row.issuer, row.bank, row.proposal, row.terms) for row in rows)
    return Change(tuple(AGREEMENTS.put(row) for row in rows), events)
