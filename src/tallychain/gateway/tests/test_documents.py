"""The store of documents: what is taken, how it lies on the disk, what may be removed, and what a killed process leaves."""

import io
import os
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tallychain.crypto.digest import sha256
from tallychain.gateway.database import Database
from tallychain.gateway.documents import ORPHAN_S, Documents, commitment_of
from tallychain.gateway.filekinds import ENTRIES_MAX, MEDIA_TYPES, OFD, XLSX, check_kind, kind_of
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import alliance, code, in_loop
from tallychain.gateway.tests.test_papers_behind import DIGEST, PDF, store, until
from tallychain.gateway.tests.test_story import presented
from tallychain.testkit import back_ends

SECRET = b"s" * 32
XML = b'<?xml version="1.0" encoding="UTF-8"?><EInvoice/>'


class Still:
    """A clock that stands."""

    def now_ms(self) -> int:
        return 1_776_000_000_000


@asynccontextmanager
async def store_of(folder: Path, *, seat_limit: int = 1000) -> AsyncIterator[Documents]:
    (folder / "documents").mkdir(exist_ok=True)
    database = Database(back_ends.own_tables(folder / "g.sqlite"))
    try:
        yield Documents(folder / "documents", 400, seat_limit, SECRET, database, Still())  # type: ignore[arg-type]  # the one call that is needed
    finally:
        database.close()


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, b"x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (XML, "application/xml"),
        (b"\xef\xbb\xbf  <a/>", "application/xml"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (archive("OFD.xml", "Doc_0/Document.xml"), OFD),
        (archive("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        (archive("evil.exe"), "application/octet-stream"),
        (archive("OFD.xml")[:40], "application/octet-stream"),
        (b"<html><script>alert(1)</script></html>", "text/plain"),
        (b"<svg onload='x'/>", "text/plain"),
        ("发票,金额".encode("gb18030"), "text/plain"),
        (b"\x7fELF\0\0", "application/octet-stream"),
    ],
)
def test_a_type_is_told_by_the_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("application/pdf", b"<html>"),
        ("application/xml", b"<!doctype html><html>"),
        ("image/png", PDF),
        (OFD, archive("other.xml")),
        ("text/plain", b"a\0b"),
        ("application/json", b"\xff\xff"),
    ],
)
@pytest.mark.attack(31)
def test_a_file_that_claims_to_be_another_is_refused(declared: str, content: bytes) -> None:
    with pytest.raises(Problem) as caught:
        check_kind(declared, content)
    assert caught.value.code == "GATEWAY_CONTENT_DIFFERS"


def test_no_type_that_a_browser_runs_is_listed() -> None:
    assert not {"text/html", "image/svg+xml", "application/javascript", "application/xhtml+xml"} & MEDIA_TYPES
    assert ENTRIES_MAX < 100_000


@in_loop
async def test_neither_content_nor_digest_lies_in_the_folder(tmp_path: Path) -> None:
    async with store_of(tmp_path) as documents:
        stored = await documents.store("s1", PDF, name="a.pdf", media_type="application/pdf")
        again = await documents.store("s2", PDF, name="b.pdf", media_type="application/pdf")
        files = list((tmp_path / "documents").iterdir())
        assert len(files) == 1
        assert files[0].name != stored.digest
        assert PDF not in files[0].read_bytes()
        assert (await documents.get("s1", stored.digest))[1] == PDF

        # The commitment needs the salt, which is another one for each owner.
        salt = await documents.salt("s1", stored.digest)
        assert stored.commitment == commitment_of(salt, PDF) != again.commitment
        assert stored.commitment not in (stored.digest, sha256(PDF).hex())


@in_loop
async def test_a_seat_has_a_bound_for_all_its_documents(tmp_path: Path) -> None:
    async with store_of(tmp_path, seat_limit=500) as documents:
        for _ in range(2):
            await documents.store("s1", b"a" * 300, name="a.txt", media_type="text/plain")
        with pytest.raises(Problem) as caught:
            await documents.store("s1", b"b" * 300, name="b.txt", media_type="text/plain")
        assert caught.value.code == "GATEWAY_STORE_FULL"
        await documents.store("s2", b"b" * 300, name="b.txt", media_type="text/plain")


