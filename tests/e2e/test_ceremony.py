"""Four institutions begin one chain of four validators: each on its own machine, with nothing between them but public files."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.port import EngineUnavailable
from tallychain.engine.tls import TlsFolder
from tallychain.network.ports import free_ports
from tallychain.node.config import load_node
from tallychain.node.running import NodeStatus, node_status
from tests.e2e.bench import Bench
from tests.e2e.machine import PATIENCE_S, TALLY, answer, end_all_in, processes_in, tally, until

pytestmark = pytest.mark.slow

MEMBERS = ("bank-a", "bank-b", "bank-c", "bank-d")


class Institution:
    """One founder: its own folder, and what it has been given by others."""

    def __init__(self, folder: Path, member: str, number: int, ports: list[int]) -> None:
        self.bench = Bench(folder / "bench", ports[0], member, number).prepare()
        self.home, self.received = folder / "n", folder / "received"
        self.received.mkdir()
        node = f"""
[node]
address = "127.0.0.1:{ports[1]}"
listen = "127.0.0.1:{ports[1]}"
network = "lan"
rpc_port = {ports[2]}
metrics_port = {ports[3]}
ledger_metrics_port = {ports[4]}
workers = 0
remote_address = "127.0.0.1:{ports[5]}"
remote_listen = "127.0.0.1:{ports[5]}"
"""
        settings = self.bench.folder / "founding.toml"
        settings.write_text(settings.read_text() + node)

    def prepare(self) -> "dict[str, str]":
        """Make the keys; what is printed for a person."""
        made: dict[str, str] = answer(*self.bench.init(self.home, "--only-member"))
        return made

    def start(self, *more: str) -> "subprocess.CompletedProcess[str]":
        """Found the chain or take it over."""
        passphrase = str(self.bench.folder / "passphrase")
        command = ("network", "init", str(self.home), "--production", "--passphrase-file", passphrase)
        return tally(*command, *more, "--output", "json")

    def run(self) -> "subprocess.Popen[bytes]":
        """Start the node in the foreground, as its service manager does, with the passphrase that this hands over."""
        with (self.home / "node.toml").open("a") as settings:
            # Four machines of an alliance have four addresses; here they have one.
            settings.write("same_machine = true\n")
        command = [*TALLY, "node", "run", "--config", str(self.home / "node.toml")]
        environment = {**os.environ, "CREDENTIALS_DIRECTORY": str(self.bench.folder)}
        with (self.home / "err").open("wb") as err:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=err, env=environment)

    def said(self, name: str = "") -> str:
        """What the node, or one of its processes, has written."""
        path = self.home / "logs" / f"{name}.log" if name else self.home / "err"
        return path.read_text(errors="replace") if path.exists() else ""

    def status(self) -> NodeStatus | None:
        """How the node stands, or None while its ledger does not answer."""
        try:
            return asyncio.run(node_status(load_node(self.home / "node.toml")))
        except EngineUnavailable:
            return None

    @property
    def others(self) -> list[str]:
        """The options that name the files of the other founders, as received."""
        files = sorted(self.received.glob("member-*.json"))
        return [word for path in files for word in ("--founders", str(path))]


@pytest.fixture(scope="module")
def founders(tmp_path_factory: pytest.TempPathFactory) -> list[Institution]:
    """Four institutions that have prepared themselves and exchanged what is public."""
    root, ports = tmp_path_factory.mktemp("c"), free_ports(24)
    made = [
        Institution(root / member, member, 700 + number, ports[6 * number : 6 * number + 6])
        for number, member in enumerate(MEMBERS)
    ]
    for one in made:
        assert one.prepare()["member"] == one.bench.member
    for giver in made:
        for taker in made:
            if taker is not giver:
                shutil.copy(giver.home / "member.json", taker.received / f"member-{giver.bench.member}.json")
    return made


@pytest.fixture(scope="module")
def chain(founders: list[Institution]) -> list[Institution]:
    """The same, once all have the genesis document."""
    first, *rest = founders
    founded = first.start(*first.others)
    assert founded.returncode == 0, founded.stderr
    digests = [json.loads(founded.stdout)["genesis"]]
    for one in rest:
        for name in ("genesis.json", "fingerprint-key.json"):
            shutil.copy(first.home / name, one.received)
        taken = one.start("--genesis", str(one.received / "genesis.json"), *one.others)
        assert taken.returncode == 0, taken.stderr
        found = json.loads(taken.stdout)
        assert (sorted(found["validators"]), found["tolerates"]) == (sorted(MEMBERS), 1)
        digests.append(found["genesis"])
    assert len(set(digests)) == 1
    return founders


def secrets_of(home: Path) -> list[bytes]:
    """The private halves of a node's keys."""
    keys = [home / "engine" / "config" / name for name in ("priv_validator_key.json", "node_key.json")]
    found = [json.loads(path.read_text())["priv_key"]["value"].encode() for path in keys]
    return [*found, (home / "tls" / "own.key").read_bytes().splitlines()[1]]


