"""The folder of certificates: what is refused when it is read, and what happens when it changes."""

import stat
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from tallychain.engine import tls
from tallychain.engine.logs import Log
from tallychain.engine.tls import (
    NEXT,
    OWN,
    OWN_KEY,
    PEERS,
    Certificates,
    TlsFolder,
    TlsRefused,
    add_peer,
    make_folder,
    make_next,
    split_address,
    take_next,
)

CHAIN = "trial-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Bank-a's, which holds bank-b's certificate."""
    for member in ("bank-a", "bank-b"):
        make_folder(tmp_path / member, member, CHAIN)
    add_peer(tmp_path / "bank-a", (tmp_path / "bank-b" / OWN).read_bytes(), CHAIN)
    return tmp_path / "bank-a"


def refused(code: str, root: Path, chain: str = CHAIN) -> None:
    with pytest.raises(TlsRefused, match=code):
        TlsFolder.load(root, chain)


def test_a_folder_that_cannot_be_used_is_refused_with_a_code(folder: Path) -> None:
    other = folder.parent / "bank-b"
    refused("TLS_OTHER_CHAIN", folder, "trial-2")
    with pytest.raises(TlsRefused, match="TLS_NO_PEERS"):
        TlsFolder.load(other, CHAIN).serving()
    with pytest.raises(TlsRefused, match="TLS_PEER_UNKNOWN"):
        TlsFolder.load(other, CHAIN).asking("bank-a")
    (folder / PEERS / "bank-c.pem").write_bytes((other / OWN).read_bytes())
    refused("TLS_WRONG_MEMBER", folder)
    both = (folder / OWN).read_bytes() + (other / OWN).read_bytes()
    (folder / PEERS / "bank-c.pem").write_bytes(both)
    refused("TLS_CERTIFICATE_NOT_VALID", folder)
    (folder / PEERS / "bank-c.pem").unlink()
    (folder / OWN).write_bytes((other / OWN).read_bytes())
    refused("TLS_KEY_WRONG", folder)
    (folder / OWN_KEY).chmod(0o640)
    refused("TLS_KEY_OPEN", folder)
    (folder / OWN_KEY).unlink()
    refused("TLS_FILE_MISSING", folder)


def test_more_certificates_than_there_are_members_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "_PEERS_MAX", 0)
    refused("TLS_TOO_MANY", folder)


def test_a_key_is_for_its_owner_alone_and_never_overwritten(folder: Path) -> None:
    assert stat.S_IMODE((folder / OWN_KEY).stat().st_mode) == 0o600
    with pytest.raises(TlsRefused, match="TLS_KEY_THERE"):
        make_folder(folder, "bank-a", CHAIN)
    with pytest.raises(TlsRefused, match="make them first"):
        take_next(folder, CHAIN)
    following = make_next(folder, CHAIN)
    with pytest.raises(TlsRefused, match="TLS_KEY_THERE"):
        make_next(folder, CHAIN)
    assert take_next(folder, CHAIN) == following
    assert stat.S_IMODE((folder / OWN_KEY).stat().st_mode) == 0o600
    assert TlsFolder.load(folder, CHAIN).own == following
    assert not (folder / NEXT).exists()


def test_two_certificates_of_a_member_are_held_while_it_changes_them_and_no_third(folder: Path) -> None:
    other = folder.parent / "bank-b"
    make_next(other, CHAIN)
    second = (other / NEXT).read_bytes()
    for _ in range(2):
        add_peer(folder, second, CHAIN)
    assert sorted(path.name for path in (folder / PEERS).iterdir()) == ["bank-b.next.pem", "bank-b.pem"]
    make_folder(folder.parent / "third", "bank-b", CHAIN)
    with pytest.raises(TlsRefused, match="remove the older first"):
        add_peer(folder, (folder.parent / "third" / OWN).read_bytes(), CHAIN)
    with pytest.raises(TlsRefused, match="TLS_OTHER_CHAIN"):
        add_peer(folder, second, "trial-2")
    with pytest.raises(TlsRefused, match="TLS_CERTIFICATE_NOT_VALID"):
        add_peer(folder, b"", CHAIN)


def test_what_was_changed_is_read_again_and_what_cannot_be_used_changes_nothing(folder: Path) -> None:
    said = CapturingLogger()
    now_s = 0.0
    log: Log = said
    held = Certificates(folder, CHAIN, log, look_s=1, clock=lambda: now_s)
    own = held.folder.own
    make_next(folder, CHAIN)
    (folder / NEXT).replace(folder / OWN)
    assert held.folder.own == own
    now_s = 1.0
    # The certificate has come and its key has not: both are needed.
    assert held.folder.own == own
    (folder / "next.key").replace(folder / OWN_KEY)
    now_s = 2.0
    assert held.folder.own != own
    assert [call.method_name for call in said.calls] == ["error", "info"]
    held.asking("bank-b")


@pytest.mark.parametrize("text", ["", "host", ":1", "host:x", "host:70000"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(TlsRefused, match="TLS_ADDRESS"):
        split_address(text)
    assert split_address("[::1]:8450") == ("::1", 8450)
