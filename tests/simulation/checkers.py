"""What must be true of an alliance whatever breaks, judged from outside: by what nodes and gateways answered and hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tallychain.contracts.vouchers.state import HOLDINGS, SPENT, VOUCHERS
from tallychain.crypto.digest import sha256
from tallychain.engine.cometbft.calls import Info
from tallychain.engine.port import CommittedBlock
from tallychain.gateway import outbox
from tallychain.ledger import codec
from tallychain.ledger.limits import STEPS
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.tree import BucketTree
from tests.simulation.alliance import TREE_DEPTH
from tests.simulation.gateway import Gateway
from tests.simulation.node import Decided, Node
from tests.simulation.reading import Reading, Rows, schema
from tests.simulation.users import Users

STALE_MS = 20_000


@dataclass
class Chronicle:
    """Everything that was seen, and every fault in it."""

    faults: list[str] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    made: dict[int, bytes] = field(default_factory=dict)
    """Height to a digest of everything that execution answered."""
    answered: dict[int, int] = field(default_factory=dict)
    """Node to the last height for which it answered Commit."""
    receipts: dict[str, Receipt] = field(default_factory=dict)
    rebuilds: bool = True
    """Whether read models are made again at the end."""
    lying: set[int] = field(default_factory=set)
    """Nodes that are made to be wrong: what they hold proves nothing."""
    lied: set[int] = field(default_factory=set)
    """Those that ever were."""

    def fault(self, text: str) -> None:
        """Note a fault; the first few are enough."""
        if len(self.faults) < 50:
            self.faults.append(text)

    # --- as it happens

    def node_committed(self, node: Node, block: CommittedBlock, app_hash: bytes) -> None:
        """One root per height, and the same answers everywhere, also when a block is executed again."""
        if node.index in self.lying:
            return
        if self.roots.setdefault(block.height, app_hash) != app_hash:
            self.fault(f"node {node.index} has another root at {block.height}")
        digest = sha256(codec.encode_frame(block))
        if self.made.setdefault(block.height, digest) != digest:
            self.fault(f"node {node.index} answered otherwise at {block.height}")

    def node_answered(self, node: Node, height: int) -> None:
        """Commit was answered: from here on the block is durable."""
        self.answered[node.index] = height

    def node_began(self, node: Node, info: Info) -> None:
        """A node came back: it knows at least what it answered, and its root is that of the height."""
        if node.index in self.lying:
            return
        if info.height < self.answered.get(node.index, 0):
            self.fault(
                f"node {node.index} came back at {info.height} after it had answered {self.answered[node.index]}"
            )
        if info.height and info.app_hash != self.roots.get(info.height, info.app_hash):
            self.fault(f"node {node.index} came back with another root at {info.height}")
        if info.height > len(node.blocks):
            self.fault(
                f"node {node.index} came back at {info.height}, ahead of its engine at {len(node.blocks)}"
            )

    def decided(self, block: Decided, before: Decided | None, now_ms: int, *, is_clock_wrong: bool) -> None:
        """Operations are not judged by a time that is long over: an empty block comes first, unless one just came."""
        is_after_empty = before is None or not before.envelopes
        if (
            block.envelopes
            and not is_after_empty
            and not is_clock_wrong
            and now_ms - block.time_ms > STALE_MS
        ):
            self.fault(f"block {block.height} judges operations by a time {now_ms - block.time_ms} ms ago")

    def world_learned(self, rows: list[tuple[bytes, ...]], height: int) -> None:
        """No operation has two receipts."""
        for row in (row for answers in rows for row in answers if b'"outcome"' in row):
            receipt = codec.trusted(Receipt, row)
            if receipt.operation in self.receipts:
                self.fault(f"{receipt.operation} was applied again at {height}")
            self.receipts[receipt.operation] = receipt

    # --- at the end

    def at_the_end(self, users: Users, nodes: list[Node], gateways: dict[str, Gateway]) -> None:
        """Everything that can be asked when it is quiet."""
        for found in (
            self._acknowledged(users, gateways),
            self._invariants(users),
            self._replicas(users, nodes),
            self._read_models(gateways, users),
        ):
            for text in found:
                self.fault(text)

    def _acknowledged(self, users: Users, gateways: dict[str, Gateway]) -> Iterator[str]:
        """What was acknowledged has an end, and it is the ledger's."""
        tables = {name: gateway.tables.rows() for name, gateway in gateways.items()}
        for sent in users.sent.values():
            if not sent.acknowledged:
                continue
            row = tables[sent.carrier].get(sent.operation)
            if row is None:
                yield f"{sent.operation} ({sent.planned.type}) was acknowledged and is lost"
                continue
            receipt = self.receipts.get(sent.operation)
            if row.state == outbox.QUEUED:
                yield f"{sent.operation} ({sent.planned.type}) was acknowledged and has no end"
            elif row.state in (outbox.DONE, outbox.REFUSED):
                if receipt is None or (receipt.code, receipt.height) != (row.code, row.height):
                    yield f"{sent.operation} ended {row.code} at the gateway and not on the ledger"
            elif receipt is not None:
                yield f"{sent.operation} ended {row.code} at the gateway and {receipt.code} on the ledger"

    def _invariants(self, users: Users) -> Iterator[str]:
        """Every contract's own invariants over the whole state."""
        for number, detail in users.world.check():
            yield f"I{number}: {detail}"

    def _replicas(self, users: Users, nodes: list[Node]) -> Iterator[str]:
        """Every store holds the same rows, and they make the root that it names."""
        wanted = None
        proven: list[tuple[bytes, bytes]] = []
        for node in nodes:
            if node.halted and node.index not in self.lying:
                yield f"node {node.index} halted: {node.halted}"
            if node.app is None or node.index in self.lying:
                continue
            rows = list(node.app.store.items())
            # The same rows make the same root: it is made once for all who hold them.
            root = wanted if wanted is not None and rows == proven else BucketTree(TREE_DEPTH, rows).root
            if root != node.app.store.app_hash:
                yield f"the rows of node {node.index} do not make its root"
            if wanted is None:
                wanted, proven = root, rows
            if root != wanted:
                yield f"node {node.index} holds other rows than the others"
        if wanted is not None and wanted != users.world.root:
            yield "the nodes hold other rows than a world that nothing ever happened to"

    def _read_models(self, gateways: dict[str, Gateway], users: Users) -> Iterator[str]:
        """A read model's rows are those of a rebuild and of the ledger."""
        for gateway in gateways.values():
            if gateway.reading is None:
                continue
            found = gateway.reading.rows()
            if self.rebuilds:
                yield from self._rebuilt(gateway, gateway.reading, found)
            yield from _compared(found, users)

    def _rebuilt(self, gateway: Gateway, reading: Reading, found: Rows) -> Iterator[str]:
        node = gateway.engine.node
        blocks = [node.running().reading.block(height) for height in range(1, node.height + 1)]
        again = reading.rebuilt(blocks)
        wanted = again.rows()
        for name in wanted:
            # A node with a root of its own told its followers that root; light verification is what guards them.
            if name == "blocks" and node.index in self.lied:
                continue
            if found[name] != wanted[name]:
                yield f"the table {name} of {gateway.member} is not that of a rebuild"
        again.close()


