"""What is said of an operation that ended without a receipt: turned away, not admissible, or expired.

The ledger keeps nothing of such an operation and answers with a code alone.  Codes of the operation come from `ledger.execution`, codes of
the envelope that carried it from `ledger.admission`; a gateway writes `GATEWAY_` before the latter.
"""

from typing import Final

NOTICES: Final[dict[str, tuple[str, str]]] = {
    "KEY_NOT_OF_AUTHOR": (
        "A signature was made with a key that does not belong to the author of the operation.",
        "签名所用密钥不属于该操作的发起方。",
    ),
    "KEY_REVOKED": (
        "A signature was made with a key that is revoked or not in force yet.",
        "签名所用密钥已吊销或尚未生效。",
    ),
    "ROLES_WRONG": (
        "The operation does not bear the signatures that its type demands.",
        "该操作的签名角色不符合其类型的要求。",
    ),
    "EXPIRED": (
        "The time in which the operation could take effect is over; it did not take effect.",
        "该操作的有效期已过，未生效。",
    ),
    "EXPIRES_TOO_FAR": (
        "The operation expires later than the ledger allows.",
        "该操作的有效期超出账本允许的期限。",
    ),
    "REPEAT": (
        "The operation was executed before; its first receipt holds.",
        "该操作此前已执行，以首次回执为准。",
    ),
    "NONCE_USED": (
        "Another operation of the same author was made under the same number before.",
        "同一发起方的另一操作已使用相同的编号。",
    ),
    "TOO_MANY_LIVING": (
        "Too many operations carried by this member have not expired yet; submit it again later.",
        "该成员承载的未过期操作过多，请稍后重新提交。",
    ),
    "INADMISSIBLE": (
        "The ledger does not take the envelope that carried the operation.",
        "账本不接受承载该操作的信封。",
    ),
    "ENVELOPE_TOO_LARGE": (
        "The operation is larger than an envelope may be.",
        "该操作超过信封的容量上限。",
    ),
    "ENVELOPE_MALFORMED": (
        "The envelope that carried the operation is not well formed.",
        "承载该操作的信封格式错误。",
    ),
    "WRONG_CHAIN": ("The operation was made for another chain.", "该操作属于另一条链。"),
    "ENVELOPE_KEY_UNKNOWN": (
        "The envelope was not signed with a key of the carrier's system in force.",
        "信封的签名密钥不是承载成员现行有效的系统密钥。",
    ),
    "ENVELOPE_ROOT_DIFFERS": (
        "The envelope does not hold the operations that its header names.",
        "信封内的操作与其头部不一致。",
    ),
    "OPERATION_MALFORMED": ("The operation is not well formed.", "该操作格式错误。"),
    "TYPE_UNKNOWN": (
        "This chain does not run this type and version of operation.",
        "本链不支持该操作类型或其版本。",
    ),
    "WRONG_CARRIER": (
        "The operation names another member as its carrier.",
        "该操作指定了另一承载成员。",
    ),
    "BOX_MISSING": (
        "The sealed content of a part of the operation is missing.",
        "该操作某一密封部分的内容缺失。",
    ),
    "BOX_DIFFERS": (
        "The sealed content is not the one that the signed text names.",
        "密封内容与签名文本所指不一致。",
    ),
    "OPERATION_TWICE": (
        "The operation stood twice in one envelope.",
        "同一信封内该操作重复出现。",
    ),
    "SIGNATURE_FALSE": ("A signature does not fit its key.", "签名与密钥不符。"),
}
"""Code to its sentence in English and Chinese."""
