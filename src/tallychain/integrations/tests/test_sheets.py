"""Certificates as pages: what they say is what the proven records say, and whatever is changed in them is refused with a sentence."""

import json
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tallychain.contracts.documents.words import WORDS as OF_PAYABLES
from tallychain.contracts.vouchers.columns import WORDS as OF_VOUCHERS
from tallychain.integrations import sheets
from tallychain.integrations.sheets import NotDrawn, draw
from tallychain.integrations.tests.certifying import MAKER, Certifying
from tallychain.ledger.genesis import genesis_digest
from tallychain.sdk.certificate import checked, seal
from tallychain.sdk.proof import ProofUnavailable
from tallychain.sdk.tests.story import told, told_by_four
from tallychain.sdk.verify import verify_file
from tallychain.sdk.verify.pdf import read, squeezed
from tallychain.sdk.verify.stated import WORDS, capitals


@pytest.fixture(scope="module")
def made() -> Certifying:
    return Certifying(told())


@pytest.fixture(scope="module")
def sheet(made: Certifying) -> bytes:
    return made.sheet("holding")


def refused(file: bytes) -> str:
    report = verify_file(file)
    assert not report.valid
    assert report.failure is not None
    assert report.statements == ()
    assert report.failure.sentence.endswith(".")
    return report.failure.code


def resealed(made: Certifying, unsealed: bytes) -> bytes:
    """As a maker would that lies on purpose: the file is changed, and sealed anew by its own key."""
    return seal(unsealed, made.story.world.members[MAKER].staff["system"].key)


def with_changed(attachment: bytes, change: Callable[[Any], object]) -> bytes:
    whole = json.loads(attachment)
    change(whole)
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("kind", ["holding", "voucher"])
@pytest.mark.parametrize("tell", [told, told_by_four])
def test_a_certificate_holds_on_a_chain_of_one_operator_and_on_one_of_four_validators(
    kind: str, tell: Callable[[], Any]
) -> None:
    made = Certifying(tell())
    genesis = genesis_digest(made.story.genesis).hex()
    file = made.sheet(kind)
    report = verify_file(file, genesis_digest=genesis, trusted_roots=[made.story.root])
    assert report.failure is None
    assert any("say what these records say" in sentence for sentence in report.statements)
    assert verify_file(file, language="zh").valid
    other = verify_file(file, genesis_digest="00" * 32)
    assert other.failure is not None
    assert other.failure.code == "GENESIS_DIFFERS"


def test_the_page_says_who_holds_how_much_in_both_languages(sheet: bytes) -> None:
    text = read(sheet).text
    for said in (
        "供应链融资确权证明",
        "SupplyChainFinancingConfirmation",
        "CNY10.00(人民币壹拾元整)",
        "Trialclients4",
        "1-1000",
    ):
        assert said in text


@pytest.mark.parametrize("more", [1, 7, 8, 9, 10, 30])
def test_a_page_is_read_back_wherever_it_is_cut_and_whatever_stands_in_it(
    made: Certifying, more: int
) -> None:
    attachment = made.attachment()
    stated = checked(attachment)
    long = stated.page.lines[0]._replace(value=r"承诺 (We) pay ((all\) of it " * 60)
    page = stated.page._replace(lines=(*stated.page.lines[:1] * more, long, *stated.page.lines))
    file = resealed(made, draw(page, attachment, "code", stated.time_ms, stated.maker))
    assert read(file).text == squeezed("".join(page.texts()))


def test_the_same_facts_give_the_same_bytes(made: Certifying, sheet: bytes) -> None:
    assert made.sheet("holding") == sheet


def test_the_attached_file_alone_is_checked_and_says_that_no_page_was(made: Certifying) -> None:
    report = verify_file(made.attachment())
    assert report.valid
    assert "no page was compared" in report.statements[-1]


@pytest.mark.attack(36)
def test_one_changed_byte_anywhere_in_the_file_is_refused(sheet: bytes) -> None:
    met = set()
    for place in range(0, len(sheet), 5003):
        changed = bytearray(sheet)
        changed[place] ^= 1
        met.add(refused(bytes(changed)))
    assert "SHEET_CHANGED" in met
    assert refused(sheet[:-200]) in ("MALFORMED", "SHEET_NOT_SEALED")
    assert refused(sheet + sheet[-300:]) in ("MALFORMED", "SHEET_NOT_SEALED")


@pytest.mark.attack(36)
def test_a_changed_figure_on_the_page_is_refused_even_when_its_maker_seals_it(made: Certifying) -> None:
    stated = checked(made.attachment())
    lines = tuple(
        line._replace(value=line.value.replace("CNY 10.00", "CNY 90.00")) for line in stated.page.lines
    )
    assert lines != stated.page.lines
    lying = draw(stated.page._replace(lines=lines), made.attachment(), "code", stated.time_ms, stated.maker)
    report = verify_file(resealed(made, lying))
    assert report.failure is not None
    assert report.failure.code == "PAGE_DIFFERS"
    assert "CNY90.00" in report.failure.sentence
    assert "CNY10.00" in report.failure.sentence


