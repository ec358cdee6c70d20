"""What is remembered of acts whose identity part was shown to be false: for good, since nobody is to forget who carried them."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import VoucherName
from tallychain.ledger.tables import Table
from tallychain.ledger.types import Digest, Instant, KeyText, MemberName, TypeName

FORM: Final = "FORM"
"""It is no identity part: fields are missing or malformed, or half a second person stands in it."""
PERSON: Final = "PERSON"
"""The certificate that it refers to names somebody else."""
SIGNATURE: Final = "SIGNATURE"
"""The key of the certificate that it refers to has not signed this act."""
GROUNDS: Final = (FORM, PERSON, SIGNATURE)


class FalseIdentity(Struct, frozen=True, forbid_unknown_fields=True):
    """One act with a false identity part."""

    act: Digest
    """The operation: a digest of its whole text."""
    kind: TypeName
    voucher: VoucherName
    tag: KeyText
    """Who made the act; the person behind it is not the one that it shows."""
    sponsor: MemberName
    """The member that carried it, and by that warranted that it had verified the person."""
    challenger: MemberName
    ground: str
    shown_ms: Instant


FALSE_IDENTITIES: Final = Table("false_identity", FalseIdentity, lambda row: (row.act,))
