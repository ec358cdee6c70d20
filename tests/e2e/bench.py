"""What an institution has before a real start: an authority's root, two admins with keys and certificates, a calendar, a passphrase."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.authority import Authority
from tests.e2e.machine import tally
from tests.running import code_of

NODE_PASSPHRASE = "nine words that open the node"


@dataclass(slots=True)
class Bench:
    """A folder with everything that `founding.toml` names."""

    folder: Path
    port: int
    member: str = "bank-a"
    number: int = 700
    authority: Authority = field(default_factory=Authority)
    codes: dict[str, str] = field(default_factory=dict)
    """By account, the one-time code of the installation."""

    def prepare(self) -> "Bench":
        """Write all of it, by the commands that people would use."""
        (self.folder / "roots").mkdir(parents=True)
        (self.folder / "roots" / "authority.der").write_bytes(self.authority.root)
        year = datetime.now(UTC).year
        for each in (year, year + 1):
            calendar = {"year": each, "version": 1, "holidays": [], "make_up_working_days": []}
            (self.folder / f"calendar-{each}.json").write_text(json.dumps(calendar))
        (self.folder / "passphrase").write_text(NODE_PASSPHRASE + "\n")
        (self.folder / "passphrase").chmod(0o600)
        for account in ("admin-1", "admin-2"):
            self.person(account)
        self.settings()
        return self

    def person(self, account: str, passphrase: str = "") -> None:
        """A key made by its person, and the certificate that the authority gives for the request."""
        env = {"TALLY_PASSPHRASE": passphrase or f"what only {account} knows"}
        key = self.folder / f"{account}.key"
        made = tally("key", "new", str(key), env=env)
        assert made.returncode == 0, made.stderr
        asked = tally("key", "request", str(key), env=env)
        assert asked.returncode == 0, asked.stderr
        (self.folder / f"{account}.der").write_bytes(self.authority.certify(asked.stdout))

    def settings(self, **changes: str) -> Path:
        """Write `founding.toml`; values are TOML."""
        year = datetime.now(UTC).year
        values = {
            "chain": '"alliance-1"',
            "alliance": '"HX01"',
            "member": f'"{self.member}"',
            "name": f'"{self.member} 银行股份有限公司"',
            "uscc": f'"{code_of(self.number)}"',
            "kinds": '["BANK"]',
            "gateway_url": f'"http://127.0.0.1:{self.port}"',
            "listen_port": str(self.port),
            "trusted_roots": '"roots"',
            "calendars": f'["calendar-{year}.json", "calendar-{year + 1}.json"]',
            "tree_depth": "12",
            **changes,
        }
        lines = [f"{name} = {value}" for name, value in values.items() if value]
        for account in ("admin-1", "admin-2"):
            lines += [
                "[[staff]]",
                f'account = "{account}"',
                f'name = "Person of {account}"',
                'rights = ["admin"]',
                f'key = "{account}.key"',
                f'certificate = "{account}.der"',
            ]
        path = self.folder / "founding.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def init(self, target: Path, *more: str) -> "tuple[str, ...]":
        """The command line of a real start with these settings."""
        return (
            *("network", "init", str(target), "--production"),
            *("--settings", str(self.folder / "founding.toml")),
            *("--passphrase-file", str(self.folder / "passphrase")),
            *more,
        )
