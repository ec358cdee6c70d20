"""How events become rows: validators, nodes and protocols; all public to members."""

from collections.abc import Iterable

from tallychain.contracts.governance.events import ProtocolScheduled
from tallychain.ledger.contract import Words
from tallychain.ledger.validators import NodeSet, ValidatorSet
from tallychain.ledger.views import Fact, RowWrite, Value, View, column

JOINING, VALIDATING, CHANGING, LEAVING, LEFT = "JOINING", "VALIDATING", "CHANGING", "LEAVING", "LEFT"
ADMITTED, REMOVED = "ADMITTED", "REMOVED"
STANDINGS = (JOINING, VALIDATING, CHANGING, LEAVING, LEFT, ADMITTED, REMOVED)


def standing(decided: int, told: int) -> str:
    """How far the engine is with what was decided of a validator."""
    if decided == told:
        return VALIDATING if told else LEFT
    if not decided:
        return LEAVING
    return CHANGING if told else JOINING


def _validators(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, ValidatorSet):
        values: dict[str, Value] = {
            "member": event.member,
            "node": event.node,
            "decided": event.decided,
            "told": event.told,
            "standing": standing(event.decided, event.told),
            "since_height": fact.height,
        }
        yield RowWrite("validators", (event.key,), values)


def _nodes(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, NodeSet):
        values: dict[str, Value] = {
            "member": event.member,
            "kind": event.kind,
            "standing": ADMITTED if event.kind else REMOVED,
            "since_height": fact.height,
        }
        yield RowWrite("nodes", (event.node,), values)


def _protocols(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, ProtocolScheduled):
        row = event.activation
        values: dict[str, Value] = {
            "from_height": row.from_height,
            "release": row.release,
            "source": row.source,
            "build": row.build,
            "decided_ms": fact.time_ms,
        }
        yield RowWrite("protocols", (row.protocol,), values)


VALIDATORS_VIEW = View(
    name="validators",
    title=Words("Validators", "验证节点"),
    key=("key",),
    columns=(
        column("key", "text", "Validator key", "验证节点公钥"),
        column("member", "text", "Member", "成员"),
        column("node", "text", "Node", "节点编号"),
        column("decided", "integer", "Power decided", "已决定的权重"),
        column("told", "integer", "Power in the engine", "引擎中的权重"),
        column("standing", "text", "Standing", "状态"),
        column("since_height", "integer", "Since height", "起始高度"),
    ),
    project=_validators,
)

NODES_VIEW = View(
    name="nodes",
    title=Words("Nodes", "节点"),
    key=("node",),
    columns=(
        column("node", "text", "Node", "节点编号"),
        column("member", "text", "Member", "成员"),
        column("kind", "text", "Kind", "类别"),
        column("standing", "text", "Standing", "状态"),
        column("since_height", "integer", "Since height", "起始高度"),
    ),
    project=_nodes,
)

PROTOCOLS_VIEW = View(
    name="protocols",
    title=Words("Protocols and releases", "协议与版本"),
    key=("protocol",),
    columns=(
        column("protocol", "integer", "Protocol", "协议版本"),
        column("from_height", "integer", "From height", "生效高度"),
        column("release", "text", "Release", "软件版本"),
        column("source", "text", "Source digest", "源码摘要"),
        column("build", "text", "Build digest", "构建摘要"),
        column("decided_ms", "time", "Decided", "决定时间"),
    ),
    project=_protocols,
)

NODE_VIEWS = (VALIDATORS_VIEW, NODES_VIEW, PROTOCOLS_VIEW)
