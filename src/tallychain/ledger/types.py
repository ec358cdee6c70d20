"""Types for the quantities of the ledger.

One name per kind of value, so that a height is never passed for a time and a member never for a tag.
Bounds stand in the type: strict decoding applies them.
"""

from typing import Annotated, NewType

from msgspec import Meta

from tallychain.ledger import limits

Height = NewType("Height", int)
"""Number of a block; genesis is 0."""

TimeMs = NewType("TimeMs", int)
"""UTC milliseconds since 1970-01-01."""

MemberId = NewType("MemberId", str)
"""Short ASCII name of a member, such as `bank-a`."""

Author = NewType("Author", str)
"""Who makes an operation: `member:<id>` or `tag:<signing key>`."""

OperationId = NewType("OperationId", str)
"""64 lower-case hex digits: the digest of an operation's body."""

MEMBER_PREFIX = "member:"
TAG_PREFIX = "tag:"

Instant = Annotated[int, Meta(ge=0, le=limits.TIME_MS)]
Count = Annotated[int, Meta(ge=0, le=limits.AMOUNT)]
Amount = Annotated[int, Meta(ge=1, le=limits.AMOUNT, extra={"unit": "fen"})]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\\n)")]
Nonce = Annotated[str, Meta(pattern="^[0-9a-f]{32}$(?!\\n)")]
MemberName = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,31}$(?!\\n)")]
AuthorName = Annotated[
    str, Meta(pattern="^(member:[a-z][a-z0-9-]{1,31}|tag:[a-z0-9]{2,12}:[0-9a-f]{64,130})$(?!\\n)")
]
KeyText = Annotated[str, Meta(pattern="^[a-z0-9]{2,12}:[0-9a-f]{64,130}$(?!\\n)")]
SealingKeyText = Annotated[str, Meta(pattern="^x25519:[0-9a-f]{64}$(?!\\n)")]
RecipientText = Annotated[
    str, Meta(pattern="^(member:[a-z][a-z0-9-]{1,31}#[1-9][0-9]{0,5}|x25519:[0-9a-f]{64})$(?!\\n)")
]
TypeName = Annotated[str, Meta(pattern="^[a-z]{2,20}(\\.[a-z_]{2,30}){1,3}$(?!\\n)")]
ChainName = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,31}$(?!\\n)")]
Label = Annotated[str, Meta(pattern="^[a-z]{2,16}$(?!\\n)")]
Identifier = Annotated[str, Meta(pattern="^[A-Z0-9-]{1,64}$(?!\\n)")]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\\n)")]
PublicText = Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)]


def member_author(member: MemberId) -> Author:
    """The author name of a member."""
    return Author(MEMBER_PREFIX + member)


def tag_author(key: str) -> Author:
    """The author name of a holder's tag, given its signing key."""
    return Author(TAG_PREFIX + key)


def author_member(author: Author) -> MemberId | None:
    """The member that an author name stands for, or None for a tag."""
    return MemberId(author[len(MEMBER_PREFIX) :]) if author.startswith(MEMBER_PREFIX) else None


def author_tag_key(author: Author) -> str | None:
    """The signing key of the tag that an author name stands for, or None for a member."""
    return author[len(TAG_PREFIX) :] if author.startswith(TAG_PREFIX) else None
