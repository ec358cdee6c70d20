"""An evidence bundle: a ZIP file of proofs and certificates on one holding, with an index that names each by its digest."""

import zlib
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from json import loads
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from cryptography import x509

from .alliance import Trusted
from .basics import Broken, Object, demand, fits, parse
from .bundle import BUNDLE_BYTES, Proof
from .certificate import SHEET_BYTES, check_sheet

FORMAT, INDEX = "tally-evidence/1", "index.json"
EVIDENCE_BYTES, MAX_FILES, _INFLATED = 64 * 1024 * 1024, 1000, 256 * 1024 * 1024
_SHAPE = loads("""
{"format":"","chain":"","genesis":"","voucher":"","holding":"","files":[{"name":"","digest":"","bytes":0,"operation":"","type":"","height":0}]}""")


def check_evidence(
    file: bytes, roots: Sequence[x509.Certificate], expected: str | None, trusted: Trusted
) -> list[tuple[str, Object]]:
    """Check every file of an evidence bundle against the index and by itself; refuses with the first broken link."""
    demand(len(file) <= EVIDENCE_BYTES, "TOO_LARGE", bound=EVIDENCE_BYTES)
    try:
        with ZipFile(BytesIO(file)) as archive:
            return _check(archive, roots, expected, trusted)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise Broken("MALFORMED", {"what": "ZIP"}) from None


def _check(
    archive: ZipFile, roots: Sequence[x509.Certificate], expected: str | None, trusted: Trusted
) -> list[tuple[str, Object]]:
    infos = archive.infolist()
    plain = all(info.compress_type in (ZIP_STORED, ZIP_DEFLATED) and not info.flag_bits & 1 for info in infos)
    small = len(infos) <= MAX_FILES and sum(info.file_size for info in infos) <= _INFLATED
    demand(plain and small and not archive.comment, "MALFORMED", what="ZIP")
    names = [info.filename for info in infos]
    demand(names[:1] == [INDEX] and infos[0].file_size <= BUNDLE_BYTES, "MALFORMED", what="index")
    index: Object = parse(archive.read(INDEX))
    demand(fits(index, _SHAPE) and index["format"] == FORMAT, "MALFORMED", what="index")
    listed = [row["name"] for row in index["files"]]
    demand(names[1:] == listed and len(set(listed)) == len(listed), "EVIDENCE_FILES_DIFFER")
    genesis = expected or index["genesis"]
    said: list[tuple[str, Object]] = [("evidence", {**index, "count": len(listed)})]
    numbers = dict[str, int]()
    for row in index["files"]:
        demand(row["bytes"] <= SHEET_BYTES, "MALFORMED", what="index")
        content = archive.read(row["name"])
        same = len(content) == row["bytes"] and sha256(content).hexdigest() == row["digest"]
        demand(same, "EVIDENCE_CHANGED", name=row["name"][:100])
        said.append(("evidence_file", row))
        if content.startswith(b"%PDF-"):
            said += check_sheet(content, roots, genesis, trusted)
            continue
        proof = Proof(content, roots)
        said += proof.check(genesis, trusted)
        told = (proof.operation["id"], proof.body["type"], proof.receipt["height"], proof.all["chain"])
        right = told == (row["operation"], row["type"], row["height"], index["chain"])
        demand(right and row["operation"] not in numbers, "EVIDENCE_INDEX_FALSE", name=row["name"][:100])
        numbers[row["operation"]] = row["height"]
    heights = list(numbers.values())
    demand(bool(heights) and heights == sorted(heights), "EVIDENCE_INDEX_FALSE", name=INDEX)
    if not expected:
        said.append(("chain_unchecked", {"chain": index["chain"], "genesis": genesis}))
    return said
