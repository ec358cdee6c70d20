"""What a validator's backup is good for, and what happens where somebody puts older files of a validator back."""

import shutil
from pathlib import Path

import httpx
import pytest

from tallychain.node.config import load_node
from tallychain.sdk.verify.headers import decode_header
from tests.e2e.machine import answer, tally
from tests.faults.alliance.four import MEMBERS, Four
from tests.faults.alliance.rounds import Rounds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
RESTORED = "settle-a"
OTHERS = tuple(member for member in MEMBERS if member != RESTORED)


def put_back(four: Four, part: str, copy: Path) -> None:
    """Put an older copy of a node's folder in the place of the newer one; the keys are the same."""
    folder = four.layout.node(RESTORED) / part
    shutil.rmtree(folder)
    shutil.copytree(copy / part, folder)


@pytest.fixture(scope="module")
def older(rounds: Rounds, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that a validator had some blocks ago, its keys and its record of votes among it."""
    four, copy = rounds.four, tmp_path_factory.mktemp("copy")
    with rounds.round("a node at rest while it is copied"), four.dead(RESTORED):
        for part in ("engine", "ledger"):
            # The sockets of killed processes lie there still.
            shutil.copytree(
                four.layout.node(RESTORED) / part, copy / part, ignore=shutil.ignore_patterns("*.sock")
            )
        four.goes_on(*OTHERS)
    four.goes_on(*MEMBERS, blocks=4)
    # It has to have signed since, and not only followed.
    home = load_node(four.layout.node_file(RESTORED)).home
    copied = home.signed_height
    four.until(lambda: home.signed_height > copied + 1, "the node that was copied does not sign again")
    return copy


@pytest.mark.attack(34)
def test_a_backup_of_a_validator_cannot_vote_and_its_ledger_is_not_put_back(
    rounds: Rounds, tmp_path: Path
) -> None:
    node = rounds.four.layout.node_file(RESTORED)
    made = answer("node", "backup", "--config", str(node), "--to", str(tmp_path / "backups"))
    files = [path.name for path in Path(made["folder"]).rglob("*")]
    assert not [name for name in files if name.startswith(("priv_validator", "node_key"))]

    refused = tally("node", "restore", made["folder"], str(tmp_path / "again"))
    assert refused.returncode != 0
    assert "LEDGER_FROM_PEERS" in refused.stderr
    assert not (tmp_path / "again").exists()


@pytest.mark.matrix
@pytest.mark.attack(34)
def test_a_ledger_newer_than_the_engines_blocks_does_not_start_and_the_log_says_why(
    rounds: Rounds, older: Path
) -> None:
    four, engine = rounds.four, f"{RESTORED}-engine"
    with rounds.round("an engine's older blocks under a newer ledger") as load:
        load.put_back.add(RESTORED)
        four.kill_node(RESTORED)
        put_back(four, "engine", older)
        said = len(four.log(engine))
        four.start(f"{RESTORED}-ledger", engine)
        four.until(lambda: four.processes[engine].poll() is not None, "the engine runs on")
        assert "is higher than core" in four.log(engine)[said:]
        # Both of one moment start, and take what they miss from the others.
        four.kill_node(RESTORED)
        put_back(four, "engine", older)
        put_back(four, "ledger", older)
        four.revive(RESTORED)


@pytest.mark.attack(34)
def test_an_older_copy_of_a_validator_follows_and_signs_nothing_before_the_others_have_gone_on(
    rounds: Rounds, older: Path
) -> None:
    four, engine = rounds.four, f"{RESTORED}-engine"
    home = load_node(four.layout.node_file(RESTORED)).home
    with rounds.round("an older copy of a validator put back") as load:
        load.put_back.add(RESTORED)
        four.kill_node(RESTORED)
        stood, signed, said = four.height(OTHERS[0]), home.signed_height, len(four.log(engine))
        for part in ("engine", "ledger"):
            put_back(four, part, older)
        assert home.signed_height < signed
        four.start(f"{RESTORED}-ledger", engine)
        four.until(lambda: "votes again" in four.log(engine)[said:], "the copy does not vote again")
        told = four.log(engine)[said:]
        assert "follows first, without its consensus key" in told
        # Held back to blocks that were made while nobody had its key; what it may have signed before lies behind.
        began = int(told.partition('"after": ')[2].partition(",")[0])
        assert began >= stood + 3
        four.until(lambda: home.signed_height > began, "the copy signs nothing")
        for height in range(stood + 2, began + 1):
            assert not voted(four, RESTORED, height)
        four.reaches(RESTORED, four.height(OTHERS[0]) + 2)
    evidence = {decode_header(block.header).evidence_hash for block in rounds.seen.blocks}
    assert len(evidence) == 1, "a validator was found to have signed twice"
    view = four.engine(RESTORED)
    assert view is not None
    assert view.kind == "validator"


def voted(four: Four, member: str, height: int) -> bool:
    """Whether a member's validator is among those whose votes decided a block, as another node has it."""
    address = load_node(four.layout.node_file(member)).home.address
    answer = httpx.get(
        f"{four.rpc(OTHERS[0])}/commit", params={"height": str(height)}, timeout=120, trust_env=False
    )
    votes = answer.json()["result"]["signed_header"]["commit"]["signatures"]
    return address in {vote["validator_address"].lower() for vote in votes}