def test_what_leaves_a_machine_holds_no_secret(founders: list[Institution]) -> None:
    for one in founders:
        public = (one.home / "member.json").read_bytes()
        assert not any(secret in public for secret in secrets_of(one.home))
        assert b"PRIVATE KEY" not in public
        for name in ("engine/config/priv_validator_key.json", "engine/config/node_key.json", "tls/own.key"):
            assert stat.S_IMODE((one.home / name).stat().st_mode) == 0o600


def refused(one: Institution, *more: str) -> str:
    """The sentence with which a start is refused; nothing is taken then."""
    done = one.start(*more)
    assert done.returncode != 0, done.stdout
    assert not (one.home / "genesis.json").exists()
    return done.stderr


def test_a_founder_that_names_keys_of_another_is_refused(founders: list[Institution], tmp_path: Path) -> None:
    first, second = founders[:2]
    plain = json.loads((second.home / "member.json").read_text())
    plain["node"]["consensus_key"] = EngineKey.generate().public
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(plain))
    assert "does not prove that its founder has them" in refused(first, "--founders", str(forged))


def test_a_founder_with_the_certificate_of_another_is_refused(
    founders: list[Institution], tmp_path: Path
) -> None:
    first, second, third = founders[:3]
    plain = json.loads((second.home / "member.json").read_text())
    forged = tmp_path / "forged.json"
    for certificate, sentence in (
        ((third.home / "tls" / "own.pem").read_text(), "holds a certificate of bank-c"),
        ("none", "The certificate of a connection is not valid"),
    ):
        plain["node"]["certificate"] = certificate
        forged.write_text(json.dumps(plain))
        assert sentence in refused(first, "--founders", str(forged))


def test_a_founder_without_a_node_is_refused_among_those_with_one(
    founders: list[Institution], tmp_path: Path
) -> None:
    plain = json.loads((founders[1].home / "member.json").read_text())
    plain["node"] = None
    without = tmp_path / "without.json"
    without.write_text(json.dumps(plain))
    assert "every founder has one" in refused(founders[0], "--founders", str(without))


def test_a_document_is_refused_that_gives_one_validator_more_power(
    founders: list[Institution], tmp_path: Path
) -> None:
    first, second = founders[:2]
    aside = tmp_path / "first"
    shutil.copytree(first.home, aside)
    passphrase = str(first.bench.folder / "passphrase")
    made = tally(
        *("network", "init", str(aside), "--production", "--passphrase-file", passphrase), *first.others
    )
    assert made.returncode == 0, made.stderr
    document = (aside / "genesis.json").read_text().replace('"power":10', '"power":11', 1)
    (tmp_path / "genesis.json").write_text(document)
    shutil.copy(aside / "fingerprint-key.json", tmp_path)
    genesis = ("--genesis", str(tmp_path / "genesis.json"))
    assert "are not those of the founders' files" in refused(second, *genesis, *second.others)
    assert "is missing" in refused(second, *genesis, *second.others[:-2])


