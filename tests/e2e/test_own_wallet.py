"""`tally wallet` against real gateways: a seat that keeps its own keys from its first key to a title passed on, and a hosted wallet that moves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallychain.network.keys import KeySource
from tallychain.network.layout import Layout
from tests.e2e.machine import PATIENCE_S, answer, processes_in, tally, until
from tests.running import code_of

pytestmark = pytest.mark.slow

SEED = 5
NAME, USCC = "自管钥匙有限公司", code_of(7000)
MEMBERS = ("core-a", "bank-a", "bank-b", "settle-a", "supervisor")
OWNER = "a passphrase for signing in"
WORD = "a passphrase that stays at home"
FROM, UNTIL = 1_700_000_000_000, 4_000_000_000_000
FACE = 100_000_000
S2 = next(
    row
    for row in json.loads(Path("examples/chain/alliance.json").read_text())["clients"]
    if row["id"] == "s2"
)
OTHER = next(bank for bank in ("bank-a", "bank-b") if bank != S2["sponsor"])
PAPER = {
    "kind": "INVOICE",
    "number": "26312000000000000018",
    "seller": USCC,
    "date": "2026-03-10",
    "currency": "CNY",
    "total": FACE,
}


@dataclass(slots=True)
class Machine:
    """The machine of one person: the command line, signed in at a gateway, and a folder of its own."""

    folder: Path
    url: str
    token: str = ""

    def environment(self) -> dict[str, str]:
        return {
            "TALLY_GATEWAY": self.url,
            "TALLY_TOKEN": self.token,
            "TALLY_WALLET_PASSPHRASE": WORD,
            "TALLY_NEW_PASSPHRASE": WORD,
            "TALLY_PASSPHRASE": OWNER,
        }

    def run(self, *arguments: str) -> Any:
        """The JSON answer of a command; it must succeed."""
        done = tally(*arguments, "--output", "json", env=self.environment())
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def act(self, kind: str, args: Any, sealed: Any = None) -> Any:
        """An act with the keys in this machine's wallet."""
        request = self.folder / "act.json"
        request.write_text(json.dumps({"args": args, "sealed": sealed or {}}))
        wallet = str(self.folder / "wallet")
        done = self.run("wallet", "act", kind, wallet, "--json", f"@{request}", "--yes")
        assert done["state"] == "done", done
        return done

    def sign_in(self, account: str) -> "Machine":
        body = {"account": account, "passphrase": OWNER}
        found = httpx.post(f"{self.url}/v1/sessions", json=body, trust_env=False, timeout=PATIENCE_S)
        assert found.status_code == 201, found.text
        self.token = found.json()["token"]
        return self


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running alliance with two banks."""
    folder = tmp_path_factory.mktemp("net")
    described = json.loads(Path("examples/chain/alliance.json").read_text())
    described["members"] = [row for row in described["members"] if row["id"] in MEMBERS]
    described["clients"] = [row for row in described["clients"] if row["id"] in ("s1", "s2")]
    (folder / "alliance.json").write_text(json.dumps(described))
    chosen = ("--alliance", str(folder / "alliance.json"), "--seed", str(SEED))
    made = tally("network", "init", str(folder / "n"), *chosen)
    assert made.returncode == 0, made.stderr
    started = tally("network", "up", str(folder / "n"))
    assert started.returncode == 0, started.stderr
    yield folder / "n"
    tally("network", "down", str(folder / "n"))
    until(lambda: processes_in(folder / "n") == [])


def ask(alliance: Path, person: str, *arguments: str) -> Any:
    return answer("--network", str(alliance), "--as", person, *arguments)


def url_of(alliance: Path, member: str) -> str:
    return next(place.url for place in Layout(alliance).read().members if place.id == member)


def seat_at(alliance: Path, member: str, seat: str, name: str, uscc: str, *, hosted: bool) -> None:
    """A new seat, as an admin of a demonstration makes it."""
    url = url_of(alliance, member)
    admin = httpx.post(
        f"{url}/v1/demo/sessions", json={"account": "admin-1"}, trust_env=False, timeout=PATIENCE_S
    ).json()
    owner = {"id": seat, "name": "业主", "passphrase": OWNER}
    made = httpx.post(
        f"{url}/v1/seats",
        json={"id": seat, "name": name, "uscc": uscc, "owner": owner, "hosted": hosted, "two_persons": False},
        headers={"Authorization": f"Bearer {admin['token']}"},
        trust_env=False,
        timeout=PATIENCE_S,
    )
    assert made.status_code == 201, made.text


@pytest.fixture(scope="module")
def owner(alliance: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The machine of the owner, with a certified wallet and tag cards delivered."""
    seat_at(alliance, "bank-a", "own", NAME, USCC, hosted=False)
    home = tmp_path_factory.mktemp("home")
    machine = Machine(home, url_of(alliance, "bank-a")).sign_in("own")
    wallet, roots = str(home / "wallet"), str(alliance / "authority")
    made = machine.run("wallet", "make", wallet, "--name", NAME, "--uscc", USCC, "--trusted", roots)
    der = KeySource(SEED).authority.issue_enterprise(NAME, USCC, made["identity"], FROM, UNTIL)
    (home / "own.der").write_bytes(der)
    machine.run("wallet", "certificate", wallet, str(home / "own.der"))
    ask(alliance, "bank-a-admin-1", "account", "certificate", "own", str(home / "own.der"))
    assert machine.run("wallet", "cards", "--wallet", wallet, "--count", "5") == {"cards": 5}
    return machine


