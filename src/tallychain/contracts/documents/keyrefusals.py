"""Why an operation is refused for the fingerprint key that it rests on.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class KeyEpochNotNewest(Refused):
    """Papers are named with the newest key of the alliance; another one has begun meanwhile, or not yet."""

    code = "KEY_EPOCH_NOT_NEWEST"
    en = "The papers are named with the fingerprint key of epoch {epoch}, and the newest is {newest}; name them anew and present again."
    zh = "单据使用第 {epoch} 期指纹密钥，而最新为第 {newest} 期；请重新生成单据指纹后再提交。"
    epoch: int
    newest: int


@dataclass(eq=False)
class EarlierNamesDiffer(Refused):
    """A paper is named under each earlier key that is still named, so that no record of it is missed."""

    code = "EARLIER_NAMES_DIFFER"
    en = "The paper {fingerprint} has {given} earlier names, and {due} are due; name it anew and present again."
    zh = "单据 {fingerprint} 附有 {given} 个历史指纹，应为 {due} 个；请重新生成单据指纹后再提交。"
    fingerprint: str
    given: int
    due: int


@dataclass(eq=False)
class CreditEpochDiffers(Refused):
    """A red letter is named with the key of the invoice's record, whichever key is the newest, so that it counts once."""

    code = "CREDIT_EPOCH_DIFFERS"
    en = "The invoice {fingerprint} is recorded under the fingerprint key of epoch {epoch}; the red letter is named with that key."
    zh = "单据 {fingerprint} 以第 {epoch} 期指纹密钥登记，红字发票须使用该期密钥生成指纹。"
    fingerprint: str
    epoch: int


@dataclass(eq=False)
class NoFoundingKey(Refused):
    """The chain began without a fingerprint key of record, so no other one can follow it."""

    code = "NO_FOUNDING_KEY"
    en = "The genesis document commits to no fingerprint key, so no other can follow it."
    zh = "创世文件未载明单据指纹密钥，不能更换。"


@dataclass(eq=False)
class KeyEpochNotNext(Refused):
    """Epochs follow each other without a gap."""

    code = "KEY_EPOCH_NOT_NEXT"
    en = "The next epoch of the fingerprint key is {next}, not {epoch}."
    zh = "指纹密钥的下一期为第 {next} 期，并非第 {epoch} 期。"
    epoch: int
    next: int


@dataclass(eq=False)
class KeyCommitmentKnown(Refused):
    """A key that served an epoch is known to whoever has left since."""

    code = "KEY_COMMITMENT_KNOWN"
    en = "The commitment is that of epoch {epoch}; a new epoch needs a new key."
    zh = "该承诺值为第 {epoch} 期密钥的承诺值；新一期须使用新密钥。"
    epoch: int


@dataclass(eq=False)
class TooManyKeyEpochs(Refused):
    """Papers are named under a bounded number of keys."""

    code = "TOO_MANY_KEY_EPOCHS"
    en = "Papers are named under {limit} fingerprint keys already; the oldest goes first, on {day}."
    zh = "单据已使用 {limit} 期指纹密钥；最早一期至 {day} 方止。"
    limit: int
    day: str
