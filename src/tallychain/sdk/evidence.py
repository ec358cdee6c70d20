"""Evidence bundles: every act on the ledger that led to one holding and to its end, each with its proof, in one ZIP file.

What is asked for are rows and proofs of a gateway, for the caller's seat: sealed parts stand in them as far as that seat can open them.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any, Final, Protocol

from msgspec import Struct

from tallychain.crypto.digest import sha256
from tallychain.ledger import codec
from tallychain.sdk.verify.evidence import FORMAT, INDEX, MAX_FILES

Json = Any

_OPERATION: Final = re.compile(r"([0-9a-f]{64})(?::[1-9][0-9]?)?")
VIEWS: Final = (
    "allocations", "offers", "title_moves", "attestations", "payouts", "outside_payments", "debt_releases", "cancellations",
    "cancellation_consents", "pledges", "freezes", "court_orders", "financings", "disputes", "redemptions",
)  # fmt: skip
_NAMING: Final = (
    "operation", "offer", "payable", "proposal", "cancellation", "pledge", "freeze", "financing", "dispute", "redemption",
)  # fmt: skip
"""Columns whose values are an operation, or an operation and a row of it."""
_HOLDINGS: Final = ("holding", "from_holding", "to_holding")
_LINEAGE: Final = 200
_TIME: Final = (1980, 1, 1, 0, 0, 0)


class EvidenceNotPossible(Exception):
    """No evidence can be gathered; `code` is stable, the text a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Source(Protocol):
    """What is asked of a gateway."""

    def row(self, view: str, key: str) -> Json:
        """One row of a view."""

    def rows(self, view: str, **filters: str) -> Iterable[Json]:
        """All rows that equal the filters."""


class File(Struct, frozen=True):
    """One file of a bundle as its index names it; certificates name no operation."""

    name: str
    digest: str
    bytes: int
    operation: str
    type: str
    height: int


class _Index(Struct, frozen=True):
    format: str
    chain: str
    genesis: str
    voucher: str
    holding: str
    files: list[File]


def operations_of(source: Source, holding: str) -> tuple[str, list[str]]:
    """
    The voucher of a holding, and the operations that concern what it is: from the payable and the issue over every holding that it came from to
    payment, freeze, pledge, financing, dispute or release.

    Raises `EvidenceNotPossible` with `TOO_MANY` where there are more than one bundle holds.
    """
    row = source.row("holdings", holding)
    voucher = str(row["voucher"])
    lineage = [row]
    while lineage[-1]["parent"] and len(lineage) < _LINEAGE:
        lineage.append(source.row("holdings", str(lineage[-1]["parent"])))
    ids = {str(item["holding"]) for item in lineage}
    found = dict.fromkeys(
        [str(source.row("vouchers", voucher)["operation"]), *(str(item["operation"]) for item in lineage)]
    )
    for view in VIEWS:
        for item in source.rows(view, voucher=voucher):
            if _concerns(item, ids, int(row["first"]), int(row["last"])):
                found.update(dict.fromkeys(_named(item)))
    if len(found) >= MAX_FILES - 2:
        raise EvidenceNotPossible("TOO_MANY", f"More than {MAX_FILES - 3} operations concern this holding.")
    return voucher, list(found)


def bundled(voucher: str, holding: str, proofs: Iterable[bytes], sheets: Mapping[str, bytes]) -> bytes:
    """The bundle of these proofs and certificates; the same ones give the same bytes.  Raises `EvidenceNotPossible` where there is no proof."""
    acts = []
    for proof in proofs:
        text = json.loads(proof)
        receipt, body = text["receipt"]["text"], text["operation"]["body"]
        acts.append((receipt["height"], text["operation"]["id"], body["type"], proof, text))
    if not acts:
        raise EvidenceNotPossible("NOTHING", "No operation of this holding can be proven yet.")
    acts.sort(key=lambda act: (act[0], act[1]))
    files, contents = [], []
    for number, (height, operation, kind, proof, _) in enumerate(acts, 1):
        name = f"{number:04}-{kind}.tally-proof"
        files.append(File(name, sha256(proof).hex(), len(proof), operation, kind, height))
        contents.append((name, proof))
    for name, sheet in sheets.items():
        files.append(File(name, sha256(sheet).hex(), len(sheet), "", "certificate", 0))
        contents.append((name, sheet))
    first = acts[0][4]
    genesis = first["state"]["facts"][0]["value"]["genesis"]
    index = codec.encode(_Index(FORMAT, first["chain"], genesis, voucher, holding, files))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [(INDEX, index), *contents]:
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def _concerns(item: Json, ids: set[str], first: int, last: int) -> bool:
    """Whether a row of the voucher is about the holding or what it came from; rows without holding and units are about all of it."""
    named = [str(item[column]) for column in _HOLDINGS if item.get(column)]
    if named and any(name in ids for name in named):
        return True
    if item.get("first") and item.get("last"):
        return int(item["first"]) <= last and first <= int(item["last"])
    return not named


def _named(item: Json) -> Iterator[str]:
    for column in _NAMING:
        match = _OPERATION.fullmatch(str(item.get(column) or ""))
        if match is not None:
            yield match.group(1)