def test_every_node_knows_all_others_and_begins_the_same_chain(chain: list[Institution]) -> None:
    nodes = [load_node(one.home / "node.toml") for one in chain]
    ids = {node.home.node_id for node in nodes}
    assert len(ids) == 4
    for node in nodes:
        assert node.engine is not None
        assert {peer[:40] for peer in node.engine.peers} == ids - {node.home.node_id}
        assert {pin.member for _, pin in TlsFolder.load(node.tls, "alliance-1").held} == set(MEMBERS) - {
            node.gateway.member
        }
        assert len(node.gateway.ledger) == 3
    assert len({(one.home / "genesis.json").read_bytes() for one in chain}) == 1
    assert not any((one.home / "sequencer.key").exists() for one in chain)


def test_units_for_the_service_manager_begin_the_engine_after_the_ledger(
    chain: list[Institution], tmp_path: Path
) -> None:
    done = answer("network", "units", str(chain[0].home), "--install", str(tmp_path))
    names = {Path(path).name for path in done["written"]}
    assert {"tally-ledger.service", "tally-engine.service", "tally-gateway.service"} <= names
    engine = (tmp_path / "tally-engine.service").read_text()
    assert "PartOf=tally-ledger.service" in engine
    assert "LoadCredential" not in engine
    assert f"--config {chain[0].home}/node.toml" in engine
    ledger = (tmp_path / "tally-ledger.service").read_text()
    assert f"--abci {chain[0].home}/ledger/abci.sock" in ledger


@contextmanager
def running(*institutions: Institution) -> Iterator[None]:
    """These institutions' nodes, until the end of the block; then each ends by itself and leaves no process."""
    started = [(one, one.run()) for one in institutions]
    try:
        yield
    finally:
        for _, process in started:
            process.send_signal(signal.SIGTERM)
        try:
            ended = [process.wait(PATIENCE_S) for _, process in started]
            left = [pid for one in institutions for pid in processes_in(one.home)]
        finally:
            for one, process in started:
                end_all_in(one.home)
                process.wait()
    assert ended == [0] * len(started)
    assert left == []


@pytest.mark.timeout(300)
def test_four_nodes_that_start_one_after_the_other_make_the_same_blocks(chain: list[Institution]) -> None:
    first, *rest = chain
    with running(first):
        # Alone it makes no block: its gateway waits, and says for what.
        until(lambda: "waits for the chain" in first.said("gateway"))
        until(lambda: first.status() is not None)
        alone = first.status()
        assert alone is not None
        assert alone.ledger.height == 0
        with running(*rest):
            until(lambda: all("serves at" in one.said() for one in chain))
            until(lambda: all(is_well(one.status()) for one in chain))
            found = [one.status() for one in chain]
            until(lambda: same_block(chain))
            # Its own, and those of the others over their endpoints.
            until(lambda: all(nodes_without_fault(one) == 4 for one in chain))
    assert "Traceback" not in "".join(one.said("gateway") for one in chain)
    assert len({one.ledger.genesis for one in found if one is not None}) == 1


def is_well(found: NodeStatus | None) -> bool:
    """Whether a node votes, is connected to the three others, and has blocks."""
    if found is None or found.engine is None:
        return False
    return found.ledger.height >= 2 and found.engine.kind == "validator" and len(found.engine.peers) == 3


def nodes_without_fault(one: Institution) -> int:
    """Of how many nodes this institution's gateway thinks well."""
    nodes = httpx.get(
        f"{load_node(one.home / 'node.toml').url}/readyz", timeout=PATIENCE_S, trust_env=False
    ).json()["nodes"]
    return sum(node["fault"] == "" for node in nodes)


def same_block(chain: list[Institution]) -> bool:
    """Whether all four stand at one height with one root."""
    found = [one.status() for one in chain]
    return None not in found and len({(one.ledger.height, one.ledger.app_hash) for one in found if one}) == 1
