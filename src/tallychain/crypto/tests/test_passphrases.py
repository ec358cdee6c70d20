"""Passphrase files: read from where nobody else may read, and from nowhere else."""

import os
from pathlib import Path

import pytest

from tallychain.crypto.digest import file_digest, sha256
from tallychain.crypto.passphrases import CREDENTIALS_VARIABLE, PassphraseFileRefused, read_passphrase


def written(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_passphrase_is_the_one_line_of_its_file(tmp_path: Path) -> None:
    assert read_passphrase(written(tmp_path / "p", b" four words of mine \n")) == " four words of mine "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "p", b"secret", mode)

    with pytest.raises(PassphraseFileRefused, match="may be read by others"):
        read_passphrase(path, {CREDENTIALS_VARIABLE: str(tmp_path / "elsewhere")})


def test_a_credential_of_the_service_manager_may_show_a_bit_for_the_group_and_none_for_everybody(
    tmp_path: Path,
) -> None:
    environment = {CREDENTIALS_VARIABLE: str(tmp_path)}

    assert read_passphrase(written(tmp_path / "p", b"secret", 0o440), environment) == "secret"
    with pytest.raises(PassphraseFileRefused, match="may be read by others"):
        read_passphrase(written(tmp_path / "q", b"secret", 0o444), environment)


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines\n", b"\xff\xfe", b"x" * 1025])
def test_a_file_without_one_line_of_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PassphraseFileRefused):
        read_passphrase(written(tmp_path / "p", content))


def test_a_missing_file_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(PassphraseFileRefused, match="cannot be read"):
        read_passphrase(tmp_path / "none")
    with pytest.raises(PassphraseFileRefused, match="not a regular file"):
        read_passphrase(tmp_path / "pipe")


def test_the_digest_of_a_file_is_that_of_its_content(tmp_path: Path) -> None:
    assert file_digest(written(tmp_path / "f", b"x" * 100_000)) == sha256(b"x" * 100_000)
