"""Why a gateway does not take a letter of another one."""

from typing import Final

from tallychain.gateway.reasonform import Reason

LETTER_REASONS: Final[dict[str, Reason]] = {
    "GATEWAY_LETTER_NOT_VALID": Reason(
        422, "Letter not valid", "The letter is not valid: {detail}.", "信函无效：{detail}。"
    ),
    "GATEWAY_LETTER_REUSED": Reason(
        409, "Letter id used before", "Another letter with this id came before.", "该信函编号已被使用。"
    ),
    "GATEWAY_PAYABLE_NOT_SEEN": Reason(
        404,
        "Payable not seen yet",
        "The ledger here has no payable {payable}; the letter may come again.",
        "本地账本尚无应付账款 {payable}，可稍后重新投递。",
    ),
    "GATEWAY_FINANCING_NOT_SEEN": Reason(
        404,
        "Financing not seen yet",
        "The ledger here has no financing {financing}; the letter may come again.",
        "本地账本尚无融资 {financing}，可稍后重新投递。",
    ),
}
