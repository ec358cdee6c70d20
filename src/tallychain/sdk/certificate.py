"""Make certificates: the records that a page states, proven under one header, beside the operations that they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import Raw, Struct

from tallychain.crypto.keys import SigningKey
from tallychain.ledger import codec
from tallychain.sdk.proof import ProofMaterial, ProofUnavailable, StateRecord, make_bundle, state_row
from tallychain.sdk.verify.alliance import Trusted
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.certificate import FORMAT, Stated, sheet_digest, state
from tallychain.sdk.verify.pdf import sealed
from tallychain.sdk.verify.stated import KINDS

KINDS_OF_CERTIFICATES: Final = KINDS
"""`payable`, `voucher`, `holding`, `settlement` and `default`."""


@dataclass(frozen=True, slots=True)
class About:
    """What a certificate is about, and whose system makes it."""

    kind: str
    subject: str
    """Id of the payable or holding, or the voucher's number."""
    member: str
    key: str
    """The member's system key, which seals the page."""


class _Maker(Struct, frozen=True):
    member: str
    key: str


class _Row(Struct, frozen=True):
    table: str
    value: Raw
    lower: list[str]
    upper: list[str]


class _Certificate(Struct, frozen=True):
    format: str
    kind: str
    subject: str
    maker: _Maker
    rows: list[_Row]
    proof: Raw
    more: list[Raw]


def make_certificate(about: About, material: ProofMaterial, more: Sequence[bytes] = ()) -> bytes:
    """
    The attached file of a certificate: one canonical JSON text, in the form that docs/certificates.md describes.

    `material` proves the operation that the records come from and holds them as `stated`; `more` are bundles of the operations by which
    holders show who they are.
    """
    return codec.encode(
        _Certificate(
            FORMAT,
            about.kind,
            about.subject,
            _Maker(about.member, about.key),
            [_row(record) for record in material.stated],
            Raw(make_bundle(material)),
            [Raw(bundle) for bundle in more],
        )
    )


def checked(attachment: bytes) -> Stated:
    """
    What an attached file states, checked as anybody offline would before a page is drawn of it.

    Raises `ProofUnavailable` with the code of the link that does not hold, such as `CERTIFICATE_NO_DEFAULT`.
    """
    try:
        return state(attachment, (), None, Trusted())
    except Broken as broken:
        raise ProofUnavailable(broken.code, str(broken).partition(": ")[2]) from None


def seal(unsealed: bytes, key: SigningKey) -> bytes:
    """A drawn page with the seal of the system that made it."""
    return sealed(unsealed, key.public, key.sign(sheet_digest(unsealed)))


def _row(record: StateRecord) -> _Row:
    row = state_row(record)
    return _Row(record.table, row.value, row.lower, row.upper)