def _compared(tables: Rows, users: Users) -> Iterator[str]:
    """Holdings and vouchers as a gateway shows them are those of the ledger."""
    state, now = users.world.reader, users.moment()
    shown = {
        (str(row["voucher"]), int(str(row["first"]))): (int(str(row["last"])), str(row["tag"]))
        for row in _named(tables, "holdings")
        if row["status"] != SPENT
    }
    wanted = {(row.voucher, int(row.first)): (int(row.last), row.tag) for row in state.iterate(HOLDINGS)}
    for key in sorted(set(shown) ^ set(wanted)):
        yield f"the holding {key} is shown by a gateway or held on the ledger, and not both"
    for key in sorted(set(shown) & set(wanted)):
        if shown[key] != wanted[key]:
            yield f"a gateway shows the holding {key} otherwise than the ledger"
    statuses = {row.number: row.status_at(now) for row in state.iterate(VOUCHERS)}
    for row in _named(tables, "vouchers"):
        status = statuses.get(str(row["voucher"]))
        if status is not None and row["status"] != status and not _later(row, status):
            yield f"a gateway shows {row['voucher']} as {row['status']} and it is {status}"


def _later(row: dict[str, object], status: str) -> bool:
    """Whether the row says itself that time makes it so; queries apply that."""
    return status in [row[f"step{number}_status"] for number in range(1, STEPS + 1)]


def _named(tables: Rows, table: str) -> list[dict[str, object]]:
    name = f"view_{table}"
    names = [column.name for column in schema().metadata.tables[name].columns]
    return [dict(zip(names, row, strict=True)) for row in tables[name]]
