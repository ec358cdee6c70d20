"""Evidence bundles: each file is checked by itself and against the index, and none may be changed, swapped, left out or put in."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.integrations.tests.certifying import Certifying
from tallychain.ledger.genesis import genesis_digest
from tallychain.sdk.evidence import (
    ACTS,
    ALLOCATIONS,
    GUARANTEES,
    OF_A_TAG,
    OF_AN_INVOICE,
    EvidenceNotPossible,
    bundled,
    operations_of,
)
from tallychain.sdk.proof import make_bundle
from tallychain.sdk.tests.story import Story, told, told_by_four
from tallychain.sdk.verify import verify_file

TOLD = ("issue", "accept", "offer", "take")


@pytest.fixture(scope="module")
def story() -> Story:
    return told()


@pytest.fixture(scope="module")
def whole(story: Story) -> bytes:
    return evidence(story)


def evidence(story: Story) -> bytes:
    made = Certifying(story)
    proofs = [make_bundle(story.everything(name)) for name in TOLD]
    number = made.number()
    return bundled(number, f"{number}:1-1000:2", proofs, {"holding.pdf": made.sheet("holding")})


def files_of(whole: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def refused(whole: bytes) -> str:
    report = verify_file(whole)
    assert report.failure is not None
    assert report.statements == ()
    return report.failure.code


@pytest.mark.parametrize("tell", [told, told_by_four])
def test_evidence_holds_on_a_chain_of_one_operator_and_on_one_of_four_validators(
    tell: Callable[[], Story],
) -> None:
    story = tell()
    whole = evidence(story)
    report = verify_file(
        whole, genesis_digest=genesis_digest(story.genesis).hex(), trusted_roots=[story.root]
    )
    assert report.failure is None
    assert "5 files on the holding" in report.statements[0]
    assert sum("took effect" in sentence for sentence in report.statements) > len(TOLD)
    assert any("policy TERM" in sentence for sentence in report.statements)
    assert verify_file(whole, genesis_digest="00" * 32).failure is not None
    assert whole == evidence(story)


@pytest.mark.attack(36)
def test_changed_evidence_is_refused(story: Story, whole: bytes) -> None:
    files = files_of(whole)
    index = json.loads(files["index.json"])
    names = [row["name"] for row in index["files"]]
    first, second = names[0], names[1]
    other_word = files[first].replace(b"We pay", b"We pax")
    assert refused(zipped({**files, first: other_word})) == "EVIDENCE_CHANGED"
    assert refused(zipped({**files, first: files[second]})) == "EVIDENCE_CHANGED"
    assert refused(zipped({name: files[name] for name in files if name != second})) == "EVIDENCE_FILES_DIFFER"
    assert refused(zipped({**files, "more.txt": b"x"})) == "EVIDENCE_FILES_DIFFER"
    assert refused(zipped({name: files[name] for name in reversed(files)})) == "MALFORMED"

    def with_index(**changes: object) -> bytes:
        rows = [{**index["files"][0], **changes}, *index["files"][1:]]
        text = json.dumps({**index, "files": rows}, ensure_ascii=False, separators=(",", ":"))
        return zipped({**files, "index.json": text.encode()})

    assert refused(with_index(type="voucher.reject")) == "EVIDENCE_INDEX_FALSE"
    assert refused(with_index(height=1)) == "EVIDENCE_INDEX_FALSE"
    assert refused(with_index(digest="00" * 32)) == "EVIDENCE_CHANGED"
    assert refused(with_index(name="../index")) == "EVIDENCE_FILES_DIFFER"
    for place in range(0, len(whole), 9001):
        cut = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        assert not verify_file(cut).valid or files_of(cut) == files
    assert refused(whole[:-40]) == "MALFORMED"
    assert refused(b"PK\x03\x04") == "MALFORMED"


@pytest.mark.attack(36)
def test_evidence_that_swells_without_end_is_refused(whole: bytes) -> None:
    files = files_of(whole)
    assert (
        refused(
            zipped({"index.json": bytes(5 * 1024 * 1024), **{name: files[name] for name in list(files)[1:]}})
        )
        == "MALFORMED"
    )
    assert refused(zipped({f"{number}": b"" for number in range(1_100)})) == "MALFORMED"


def test_without_any_proof_there_is_no_evidence() -> None:
    with pytest.raises(EvidenceNotPossible) as caught:
        bundled("EV", "EV:1-1:1", [], {})
    assert caught.value.code == "NOTHING"


def name(letter: str) -> str:
    return letter * 64


class Rows:
    """A gateway's rows: one voucher with two holdings, of which the one of units 1 to 4 is asked about."""

    VIEWS: Final = {
        "voucher_acts": [
            ("b", "", 0, 0),
            ("c", "OFFER-1", 1, 4),
            ("d", "OFFER-2", 5, 9),
            ("e", "PLEDGE-1", 1, 4),
            ("f", "PLEDGE-1", 0, 0),
            ("1", "PLEDGE-2", 5, 9),
            ("2", "PLEDGE-2", 0, 0),
            ("3", "", 4, 5),
            ("0", "", 0, 0),
            ("0", "PAID", 5, 9),
            ("a", "CANCELLATION", 0, 0),
            ("d", "CANCELLATION", 5, 9),
        ]
    }

    def row(self, view: str, key: str) -> dict[str, object]:
        if view == "payables":
            return {"payable": name("4"), "answered_by": name("5")}
        return {
            "holding": key,
            "voucher": "EV",
            "parent": "EV:1-9:1" if key == "EV:1-4:2" else "",
            "tag": "T2" if key == "EV:1-4:2" else "T1",
            "first": 1,
            "last": 4,
            "operation": {"vouchers": name("b"), "EV:1-9:1": name("6")}.get(
                key if view == "holdings" else view, name("c")
            ),
        }

    def rows(self, view: str, **filters: str) -> list[dict[str, object]]:
        found: dict[tuple[str, str], list[dict[str, object]]] = {
            ("allocations", "EV"): [{"invoice": "INV", "payable": name("4")}],
            ("invoice_credits", "INV"): [{"operation": name("7")}],
            ("invoice_reviews", "INV"): [{"operation": ""}, {"operation": name("8")}],
            ("guarantees", "EV"): [{"frame": "a1" * 32}],
            ("claims", "T1"): [{"operation": name("9")}, {"operation": ""}],
        }
        if view == "voucher_acts":
            return [
                {
                    "operation": name(letter),
                    "subject": about,
                    "first": first,
                    "last": last,
                    "height": height,
                }
                for height, (letter, about, first, last) in enumerate(self.VIEWS[view])
            ]
        return found.get((view, next(iter(filters.values()))), [])


def test_what_concerns_a_holding_is_found_and_what_concerns_others_is_left_out() -> None:
    voucher, found = operations_of(Rows(), "EV:1-4:2")

    assert voucher == "EV"
    assert sorted(found) == sorted(["a1" * 32, *(name(letter) for letter in "abc6ef345789")])


def test_every_view_that_is_asked_has_the_columns_that_are_asked_for() -> None:
    columns = {
        view.name: {column.name for column in view.columns}
        for item in CATALOGUE.contracts
        for view in item.views
    }

    assert columns[ACTS] >= {"voucher", "operation", "subject", "first", "last", "height"}
    assert columns[ALLOCATIONS] >= {"voucher", "invoice", "payable"}
    assert columns[GUARANTEES] >= {"voucher", "frame"}
    assert columns["payables"] >= {"payable", "answered_by"}
    assert columns[OF_A_TAG] >= {"tag", "operation"}
    assert all(columns[view] >= {"invoice", "operation"} for view in OF_AN_INVOICE)
