"""A real start of one institution, by the commands of docs/operating.md: from empty folders to a running node, its backup, and what is refused on the way."""

import base64
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tallychain.crypto import totp
from tallychain.crypto.keyfile import read_key_file
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.network.ports import free_ports
from tallychain.sdk.fingerprint import PaperFields, fingerprint
from tests.e2e.authority import Authority
from tests.e2e.bench import NODE_PASSPHRASE, Bench
from tests.e2e.machine import PATIENCE_S, TALLY, answer, end_all_in, processes_in, tally, until

pytestmark = pytest.mark.slow

PAPER = PaperFields("INVOICE", "26312000000000000018", "91310000MA1FL0007C", "2026-03-10", "CNY", 100)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), free_ports(1)[0]).prepare()


@pytest.fixture(scope="module")
def node(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a founded node that runs as a service manager would run it."""
    folder = tmp_path_factory.mktemp("p") / "n"
    made = answer(*bench.init(folder))
    assert made["members"] == ["bank-a"]
    assert len(made["genesis"]) == 64
    assert set(made["enrolment_codes"]) == {"admin-1", "admin-2"}
    bench.codes.update(made["enrolment_codes"])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder.parent / "notify"))
        manager.settimeout(PATIENCE_S)
        credentials = folder.parent / "credentials"
        credentials.mkdir()
        shutil.copy(bench.folder / "passphrase", credentials)
        environment = {
            **os.environ,
            "CREDENTIALS_DIRECTORY": str(credentials),
            "NOTIFY_SOCKET": str(folder.parent / "notify"),
        }
        command = [*TALLY, "node", "run", "--config", str(folder / "node.toml")]
        with (folder.parent / "err").open("wb") as err:
            running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=err, env=environment)
        try:
            # Ledger, gateway and supervisor each say so; a service manager listens to the one that it started.
            assert [manager.recv(100) for _ in ("ledger", "gateway", "node")] == [b"READY=1"] * 3
            until(lambda: "serves at" in (folder.parent / "err").read_text() or running.poll() is not None)
            assert running.poll() is None, (folder.parent / "err").read_text()
            yield folder
            running.send_signal(signal.SIGTERM)
            assert running.wait(PATIENCE_S) == 0
        finally:
            left = processes_in(folder)
            end_all_in(folder)
            running.wait()
    assert left == []


def asked(bench: Bench, path: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(
        f"http://127.0.0.1:{bench.port}{path}", trust_env=False, timeout=PATIENCE_S
    ).json()
    return found


def test_a_founded_node_runs_and_everything_in_it_holds(node: Path, bench: Bench) -> None:
    found = answer("node", "check", "--config", str(node / "node.toml"))
    status = answer("node", "status", "--config", str(node / "node.toml"))["ledger"]

    assert found["failures"] == []
    assert (status["chain"], status["demo"], status["clock"]) == ("alliance-1", False, "system")
    until(lambda: asked(bench, "/v1/ready")["ready"] is True)


def test_the_first_two_admins_enrol_and_bring_a_third_key_onto_the_ledger(node: Path, bench: Bench) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{bench.port}", trust_env=False, timeout=PATIENCE_S) as http:
        one, two = Admin(http, bench, "admin-1"), Admin(http, bench, "admin-2")
        args = {
            "key": signing_key_from_seed(ED25519, bytes(32)).public,
            "person": "5f0c2ab19d3e7781",
            "rights": ["maker"],
            "limit": 0,
            "certificate": "9c" * 32,
            "valid_from": 0,
        }
        begun = one.post(
            "/v1/acts/member.key_register", {"args": args, "sealed": {}, **one.unlock()}, key="first-key-1"
        )
        assert "draft" in begun.json(), begun.text
        draft = begun.json()["draft"]
        assert one.post(f"/v1/drafts/{draft}/approve", one.unlock()).status_code == 403
        approved = two.post(f"/v1/drafts/{draft}/approve", two.unlock())
        assert approved.status_code == 202, approved.text
        operation = approved.json()["operation"]
        end: dict[str, object] = {}

        def has_ended() -> bool:
            end.update(two.get(f"/v1/operations/{operation}?wait=20"))
            return end["state"] not in ("queued", "submitted")

        until(has_ended)
        assert (end["state"], end["code"]) == ("done", "DONE"), end
    assert answer("node", "check", "--config", str(node / "node.toml"))["failures"] == []


class Admin:
    """One of the first two admins: enrols with the code from the installation, then acts with recovery codes, one an act."""

    def __init__(self, http: httpx.Client, bench: Bench, account: str) -> None:
        self._http = http
        self._passphrase = f"what only {account} knows"
        shown = {"account": account, "enrolment_code": bench.codes[account], "passphrase": self._passphrase}
        begun = http.post("/v1/enrolments", json={**shown, "new_passphrase": ""})
        assert begun.status_code == 201, begun.text
        secret = base64.b32decode(begun.json()["secret"] + "=" * (-len(begun.json()["secret"]) % 8))
        code = totp.code_of(secret, totp.step_at(time.time_ns() // 1_000_000))
        confirmed = http.post("/v1/enrolments/confirm", json={**shown, "code": code})
        assert confirmed.status_code == 200, confirmed.text
        self._codes: list[str] = confirmed.json()["recovery_codes"]
        session = {"account": account, "passphrase": self._passphrase, "code": self._codes.pop()}
        signed_in = http.post("/v1/sessions", json=session)
        assert signed_in.status_code == 201, signed_in.text
        self._headers = {"Authorization": f"Bearer {signed_in.json()['token']}"}

    def unlock(self) -> dict[str, object]:
        return {"unlock": {"passphrase": self._passphrase, "code": self._codes.pop()}}

    def post(self, path: str, body: dict[str, object], key: str = "") -> httpx.Response:
        more = {"Idempotency-Key": key} if key else {}
        return self._http.post(path, json=body, headers={**self._headers, **more})

    def get(self, path: str) -> dict[str, object]:
        found: dict[str, object] = self._http.get(path, headers=self._headers).json()
        return found


def test_no_file_with_a_secret_may_be_read_by_others(node: Path) -> None:
    secret = [node / "sequencer.key", *(node / "gateway" / "keys").glob("*.key")]

    assert len(secret) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE(node.stat().st_mode) == 0o700


def test_every_usual_policy_of_the_contracts_stands_in_the_genesis_document(node: Path) -> None:
    genesis = json.loads((node / "genesis.json").read_text())

    assert (genesis["demo"], genesis["clock"]) == (False, "system")
    assert {policy["kind"] for policy in genesis["policies"]} >= {"TERM", "SPLIT"}
    assert len(genesis["calendars"]) == 2


@pytest.mark.slow
def test_a_running_node_is_backed_up_and_made_again_elsewhere(
    node: Path, bench: Bench, tmp_path: Path
) -> None:
    config, backups = str(node / "node.toml"), tmp_path / "backups"
    made = [
        answer("node", "backup", "--config", config, "--to", str(backups), "--keep", "2") for _ in range(3)
    ]
    status = answer("node", "status", "--config", config)["ledger"]

    done = answer(
        *("node", "restore", made[-1]["folder"], str(tmp_path / "again"), "--genesis", status["genesis"])
    )

    assert [len(one["removed"]) for one in made] == [0, 0, 1]
    assert len(list(backups.iterdir())) == 2
    assert 0 < done["height"] <= status["height"]
    assert not (node / "ledger" / "backups").exists() or not any((node / "ledger" / "backups").iterdir())
    assert (tmp_path / "again" / "gateway" / "keys" / "system.key").read_bytes() == (
        node / "gateway" / "keys" / "system.key"
    ).read_bytes()
    assert "passphrase" not in {path.name for path in (tmp_path / "again").rglob("*")}
    assert 'engine = "../ledger/ledger.sock"' in (tmp_path / "again" / "gateway" / "gateway.toml").read_text()


@pytest.mark.slow
def test_nothing_is_restored_over_something_from_another_chain_or_from_a_changed_file(
    node: Path, tmp_path: Path
) -> None:
    made = Path(
        answer("node", "backup", "--config", str(node / "node.toml"), "--to", str(tmp_path / "b"))["folder"]
    )
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    damaged = tmp_path / "damaged"
    shutil.copytree(made, damaged)
    with (damaged / "gateway" / "gateway.sqlite").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    cases = (
        ((str(made), str(tmp_path / "full")), "TARGET_NOT_EMPTY"),
        ((str(made), str(tmp_path / "new"), "--genesis", "00" * 32), "BACKUP_OF_ANOTHER_CHAIN"),
        ((str(damaged), str(tmp_path / "new")), "BACKUP_DAMAGED"),
        ((str(tmp_path), str(tmp_path / "new")), "BACKUP_INCOMPLETE"),
    )
    for arguments, code in cases:
        done = tally("node", "restore", *arguments, "--output", "json")
        assert (done.returncode, json.loads(done.stderr)["code"]) == (1, code)
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "full" / "file").read_text() == "x"


def test_nobody_signs_on_a_real_chain_with_a_demonstrations_session(bench: Bench, node: Path) -> None:
    answered = httpx.post(
        f"http://127.0.0.1:{bench.port}/v1/demo/sessions",
        json={"account": "admin-1"},
        trust_env=False,
        timeout=PATIENCE_S,
    )

    assert answered.status_code in (403, 404), answered.text


def test_units_for_the_service_manager_name_every_place_and_no_secret(node: Path, tmp_path: Path) -> None:
    done = answer("network", "units", str(node), "--install", str(tmp_path))

    assert {Path(path).name for path in done["written"]} == {
        "tally-ledger.service",
        "tally-gateway.service",
        "tally-backup.service",
        "tally-backup.timer",
    }
    for path in done["written"]:
        text = Path(path).read_text()
        assert "nine words" not in text
        if path.endswith(".service"):
            assert "ProtectSystem=strict" in text
            assert "NoNewPrivileges=yes" in text
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(
            ["systemd-analyze", "verify", *(path for path in done["written"])],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        named = [line for line in verified.stderr.splitlines() if str(tmp_path) in line]
        assert named == []


@pytest.mark.slow
def test_an_institution_that_may_not_begin_leaves_nothing_behind(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "n"
    cases = {
        'kinds = ["BANKS"]': ("kinds", '["BANKS"]'),
        "uscc": ("uscc", '"913100000000000000"'),
        "no calendar": ("calendars", '["calendar-2020.json"]'),
        "roots": ("trusted_roots", '"nowhere"'),
        "unknown": ("more", '"x"'),
    }
    (bench.folder / "calendar-2020.json").write_text(
        '{"year":2020,"version":1,"holidays":[],"make_up_working_days":[]}'
    )
    try:
        for name, (field, value) in cases.items():
            bench.settings(**{field: value})
            done = tally(*bench.init(target), "--output", "json")
            assert done.returncode == 1, name
            assert json.loads(done.stderr)["code"] == "PRODUCTION_REFUSED", done.stderr
            assert not target.exists() or not any(target.iterdir())
    finally:
        bench.settings()


@pytest.mark.slow
def test_keys_and_passphrases_of_demonstrations_and_readable_files_are_refused(
    bench: Bench, tmp_path: Path
) -> None:
    home = Bench(tmp_path / "b", bench.port, authority=bench.authority)
    shutil.copytree(bench.folder, home.folder)
    home.settings()
    passphrase, key = home.folder / "passphrase", home.folder / "admin-1.key"
    whole = key.read_bytes()

    def refused(code: str, words: str) -> None:
        done = tally(*home.init(tmp_path / "n"), "--output", "json")
        failure = json.loads(done.stderr)
        assert (done.returncode, failure["code"]) == (1, code), failure
        assert words in failure["sentence"]
        assert not (tmp_path / "n").exists()

    passphrase.write_text("demo\n")
    refused("PRODUCTION_REFUSED", "which everybody knows")
    passphrase.write_text("short\n")
    refused("PRODUCTION_REFUSED", "fewer than 12 characters")
    passphrase.chmod(0o644)
    refused("PASSPHRASE_FILE_REFUSED", "may be read by others")
    passphrase.chmod(0o600)
    passphrase.write_text("nine words that open the node\n")
    key.chmod(0o640)
    refused("KEY_FILE_REFUSED", "may be read or changed by others")
    key.unlink()
    home.person("admin-1", "demo")
    refused("PRODUCTION_REFUSED", "opens with the demo passphrase")
    key.write_bytes(whole)
    refused("PRODUCTION_REFUSED", "is for another key")
    shutil.copy(home.folder / "admin-2.key", key)
    shutil.copy(home.folder / "admin-2.der", home.folder / "admin-1.der")
    refused("PRODUCTION_REFUSED", "stands twice among the staff")
    (home.folder / "roots" / "authority.der").write_bytes(Authority("Another").root)
    refused("PRODUCTION_REFUSED", "no trusted authority has issued it")


@pytest.mark.slow
@pytest.mark.parametrize("option", [("--clock", "driven"), ("--seed", "7"), ("--demo",)])
def test_what_belongs_to_trials_is_refused_for_a_real_node(
    bench: Bench, tmp_path: Path, option: tuple[str, ...]
) -> None:
    done = tally(*bench.init(tmp_path / "n", *option))

    assert done.returncode == 2
    assert "is for trials" in done.stderr
    assert not (tmp_path / "n").exists()


@pytest.mark.slow
def test_two_institutions_found_one_chain_by_exchanging_files(bench: Bench, tmp_path: Path) -> None:
    other = Bench(tmp_path / "other", free_ports(1)[0], "core-b", 701, bench.authority).prepare()
    other.settings(kinds='["CORE_ENTERPRISE"]')
    one = answer(*bench.init(tmp_path / "one", "--only-member"))
    two = answer(*other.init(tmp_path / "two", "--only-member"))
    word = ("--passphrase-file", str(bench.folder / "passphrase"))
    found = ("network", "init", str(tmp_path / "one"), "--production", "--founders", two["file"], *word)
    founded = answer(*found)
    taken = answer(
        *("network", "init", str(tmp_path / "two"), "--production", *word),
        *("--genesis", str(tmp_path / "one" / "genesis.json")),
    )

    prints = [
        fingerprint(
            read_key_file(tmp_path / name / "gateway/keys/fingerprint-1.key", NODE_PASSPHRASE).secret, PAPER
        )
        for name in ("one", "two")
    ]
    assert prints[0] == prints[1]
    assert founded["fingerprint_key"] == taken["fingerprint_key"]
    assert founded["members"] == ["bank-a", "core-b"]
    assert founded["genesis"] == taken["genesis"]
    assert one["digest"] != two["digest"]
    again = tally(*found)
    assert (again.returncode, "not overwritten" in again.stderr) == (1, True)
    foreign = answer(*bench.init(tmp_path / "three"))
    stranger = answer(*other.init(tmp_path / "four", "--only-member"))
    done = tally(
        *("network", "init", str(Path(stranger["file"]).parent), "--production", *word),
        *("--genesis", str(Path(foreign["folder"]) / "genesis.json")),
    )
    assert (done.returncode, "does not hold core-b" in done.stderr) == (1, True)
