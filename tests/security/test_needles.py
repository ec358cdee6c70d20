"""The search finds what is planted, in every form, so that finding nothing says something."""

import base64
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from tallychain.crypto.digest import sha256
from tests.security.haystacks import everything_in
from tests.security.needles import forms, leaks

CHINESE = "云杼特种支架第八百一十二批"
AMOUNT = "7,654,321.09"


@pytest.mark.parametrize(
    ("planted", "how"),
    [
        (CHINESE.encode(), "UTF-8"),
        (CHINESE.encode("gbk"), "gbk"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("utf-16-be"), "utf-16-be"),
        (json.dumps(CHINESE).encode(), "escapes"),
        (CHINESE.encode().hex().encode(), "hex of UTF-8"),
        (CHINESE.encode().hex().upper().encode(), "hex in capitals of UTF-8"),
        (base64.b64encode(b"x" + CHINESE.encode()), "base64 at offset 1 of UTF-8"),
        (base64.b64encode(b"xy" + CHINESE.encode() + b"z"), "base64 at offset 2 of UTF-8"),
        (base64.b64encode(b"xyz" + CHINESE.encode() + b"zz"), "base64 at offset 0 of UTF-8"),
        (base64.b64encode(CHINESE.encode("gbk")), "base64 at offset 0 of gbk"),
        (sha256(CHINESE.encode()), "sha256 of UTF-8"),
        (sha256(CHINESE.encode()).hex().encode(), "hex of sha256 of UTF-8"),
        (hashlib.sha1(CHINESE.encode("gbk")).hexdigest().encode(), "hex of sha1 of gbk"),  # noqa: S324 - what a leak might look like
        (hashlib.md5(CHINESE.encode()).hexdigest().upper().encode(), "hex in capitals of md5 of UTF-8"),  # noqa: S324 - as above
        (
            base64.b64encode(hashlib.new("sm3", CHINESE.encode()).digest()),
            "base64 at offset 0 of sm3 of UTF-8",
        ),
    ],
)
def test_a_planted_text_is_found_in_this_form(planted: bytes, how: str) -> None:
    assert how in leaks(CHINESE, b"before" + planted + b"after")


@pytest.mark.parametrize(
    ("planted", "how"),
    [
        (b'"amount":765432109,', "fen, UTF-8"),
        (b"7654321.09", "yuan without commas, UTF-8"),
        ((765_432_109).to_bytes(8, "big"), "fen as eight bytes, big-endian, bytes"),
        ((765_432_109).to_bytes(8, "little"), "fen as eight bytes, little-endian, bytes"),
        (f"{765_432_109:x}".encode(), "fen in hex, UTF-8"),
        (hashlib.sha256(b"765432109").hexdigest().encode(), "hex of sha256 of fen, UTF-8"),
    ],
)
def test_a_planted_amount_is_found_in_this_form(planted: bytes, how: str) -> None:
    assert how in leaks(AMOUNT, b"before" + planted + b"after")


def test_what_is_not_there_is_not_found_and_a_salted_digest_is_no_leak() -> None:
    assert leaks(CHINESE, sha256(b"salt" + CHINESE.encode()) + b"nothing of the kind" * 100) == []
    assert len(forms(CHINESE)) > 100


def test_planted_values_are_found_in_files_logs_and_tables(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(f'{{"note": "{CHINESE}"}}', encoding="utf-8")
    database = sqlite3.connect(tmp_path / "rows.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE t (long TEXT, bin BLOB, number INTEGER)")
    # Long enough to be cut into overflow pages, so that only the rows hold it in one piece.
    text = "x" * 5_000 + CHINESE * 900 + AMOUNT
    database.execute("INSERT INTO t VALUES (?, ?, ?)", (text, CHINESE.encode("gbk"), 765_432_109))
    # Not closed: the write-ahead log is still there.
    found = everything_in(tmp_path)

    assert (tmp_path / "rows.sqlite-wal").stat().st_size > 0
    assert "UTF-8" in leaks(CHINESE, *found)
    assert "gbk" in leaks(CHINESE, *found)
    assert {"UTF-8", "fen, UTF-8"} <= set(leaks(AMOUNT, *found))
    database.close()
