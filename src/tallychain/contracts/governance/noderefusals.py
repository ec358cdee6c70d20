"""Why the contract says no to what is proposed of validators, nodes and the protocol, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class NodeOfAnother(Refused):
    """Nobody names another's keys; who is named must want it."""

    code = "NODE_OF_ANOTHER"
    en = "Only {member} proposes a validator or node of its own."
    zh = "仅 {member} 可提议其自身的验证节点或节点。"
    member: str


@dataclass(eq=False)
class EngineOfOneOperator(Refused):
    """The chain has neither validators nor nodes."""

    code = "ENGINE_OF_ONE_OPERATOR"
    en = "This chain is ordered by one operator; it has no validators and no nodes."
    zh = "本链由单一运营方排序，没有验证节点，也没有其他节点。"


@dataclass(eq=False)
class MemberTakesNoPart(Refused):
    """A node belongs to a member in good standing."""

    code = "MEMBER_TAKES_NO_PART"
    en = "The member {member} is {status}; it gets no validator and no node."
    zh = "成员 {member} 的状态为 {status}，不能取得验证节点或其他节点。"
    member: str
    status: str


@dataclass(eq=False)
class KeyInUse(Refused):
    """One key has one task."""

    code = "KEY_IN_USE"
    en = "The key {key} has another task already: it signs for a person or system, validates, or is a node's."
    zh = "密钥 {key} 已有其他用途：用于人员或系统签名、验证节点，或为节点密钥。"
    key: str


@dataclass(eq=False)
class PossessionNotProven(Refused):
    """Who names a key has to have it."""

    code = "POSSESSION_NOT_PROVEN"
    en = "The signature under the statement of possession does not fit the key {key}, this member and this chain."
    zh = "持有声明上的签名与密钥 {key}、该成员及本链不符。"
    key: str


@dataclass(eq=False)
class TooManyNodes(Refused):
    """A member needs a few nodes, not many."""

    code = "TOO_MANY_NODES"
    en = "A member has at most {limit} nodes."
    zh = "每个成员的节点不超过 {limit} 个。"
    limit: int


@dataclass(eq=False)
class TooManyValidators(Refused):
    """Every commit carries a signature of each."""

    code = "TOO_MANY_VALIDATORS"
    en = "A chain has at most {limit} validators."
    zh = "一条链的验证节点不超过 {limit} 个。"
    limit: int


@dataclass(eq=False)
class NoValidator(Refused):
    """The member does not validate, or leaves already."""

    code = "NO_VALIDATOR"
    en = "The member {member} has no validator that stays."
    zh = "成员 {member} 没有在任的验证节点。"
    member: str


@dataclass(eq=False)
class PowerUnchanged(Refused):
    """There is nothing to decide."""

    code = "POWER_UNCHANGED"
    en = "The validator of {member} has the power {power} already."
    zh = "{member} 的验证节点权重已为 {power}。"
    member: str
    power: int


@dataclass(eq=False)
class TooFewValidators(Refused):
    """With fewer than four, one that fails stops the chain."""

    code = "TOO_FEW_VALIDATORS"
    en = "{left} validators would stay; at least {least} do. Let another one join first."
    zh = "将仅剩 {left} 个验证节点，至少须保留 {least} 个。请先让其他验证节点加入。"
    left: int
    least: int


@dataclass(eq=False)
class PowerStepTooLarge(Refused):
    """A set that changes too fast is one that nobody outside can follow."""

    code = "POWER_STEP_TOO_LARGE"
    en = "The decision would move the power {moved}; at once it may be {most}, a third of all. Decide it in steps."
    zh = "该决定将变动权重 {moved}；一次最多变动 {most}，即总权重的三分之一。请分步决定。"
    moved: int
    most: int


@dataclass(eq=False)
class PowerTooConcentrated(Refused):
    """With a third of the power one validator alone prevents every block."""

    code = "POWER_TOO_CONCENTRATED"
    en = "One validator would have the power {largest} of {total}; with a third or more it could stop the chain alone."
    zh = "某一验证节点的权重将为 {largest}（总权重 {total}）；达到三分之一即可单独使链停止。"
    largest: int
    total: int


@dataclass(eq=False)
class NodeUnknown(Refused):
    """No such node is admitted."""

    code = "NODE_UNKNOWN"
    en = "There is no node {node}."
    zh = "不存在节点 {node}。"
    node: str


@dataclass(eq=False)
class NodeValidates(Refused):
    """A validator's node goes when its validator has gone."""

    code = "NODE_VALIDATES"
    en = "The node {node} is the validator of {member}; let the validator go first."
    zh = "节点 {node} 是 {member} 的验证节点；请先移除该验证节点。"
    node: str
    member: str


@dataclass(eq=False)
class ProtocolNotNext(Refused):
    """Protocols follow each other without a gap."""

    code = "PROTOCOL_NOT_NEXT"
    en = "The next protocol is {next}."
    zh = "下一个协议版本为 {next}。"
    next: int


@dataclass(eq=False)
class HeightTooEarly(Refused):
    """Operators need blocks enough between the decision and its effect."""

    code = "HEIGHT_TOO_EARLY"
    en = "The protocol holds from height {earliest} on at the earliest."
    zh = "该协议最早可自高度 {earliest} 起生效。"
    earliest: int


NODE_REFUSALS: tuple[type[Refused], ...] = (
    EngineOfOneOperator,
    MemberTakesNoPart,
    KeyInUse,
    PossessionNotProven,
    TooManyNodes,
    TooManyValidators,
    NoValidator,
    PowerUnchanged,
    TooFewValidators,
    PowerStepTooLarge,
    PowerTooConcentrated,
    NodeUnknown,
    NodeValidates,
    ProtocolNotNext,
    HeightTooEarly,
)
"""Why a decision on validators, nodes or the protocol cannot act."""
