import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tallychain.crypto import canonical, keyfile
from tallychain.crypto.keyfile import (
    KeyFileDamaged,
    KeyFileRefused,
    StoredSecret,
    WrongPassphrase,
    read_key_file,
    read_public,
    write_key_file,
)

N = 2**10
SECRET = bytes(range(32))
STORED = StoredSecret("signing", "ed25519:" + "ab" * 32, SECRET)
PASSPHRASE = "correct horse 电池"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "staff.json"
    write_key_file(file, STORED, PASSPHRASE, n=N)
    return file


def rewritten(path: Path, **head: object) -> None:
    """Change fields of the head as somebody would who also mends the checksum."""
    file: dict[str, Any] = json.loads(path.read_bytes())
    file["head"].update(head)
    changed = canonical.decode(
        json.dumps(file, separators=(",", ":"), ensure_ascii=False).encode(), keyfile._File
    )
    fixed = keyfile._File(
        changed.head, changed.ciphertext, keyfile._checksum(changed.head, changed.ciphertext)
    )
    path.write_bytes(canonical.encode(fixed))


def test_a_secret_comes_back_under_its_passphrase(path: Path) -> None:
    assert read_key_file(path, PASSPHRASE) == STORED
    assert read_public(path) == ("signing", STORED.public)


@pytest.mark.parametrize("kind", ["signing", "sealing", "secret", "view-root", "sign-root"])
def test_every_kind_of_secret_is_kept(tmp_path: Path, kind: keyfile.Kind) -> None:
    stored = StoredSecret(kind, "", b"x")
    write_key_file(tmp_path / "k", stored, "p", n=N)
    assert read_key_file(tmp_path / "k", "p") == stored


def test_the_file_is_for_its_owner_alone_and_holds_no_secret_in_clear(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert SECRET not in content
    assert SECRET.hex().encode() not in content
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_two_files_of_one_secret_have_nothing_secret_in_common(tmp_path: Path, path: Path) -> None:
    other = tmp_path / "other.json"
    write_key_file(other, STORED, PASSPHRASE, n=N)
    first, second = (json.loads(file.read_bytes()) for file in (path, other))
    for value in ("salt", "nonce"):
        assert first["head"][value] != second["head"][value]
    assert first["ciphertext"] != second["ciphertext"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_read_is_refused_with_the_remedy(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyFileRefused, match=rf"mode {mode:04o}.*chmod 600") as refused:
        read_key_file(path, PASSPHRASE)
    assert refused.value.code == "KEY_FILE_REFUSED"


def test_a_wrong_passphrase_is_called_so(path: Path) -> None:
    with pytest.raises(WrongPassphrase, match="does not open") as refused:
        read_key_file(path, "wrong")
    assert refused.value.code == "WRONG_PASSPHRASE"


def test_every_changed_byte_is_damage_and_not_a_wrong_passphrase(path: Path) -> None:
    good = path.read_bytes()
    for position in range(len(good)):
        damaged = bytearray(good)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(KeyFileDamaged):
            read_key_file(path, PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[1,2]", b"x" * (keyfile.FILE_MAX + 1)])
def test_what_is_no_key_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(KeyFileDamaged) as refused:
        read_key_file(path, PASSPHRASE)
    assert refused.value.code == "KEY_FILE_DAMAGED"


def test_a_file_cut_short_is_damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(KeyFileDamaged):
        read_public(path)


@pytest.mark.parametrize(
    "head",
    [
        {"kind": "sealing"},
        {"public": "ed25519:" + "cd" * 32},
        {"salt": "00" * 16},
        {"nonce": "00" * 12},
        {"kdf": {"name": "scrypt", "n": 2**11, "r": 8, "p": 1}},
    ],
)
def test_a_relabelled_file_does_not_open(path: Path, head: dict[str, object]) -> None:
    rewritten(path, **head)
    with pytest.raises(WrongPassphrase):
        read_key_file(path, PASSPHRASE)


@pytest.mark.parametrize("n", [2**9, 2**18, 3000])
def test_a_file_that_would_exhaust_the_machine_is_refused(path: Path, n: int) -> None:
    rewritten(path, kdf={"name": "scrypt", "n": n, "r": 8, "p": 1})
    with pytest.raises(KeyFileDamaged, match="out of bounds"):
        read_key_file(path, PASSPHRASE)


@pytest.mark.parametrize("head", [{"salt": "00"}, {"nonce": "00" * 8}])
def test_a_file_with_a_short_salt_or_nonce_is_refused(path: Path, head: dict[str, object]) -> None:
    rewritten(path, **head)
    with pytest.raises(KeyFileDamaged, match="out of bounds"):
        read_key_file(path, PASSPHRASE)


def test_a_missing_file_a_directory_and_a_link_are_refused(tmp_path: Path, path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="No such file"):
        read_key_file(tmp_path / "none", PASSPHRASE)
    with pytest.raises(KeyFileRefused, match="not a regular file"):
        read_key_file(tmp_path, PASSPHRASE)
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(KeyFileRefused, match="cannot be opened"):
        read_key_file(link, PASSPHRASE)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFileRefused, match="not a regular file"):
        read_key_file(tmp_path / "pipe", PASSPHRASE)


def test_an_existing_file_is_kept_unless_it_is_to_be_replaced(path: Path) -> None:
    other = StoredSecret("secret", "", b"other")
    with pytest.raises(KeyFileRefused, match="not overwritten"):
        write_key_file(path, other, "p", n=N)
    assert read_key_file(path, PASSPHRASE) == STORED
    write_key_file(path, other, "p", n=N, replace=True)
    assert read_key_file(path, "p") == other


def test_an_empty_passphrase_a_long_secret_and_an_odd_cost_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="needs a passphrase"):
        write_key_file(tmp_path / "k", STORED, "", n=N)
    with pytest.raises(KeyFileRefused, match="at most 4096 bytes"):
        write_key_file(tmp_path / "k", StoredSecret("secret", "", bytes(4097)), "p", n=N)
    with pytest.raises(KeyFileRefused, match="power of two"):
        write_key_file(tmp_path / "k", STORED, "p", n=1000)
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_key_file(path, StoredSecret("secret", "", b"new"), "p", n=N, replace=True)
    assert read_key_file(path, PASSPHRASE) == STORED
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_stored_secret_does_not_show_itself() -> None:
    assert repr(STORED) == f"StoredSecret(kind='signing', public='{STORED.public}')"