@pytest.mark.attack(36)
def test_changed_records_are_refused_even_when_their_maker_seals_them(made: Certifying) -> None:
    def more_units(whole: Any) -> None:
        holding = next(row["value"] for row in whole["rows"] if row["table"] == "holding")
        holding["last"] = 9000

    def other_subject(whole: Any) -> None:
        whole["subject"] = whole["subject"].replace("1-1000", "1-9000")

    def without_issuer(whole: Any) -> None:
        whole["rows"] = [row for row in whole["rows"] if row["value"].get("member") != "ce-a"]

    def other_maker(whole: Any) -> None:
        whole["maker"]["member"] = "bank-b"

    def other_operation(whole: Any) -> None:
        whole["proof"], whole["more"] = whole["more"][0], [whole["proof"]]

    def changed_receipt(whole: Any) -> None:
        whole["proof"]["receipt"]["text"]["code"] = "DONE!"

    expected = {
        more_units: "RECORD_NOT_IN_STATE",
        other_subject: "CERTIFICATE_ROWS_DIFFER",
        without_issuer: "CERTIFICATE_ROWS_DIFFER",
        other_maker: "CERTIFICATE_MAKER_UNKNOWN",
        other_operation: "RECORD_NOT_IN_STATE",
        changed_receipt: "RECEIPT_CHANGED",
    }
    for change, code in expected.items():
        changed = with_changed(made.attachment(), change)
        assert refused(changed) == code or (
            change is other_operation and refused(changed) == "CERTIFICATE_ROWS_DIFFER"
        ), change
        with pytest.raises(ProofUnavailable):
            checked(changed)


@pytest.mark.attack(36)
def test_a_page_sealed_by_another_key_or_by_none_is_refused(made: Certifying) -> None:
    unsealed = made.unsealed(made.attachment())
    assert refused(unsealed) == "SHEET_NOT_SEALED"
    other = made.story.world.members["bank-b"].staff["system"].key
    assert refused(seal(unsealed, other)) == "SHEET_KEY_DIFFERS"


@pytest.mark.attack(36)
def test_another_page_over_true_records_is_refused(made: Certifying) -> None:
    stated = checked(made.attachment("voucher"))
    mixed = draw(stated.page, made.attachment("holding"), "code", stated.time_ms, stated.maker)
    assert refused(resealed(made, mixed)) == "PAGE_DIFFERS"


@pytest.mark.attack(36)
def test_a_stream_that_swells_without_end_is_refused(made: Certifying, sheet: bytes) -> None:
    unsealed = made.unsealed(made.attachment())
    bomb = zlib.compress(bytes(30 * 1024 * 1024), 9)
    found = re.search(rb"<</Length ([0-9]+)[^>]*/Type/EmbeddedFile[^>]*>>[^>]*>>\nstream\n", unsealed)
    assert found is not None
    length = int(found.group(1))
    inside = bomb[:length] if len(bomb) > length else bomb.ljust(length, b"\0")
    refused(resealed(made, unsealed[: found.end()] + inside + unsealed[found.end() + length :]))


@pytest.mark.parametrize(
    "file", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"%tally-seal/1 " * 9, b'{"format":"tally-certificate/1","kind":']
)
def test_what_is_no_certificate_is_refused_with_a_sentence(file: bytes) -> None:
    assert refused(file) in ("MALFORMED", "SHEET_NOT_SEALED")


def test_the_file_is_built_as_pdf_a_3b_asks(sheet: bytes) -> None:
    """What can be seen without a validator; `tests/conformity` asks one."""
    assert b"<pdfaid:part>3</pdfaid:part>" in sheet
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in sheet
    assert b"/OutputIntents" in sheet
    assert b"/GTS_PDFA1" in sheet
    assert b"/AFRelationship/Data" in sheet
    assert b"/ID[" in sheet
    fonts = re.findall(rb"/Type/FontDescriptor[^>]*", sheet)
    assert fonts
    assert all(b"/FontFile3" in font for font in fonts)
    for forbidden in (b"/Encrypt", b"/JavaScript", b"/SMask", b"/Launch", b"/LZWDecode", b"/ca ", b"/Annots"):
        assert forbidden not in sheet


def test_the_words_are_those_of_the_contracts() -> None:
    known = {name: (words.en, words.zh) for name, words in (*OF_PAYABLES.items(), *OF_VOUCHERS.items())}
    # Names that say something else of each kind of record, as of an invoice and of a guarantor.
    common = set(WORDS) & set(known) - {"EXPIRED", "RELEASED", "LAPSED", "FREED"}
    assert len(common) > 20
    for name in common:
        assert tuple(WORDS[name]) in {known[name], _of(OF_PAYABLES, name), _of(OF_VOUCHERS, name)}, name


def _of(words: Any, name: str) -> tuple[str, str]:
    found = words.get(name)
    return ("", "") if found is None else (found.en, found.zh)


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (60, "陆角整"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (600_714, "陆仟零柒元壹角肆分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (100_000_000, "壹佰万元整"),
        (30_000_001, "叁拾万元零壹分"),
        (1_000_000_100, "壹仟万零壹元整"),
        (10_000_000_001_00, "壹佰亿零壹元整"),
        (100_010_000_00, "壹亿零壹万元整"),
    ],
)
def test_amounts_are_written_in_capitals_as_on_bills(fen: int, said: str) -> None:
    assert capitals(fen) == said


def test_without_the_extra_nothing_is_drawn(made: Certifying, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = checked(made.attachment())
    monkeypatch.setattr(sheets, "is_installed", lambda: False)
    with pytest.raises(NotDrawn) as caught:
        draw(stated.page, b"{}", "code", stated.time_ms, "bank-a")
    assert caught.value.code == "NOT_INSTALLED"


def test_a_letter_that_the_font_does_not_have_is_refused(made: Certifying) -> None:
    stated = checked(made.attachment())
    page = stated.page._replace(titles=("\U0001f9ff\U00020089\ue123", "x"))
    with pytest.raises(NotDrawn) as caught:
        draw(page, b"{}", "code", stated.time_ms, "bank-a")
    assert caught.value.code == "LETTER_UNKNOWN"
