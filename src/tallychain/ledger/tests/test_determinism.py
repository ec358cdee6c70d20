"""Every node reaches the same result: whatever its hash seed, and in whatever order rows are written."""

import os
import subprocess
import sys

from tallychain.crypto.digest import sha256
from tallychain.ledger.tests.chain import START_MS, Chain
from tallychain.ledger.tests.toy import FULL, FillBox, OpenBox, SetAlarm
from tallychain.ledger.tree import BucketTree

GOLDEN_ROOT = "68e4c714f3fe85b2772f5566613408b4fa1eec5ccce735c3bb3300ea8b05897f"
"""State root of the story below; another one is another protocol version."""


def story() -> Chain:
    """Some blocks with everything in them: done, refused, turned away, broken, due, an outage, a dropped journal."""
    chain = Chain()
    names = [f"B{number}" for number in range(12)]
    chain.block(*(chain.ask("box.open", OpenBox(name, 5, START_MS + 90_000, "为什么")) for name in names))
    chain.block(*(chain.ask("alarm.set", SetAlarm(name, START_MS + 50_000)) for name in names))
    chain.block(
        *(chain.ask("box.fill", FillBox(name, number)) for number, name in enumerate(names)),
        chain.ask("box.fill", FillBox("B1", FULL + 1)),
        chain.ask("box.remove", FillBox("B2", 1)),
        chain.ask("box.fill", FillBox("B3", 1), "bank-b/system"),
    )
    for after_ms in (55_000, 50_000, 1_000, 300_000, 1_000):
        chain.block(chain.ask("box.fill", FillBox("B4", 1)), after_ms=after_ms)
    return chain


def test_two_hash_seeds_give_the_golden_root() -> None:
    code = "from tallychain.ledger.tests.test_determinism import story; print(story().root.hex())"
    roots = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "4242")
    ]

    assert roots == [GOLDEN_ROOT, GOLDEN_ROOT]
    assert story().root.hex() == GOLDEN_ROOT


def test_the_order_in_which_rows_are_written_does_not_matter() -> None:
    rows = story().backing.content
    trees = [BucketTree(4), BucketTree(4), BucketTree(4, rows.items())]

    trees[0].update(rows)
    for key in sorted(rows, key=sha256):
        trees[1].update({key: rows[key]})

    assert {tree.root.hex() for tree in trees} == {GOLDEN_ROOT}


def test_the_root_is_that_of_a_tree_built_from_the_rows_alone() -> None:
    chain = story()

    assert chain.restarted().root == chain.root
