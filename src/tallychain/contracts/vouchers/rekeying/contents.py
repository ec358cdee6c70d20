"""What two members say, each for itself, about the client that has lost its wallet; `audiences` says who must be able to open it."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.ledger import limits
from tallychain.ledger.types import Digest


class ClientContent(Struct, frozen=True, forbid_unknown_fields=True):
    """Who the client is, and how that was made sure of (`client`).  The certificate is referred to by digest, as everywhere."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Client",
            description="Legal name, as it stands in the certificate.",
            examples=["上海示例机械有限公司"],
            extra={"zh": "客户名称"},
        ),
    ]
    uscc: Annotated[
        str,
        Meta(
            max_length=18,
            title="Unified social credit code",
            examples=["91310000MA00000001"],
            extra={"zh": "统一社会信用代码"},
        ),
    ]
    certificate: Annotated[
        Digest,
        Meta(
            title="Certificate",
            description="Digest of the certificate of the client's identity key.",
            examples=["9c" * 32],
            extra={"zh": "证书摘要"},
        ),
    ]
    ground: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Ground",
            description="What was lost, and how the client was identified.",
            examples=["口令遗失；法定代表人到场核验"],
            extra={"zh": "事由与核验方式"},
        ),
    ]