def presented(owner: Machine) -> str:
    """A payable that the owner presents with its own keys."""
    args = {
        "reference": {"keyed": "HT-1"},
        "issuer": "core-a",
        "presenter": {"sponsor": "bank-a", "uscc": USCC},
        "kind": "INVOICE",
        "amount": FACE,
        "due_day": "2026-12-31",
        "epoch": {"newest": "epoch"},
        "invoices": [{"paper": PAPER}],
    }
    paper = {"fingerprint": {"fingerprint_of": PAPER}, **PAPER, "document": ""}
    papers = {"papers": {"relation": "HT-1", "purpose": "支架", "papers": [paper]}}
    return str(owner.act("payable.present", args, papers)["operation"])


def issued(alliance: Path, payable: str) -> str:
    """A voucher of the core enterprise for that payable, within a ceiling."""
    granted = ask(
        *(alliance, "bank-a-maker", "ceiling", "grant", "--issuer", "core-a", "--amount", "1,000,000.00"),
        *("--from", "2026-03-16", "--until", "2027-03-15"),
    )
    ask(alliance, "bank-a-checker", "draft", "approve", granted["draft"])
    until(lambda: bool(ask(alliance, "core-a-maker", "payable", "list")))
    confirmed = ask(alliance, "core-a-maker", "payable", "confirm", payable)
    ask(alliance, "core-a-checker", "draft", "approve", confirmed["draft"])
    until(lambda: bool(ask(alliance, "core-a-maker", "payable", "list", "--status", "CONFIRMED")))
    begun = ask(
        *(alliance, "core-a-maker", "voucher", "issue", "--payable", payable, "--face", "1,000,000.00"),
        *("--maturity", "2026-09-14", "--settlement-bank", "settle-a", "--reference", "HT-1"),
        *("--papers", "1,000,000.00"),
    )
    done = ask(alliance, "core-a-checker", "draft", "approve", begun["draft"])
    return str(done["receipt"]["events"][0]["voucher"])


@pytest.mark.timeout(300)
def test_an_owner_presents_accepts_and_passes_on_with_keys_that_never_leave_its_machine(
    alliance: Path, owner: Machine
) -> None:
    number = issued(alliance, presented(owner))
    until(lambda: any(row["voucher"] == number for row in owner.run("voucher", "list")))
    promise = owner.run("voucher", "show", number)["voucher"]["promise"]
    owner.act("voucher.accept", {"voucher": number, "consent": promise})
    ask(alliance, "s2", "wallet", "cards")
    row = {
        "first": 1,
        "last": 30_000_000,
        "receiver": {"sponsor": S2["sponsor"], "uscc": S2["uscc"]},
        "trade_reference": {"keyed": "CG-1"},
        "value_date": "",
    }
    trade = {"contract": "CG-1", "invoices": [], "purpose": "钢板", "amount": "300,000.00"}
    until(lambda: bool(owner.run("holding", "list", "--mine")))
    offered = owner.act("voucher.offer", {"voucher": number, "holding": 1, "rows": [row]}, {"trade": trade})
    offer = offered["receipt"]["events"][0]["offer"]
    until(lambda: offer in tally("--network", str(alliance), "--as", "s2", "voucher", "show", number).stdout)
    assert ask(alliance, "s2", "voucher", "take", offer)["state"] == "done"

    until(lambda: sorted(row["face"] for row in owner.run("holding", "list", "--mine")) == [70_000_000])
    seat = alliance / "members" / "bank-a" / "seats" / "own"
    assert [path.name for path in seat.iterdir()] == ["login-own.key"], (
        "the gateway holds a key of the wallet"
    )


@pytest.mark.timeout(300)
def test_the_command_line_says_why_an_own_key_seat_does_nothing_through_the_gateway(
    alliance: Path, owner: Machine
) -> None:
    exported = tally(
        *("wallet", "export", str(owner.folder / "x.json"), "--output", "json"), env=owner.environment()
    )

    assert exported.returncode == 1
    assert json.loads(exported.stderr)["code"] == "GATEWAY_OWN_KEYS"
    wrong = owner.environment() | {"TALLY_WALLET_PASSPHRASE": "not the one of this wallet"}
    shown = tally("wallet", "show", str(owner.folder / "wallet"), "--output", "json", env=wrong)
    assert shown.returncode != 0
    assert "Traceback" not in shown.stderr


@pytest.mark.timeout(300)
def test_a_hosted_wallet_goes_to_another_sponsor_with_its_holdings(alliance: Path, tmp_path: Path) -> None:
    until(lambda: bool(ask(alliance, "s2", "holding", "list", "--mine")))
    (held,) = ask(alliance, "s2", "holding", "list", "--mine")
    file = tmp_path / "s2.json"
    assert ask(alliance, "s2", "wallet", "export", str(file))["is_left"]
    seat_at(alliance, OTHER, "s2", S2["name_zh"], S2["uscc"], hosted=True)
    there = Machine(tmp_path, url_of(alliance, OTHER)).sign_in("s2")
    body = {
        "wallet": json.loads(file.read_text()),
        "passphrase": "demo",
        "unlock": {"passphrase": OWNER, "code": ""},
    }
    taken = httpx.post(
        f"{there.url}/v1/wallet/import",
        json=body,
        headers={"Authorization": f"Bearer {there.token}"},
        trust_env=False,
        timeout=PATIENCE_S,
    )
    assert taken.status_code == 200, taken.text

    ported = there.run(
        *("do", "holder.port", "--json"),
        json.dumps({"args": {"voucher": held["voucher"], "holdings": [held["first"]]}, "sealed": {}}),
    )

    assert ported["state"] == "done", ported
    until(lambda: [row["sponsor"] for row in there.run("holding", "list", "--mine")] == [OTHER])
