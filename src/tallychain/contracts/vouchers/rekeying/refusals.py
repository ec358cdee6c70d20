"""Why an act on a change of keys is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class RekeyNotFound(Refused):
    """No change of keys of this name is that of this tag, or another one since."""

    code = "REKEY_NOT_FOUND"
    en = "The tag {tag} has no change of keys {rekey}."
    zh = "标签 {tag} 没有密钥更换 {rekey}。"
    tag: str
    rekey: str


@dataclass(eq=False)
class NotTheProposer(Refused):
    """Only the member that has proposed it takes it back."""

    code = "NOT_THE_PROPOSER"
    en = "The change of keys {rekey} was proposed by {proposer}."
    zh = "密钥更换 {rekey} 由 {proposer} 提出。"
    rekey: str
    proposer: str


@dataclass(eq=False)
class NotTheSecondBank(Refused):
    """Another bank was named to see the client."""

    code = "NOT_THE_SECOND_BANK"
    en = "The second bank of the change of keys {rekey} is {second}."
    zh = "密钥更换 {rekey} 的复核银行为 {second}。"
    rekey: str
    second: str


@dataclass(eq=False)
class SecondBankNotEligible(Refused):
    """The second bank is an active bank, and none of those concerned."""

    code = "SECOND_BANK_NOT_ELIGIBLE"
    en = "{second} cannot be the second bank: it must be an active bank, and neither the issuer nor a sponsor of the holder."
    zh = "{second} 不能作为复核银行：须为在册银行，且非开立方、非持有人的接入机构。"
    second: str


@dataclass(eq=False)
class RekeyStands(Refused):
    """One at a time, and none for a while after the old key has objected."""

    code = "REKEY_STANDS"
    en = "The tag {tag} has the change of keys {rekey}, which is {status}."
    zh = "标签 {tag} 已有密钥更换 {rekey}，状态为 {status}。"
    tag: str
    rekey: str
    status: str


@dataclass(eq=False)
class RekeyNotPending(Refused):
    """It waits for another act, or is over."""

    code = "REKEY_NOT_PENDING"
    en = "This cannot be done with the change of keys {rekey}; it is {status}."
    zh = "密钥更换 {rekey} 当前为 {status}，不能办理该操作。"
    rekey: str
    status: str