@in_loop
async def test_what_a_killed_process_leaves_is_removed_and_what_is_named_stays(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    async with store_of(tmp_path) as documents:
        kept = await documents.store("s1", PDF, name="a.pdf", media_type="application/pdf")
        # Killed while the bytes were written; killed between the bytes and the row; and one that is under way now.
        (folder / ".arriving-1").write_bytes(b"half")
        documents.path_of("e" * 64).write_bytes(b"nobody's")
        (folder / ".arriving-2").write_bytes(b"half")
        old = time.time() - 2 * ORPHAN_S
        for path in (folder / ".arriving-1", documents.path_of("e" * 64), documents.path_of(kept.digest)):
            os.utime(path, (old, old))
        assert await documents.tidy() == 2
        assert {path.name for path in folder.iterdir()} == {
            ".arriving-2",
            documents.path_of(kept.digest).name,
        }
        assert (await documents.get("s1", kept.digest))[1] == PDF


@in_loop
async def test_files_of_an_earlier_version_are_read_then_encrypted_and_committed_to(tmp_path: Path) -> None:
    async with store_of(tmp_path) as documents:
        stored = await documents.store("s1", PDF, name="a.pdf", media_type="application/pdf")
        documents.path_of(stored.digest).unlink()
        (tmp_path / "documents" / stored.digest).write_bytes(PDF)
        database = documents._database
        await database.write(lambda db: db.execute("UPDATE document SET commitment = '', salt = ?", (b"",)))
        assert (await documents.get("s1", stored.digest))[1] == PDF
        await documents.tidy()
        assert [path.name for path in (tmp_path / "documents").iterdir()] == [
            documents.path_of(stored.digest).name
        ]
        found, content = await documents.get("s1", stored.digest)
        assert content == PDF
        assert found.commitment == commitment_of(await documents.salt("s1", stored.digest), PDF)


@in_loop
async def test_bytes_of_another_file_do_not_open_in_its_place(tmp_path: Path) -> None:
    async with store_of(tmp_path) as documents:
        first = await documents.store("s1", PDF, name="a.pdf", media_type="application/pdf")
        second = await documents.store("s1", XML, name="a.xml", media_type="application/xml")
        documents.path_of(first.digest).write_bytes(documents.path_of(second.digest).read_bytes())
        with pytest.raises(Problem) as caught:
            await documents.get("s1", first.digest)
        assert caught.value.code == "GATEWAY_DOCUMENT_DAMAGED"


@in_loop
async def test_bytes_go_when_their_last_owner_removes_them(tmp_path: Path) -> None:
    async with store_of(tmp_path) as documents:
        stored = await documents.store("s1", PDF, name="a.pdf", media_type="application/pdf")
        await documents.store("s2", PDF, name="a.pdf", media_type="application/pdf")
        await documents.remove("s1", stored.digest)
        assert (await documents.get("s2", stored.digest))[1] == PDF
        await documents.remove("s2", stored.digest)
        assert list((tmp_path / "documents").iterdir()) == []
        for seat in ("s2", "s3"):
            with pytest.raises(Problem) as caught:
                await documents.remove(seat, stored.digest)
            assert caught.value.code == "GATEWAY_NOT_FOUND"


@in_loop
async def test_a_document_behind_a_living_payable_stays_and_one_that_nothing_needs_goes(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1 = await bank.as_account("s1")
        await store(bank, "s1")
        other = await store(bank, "s1", b"%PDF-1.7 nobody needs it")
        payable, _ = await presented(there, "s1", "HT-1", document=DIGEST)
        for _ in range(2):
            refused = await s1.send("DELETE", f"/v1/documents/{DIGEST}")
            assert (refused.status_code, code(refused)) == (409, "GATEWAY_DOCUMENT_NEEDED")

        async def gone() -> bool:
            return (await s1.send("DELETE", f"/v1/documents/{other}")).status_code == 204

        await until(gone)
        assert code(await s1.get(f"/v1/documents/{other}")) == "GATEWAY_NOT_FOUND"
        shown = await s1.get(f"/v1/documents/{DIGEST}")
        assert shown.content == PDF
        assert "sandbox" in shown.headers["content-security-policy"]
        assert shown.headers["x-content-type-options"] == "nosniff"
        salt = bytes.fromhex(shown.headers["x-document-salt"])
        assert shown.headers["x-document-commitment"] == commitment_of(salt, PDF)

        withdrawn = await s1.acts("payable.withdraw", {"payable": payable}, key="withdraw-0001")
        assert withdrawn["state"] == "done", withdrawn
        assert (await s1.send("DELETE", f"/v1/documents/{DIGEST}")).status_code == 204
        assert (await s1.get("/v1/documents")).json() == []
