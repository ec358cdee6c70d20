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

_OPERATION: Final = re.compile(r"[0-9a-f]{64}")
ACTS: Final = "voucher_acts"
"""Every operation that published anything of a voucher, whatever part of the contract it belongs to."""
OF_A_TAG: Final = "claims"
"""What a holder did without naming a voucher."""
ALLOCATIONS: Final = "allocations"
OF_AN_INVOICE: Final = ("invoice_credits", "invoice_reviews")
BESIDE: Final = (
    "payable.present",
    "payable.confirm",
    "payable.contest",
    "payable.withdraw",
    "invoice.credit",
    "invoice.review",
    "sponsor.claim",
    "guarantee.give",
)
"""Operations that concern a holding and name no voucher in what they publish: found by payable, invoice, tag and guarantee."""
GUARANTEES: Final = "guarantees"
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
    The voucher of a holding, and the operations that concern what it is: from the payable, its confirmation and red letters over the issue and every
    act on units of it, whoever held them then, to payment, freeze, pledge, financing, dispute or release.

    Raises `EvidenceNotPossible` with `TOO_MANY` where there are more than one bundle holds.
    """
    row = source.row("holdings", holding)
    voucher = str(row["voucher"])
    lineage = [row]
    while lineage[-1]["parent"] and len(lineage) < _LINEAGE:
        lineage.append(source.row("holdings", str(lineage[-1]["parent"])))
    issue = source.row("vouchers", voucher)["operation"]
    found = dict.fromkeys(_named(issue, *(item["operation"] for item in lineage)))
    acts = list(source.rows(ACTS, voucher=voucher))
    found.update(dict.fromkeys(_concerning(acts, int(row["first"]), int(row["last"]))))
    found.update(dict.fromkeys(_beside(source, voucher, {str(item["tag"]) for item in lineage})))
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


def _concerning(acts: list[Json], first: int, last: int) -> Iterator[str]:
    """
    The operations of these rows that are about some of the units, or about the voucher as a whole.

    A row that names no units has those of the first row on its subject: an acceptance of a pledge is about what was pledged.
    """
    begun: dict[str, tuple[int, int]] = {}
    for act in sorted(acts, key=lambda act: int(act["height"])):
        begun.setdefault(str(act["subject"]), (int(act["first"]), int(act["last"])))
    of_units: dict[str, list[tuple[int, int]]] = {}
    for act in acts:
        own = (int(act["first"]), int(act["last"]))
        units = own if own[1] or not act["subject"] else begun[str(act["subject"])]
        of_units.setdefault(str(act["operation"]), []).extend([units] if units[1] else [])
    for operation, ranges in of_units.items():
        if not ranges or any(low <= last and first <= high for low, high in ranges):
            yield operation


def _beside(source: Source, voucher: str, tags: set[str]) -> Iterator[str]:
    """The operations on the payable and the invoices that back the voucher, its guarantee, and claims of its holders on their sponsors."""
    for item in source.rows(GUARANTEES, voucher=voucher):
        yield from _named(item["frame"])
    for allocation in source.rows(ALLOCATIONS, voucher=voucher):
        payable = source.row("payables", str(allocation["payable"]))
        yield from _named(payable["payable"], payable["answered_by"])
        for view in OF_AN_INVOICE:
            for item in source.rows(view, invoice=str(allocation["invoice"])):
                yield from _named(item["operation"])
    for tag in sorted(tags):
        for item in source.rows(OF_A_TAG, tag=tag):
            yield from _named(item["operation"])


def _named(*names: object) -> Iterator[str]:
    """Those that are operations: what time alone brought about has none."""
    return (str(name) for name in names if _OPERATION.fullmatch(str(name or "")))
