"""Every link of a proof, broken on its own, is named by its own sentence."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.digest import Tag, digest
from tallychain.ledger.header import header_digest
from tallychain.sdk.tests.forge import (
    Bundle,
    certificate_row,
    flipped,
    from_bytes,
    recarry,
    recommit,
    reseal,
    resign,
    text,
    to_bytes,
    unreadable_row,
)
from tallychain.sdk.tests.story import Story
from tallychain.sdk.verify import Report, sentences, verify
from tallychain.testkit.people import CERTIFICATES_FROM_MS

Act = Callable[[Bundle, Story], object]


@dataclass(frozen=True)
class Break:
    """One lie: what is changed, in which proof, and the code that must name it."""

    name: str
    code: str
    act: Act
    of: str = "issue"
    asked: dict[str, Any] = field(default_factory=dict)


def key_record(bundle: Bundle, **changes: object) -> None:
    """Change the record of the key that signed first."""
    first = bundle["operation"]["signatures"][0]["key"]
    for row in bundle["state"]["key"]:
        if row["value"]["key"] == first:
            row["value"] |= changes


def lying(**changes: object) -> Act:
    """A record that the sequencer itself confirms."""

    def act(bundle: Bundle, story: Story) -> None:
        key_record(bundle, **changes)
        reseal(bundle, story.world)

    return act


def drop_key(bundle: Bundle, _: Story) -> None:
    first = bundle["operation"]["signatures"][0]["key"]
    bundle["state"]["key"] = [row for row in bundle["state"]["key"] if row["value"]["key"] != first]


def swap_values(bundle: Bundle, _: Story) -> None:
    one, other = bundle["state"]["key"][:2]
    one["value"], other["value"] = other["value"], one["value"]


def another_receipt(bundle: Bundle, _: Story) -> None:
    bundle["receipt"]["text"]["code"] = "OTHER"
    bundle["receipt"]["digest"] = digest(Tag.RECEIPT, text(bundle["receipt"]["text"])).hex()


def receipt_of_another_block(bundle: Bundle, story: Story) -> None:
    bundle["receipt"]["text"]["height"] += 1
    reseal(bundle, story.world)


def receipt_of_another_operation(bundle: Bundle, story: Story) -> None:
    bundle["receipt"]["text"]["operation"] = "ab" * 32
    reseal(bundle, story.world)


def another_header(bundle: Bundle, _: Story) -> None:
    row = bundle["headers"][1]
    row["text"]["time_ms"] += 1
    row["digest"] = header_digest(text(row["text"])).hex()


def another_chain_throughout(bundle: Bundle, story: Story) -> None:
    bundle["operation"]["body"]["chain"] = "trial-2"
    resign(bundle, story.world)


def signatures_of_others(bundle: Bundle, story: Story) -> None:
    """The block had other signatures than those shown, though these are good as well."""
    signed = bundle["receipt"]["text"]["signed"]
    bundle["receipt"]["text"]["signed"] = flipped(signed)
    reseal(bundle, story.world)


def own_signature(bundle: Bundle, story: Story) -> None:
    """The maker's signature put under another key's name, which signs the envelope again."""
    bundle["operation"]["signatures"][0]["signature"] = bundle["operation"]["signatures"][1]["signature"]
    recarry(bundle, story.world)


def same_person(bundle: Bundle, story: Story) -> None:
    second = bundle["operation"]["signatures"][1]["key"]
    records = {row["value"]["key"]: row["value"] for row in bundle["state"]["key"]}
    key_record(bundle, person=records[second]["person"])
    reseal(bundle, story.world)


def same_certificate(bundle: Bundle, story: Story) -> None:
    second = bundle["operation"]["signatures"][1]["key"]
    records = {row["value"]["key"]: row["value"] for row in bundle["state"]["key"]}
    key_record(bundle, certificate=records[second]["certificate"])
    reseal(bundle, story.world)


def certificate_of_another(bundle: Bundle, story: Story) -> None:
    other = story.world.members["bank-a"].staff["maker"]
    bundle["certificates"].append(certificate_row(other.certificate))
    key_record(bundle, certificate=other.certificate_digest)
    reseal(bundle, story.world)


def identity(**changes: str) -> Act:
    """An identity part that its author commits to and everybody signs."""

    def act(bundle: Bundle, story: Story) -> None:
        recommit(bundle, from_bytes(bundle["opened"][0]["content"].encode()) | changes)
        resign(bundle, story.world)

    return act


def before_certificates(bundle: Bundle, story: Story) -> None:
    bundle["headers"][0]["text"]["time_ms"] = CERTIFICATES_FROM_MS - 1_000
    reseal(bundle, story.world)


def own_tag(bundle: Bundle, story: Story) -> None:
    bundle["operation"]["body"]["author"] = "tag:" + story.world.receiver("s2").tag
    resign(bundle, story.world)


def carried_by(member: str) -> Act:
    def act(bundle: Bundle, story: Story) -> None:
        bundle["carrier"]["envelope"]["member"] = member
        recarry(bundle, story.world)

    return act


def change(*path: str | int, to: Callable[[Any], object]) -> Act:
    """Change one value, found by its path, and nothing else."""

    def act(bundle: Bundle, _: Story) -> None:
        place: Any = bundle
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to(place[path[-1]])

    return act


def step(value: str) -> str:
    return value[0] + flipped(value[1:])


SIGNATURE = ("operation", "signatures", 0, "signature")
FOREIGN_ROOT = TestAuthority(b"\7" * 32, from_ms=CERTIFICATES_FROM_MS).root
BREAKS = (
    Break(
        "genesis not the one expected", "GENESIS_DIFFERS", lambda *_: None, asked={"genesis_digest": "0" * 64}
    ),
    Break("genesis changed", "GENESIS_CHANGED", change("genesis", "time_ms", to=lambda ms: ms + 1)),
    Break("another chain's name", "OTHER_CHAIN", change("chain", to=lambda _: "trial-2")),
    Break("another chain's operation", "OTHER_CHAIN", another_chain_throughout),
    Break("header changed", "HEADER_CHANGED", change("headers", 1, "text", "time_ms", to=lambda ms: ms + 1)),
    Break("header not signed so", "HEADER_SIGNATURE_FALSE", another_header),
    Break("signature of a header", "HEADER_SIGNATURE_FALSE", change("headers", 0, "signature", to=flipped)),
    Break("headers out of order", "HEADERS_NOT_LINKED", change("headers", to=lambda rows: rows[::-1])),
    Break("receipt changed", "RECEIPT_CHANGED", change("receipt", "text", "code", to=lambda _: "OTHER")),
    Break("receipt never given", "RECEIPT_NOT_IN_BLOCK", another_receipt),
    Break("path of the receipt", "RECEIPT_NOT_IN_BLOCK", change("receipt", "path", 0, to=step)),
    Break("path of the result", "RECEIPT_NOT_IN_BLOCK", change("receipt", "result", 0, to=step)),
    Break("receipt of another block", "RECEIPT_NOT_IN_BLOCK", receipt_of_another_block),
    Break("receipt of another operation", "RECEIPT_OF_OTHER_OPERATION", receipt_of_another_operation),
    Break(
        "body changed", "BODY_CHANGED", change("operation", "body", "args", "face", to=lambda fen: fen + 1)
    ),
    Break("signature missing", "ROLES_WRONG", change("operation", "signatures", to=lambda rows: rows[:1])),
    Break("role changed", "ROLES_WRONG", change("operation", "signatures", 1, "role", to=lambda _: "admin")),
    Break(
        "holder's signature missing",
        "ROLES_WRONG",
        change("operation", "signatures", to=lambda _: []),
        of="take",
    ),
    Break("signature changed", "SIGNATURE_FALSE", change(*SIGNATURE, to=flipped)),
    Break("signature of somebody else", "SIGNATURE_FALSE", own_signature),
    Break("signatures not those of the block", "SIGNATURES_OF_OTHERS", signatures_of_others),
    Break("tag of somebody else", "KEY_NOT_OF_AUTHOR", own_tag, of="accept"),
    Break("key record missing", "RECORD_MISSING", drop_key),
    Break("member record missing", "RECORD_MISSING", change("state", "member", to=lambda _: [])),
    Break("key records swapped", "RECORD_NOT_IN_STATE", swap_values),
    Break("key record changed", "RECORD_NOT_IN_STATE", lambda bundle, _: key_record(bundle, valid_from=1)),
    Break("path in the bucket", "RECORD_NOT_IN_STATE", change("state", "key", 0, "upper", 0, to=step)),
    Break(
        "policy changed",
        "RECORD_NOT_IN_STATE",
        change("state", "policy", 0, "value", "article", to=lambda _: "1"),
    ),
    Break("key of another member", "KEY_OF_OTHER_MEMBER", lying(member="ce-b")),
    Break("key revoked before", "KEY_REVOKED", lying(revoked_at=1)),
    Break("key not in force yet", "KEY_NOT_YET_VALID", lying(valid_from=6)),
    Break("right missing", "RIGHT_MISSING", lying(rights=["look"])),
    Break("one person with two certificates", "SAME_PERSON", same_person),
    Break("two persons with one certificate", "SAME_PERSON", same_certificate),
    Break("another carrier", "CARRIER_DIFFERS", carried_by("ce-b")),
    Break("envelope not signed", "CARRIER_SIGNATURE_FALSE", change("carrier", "signature", to=flipped)),
    Break(
        "operation not in the envelope", "OPERATION_NOT_IN_ENVELOPE", change("carrier", "path", 0, to=step)
    ),
    Break("no such part", "PART_UNKNOWN", change("opened", 0, "label", to=lambda _: "terms")),
    Break(
        "sealed content changed",
        "CONTENT_CHANGED",
        change("opened", 0, "content", to=lambda text: text + " "),
    ),
    Break("salt changed", "CONTENT_CHANGED", change("opened", 0, "salt", to=flipped)),
    Break("identity signature false", "IDENTITY_SIGNATURE_FALSE", identity(signature="00" * 64), of="accept"),
    Break(
        "another enterprise named", "IDENTITY_NAME_DIFFERS", identity(uscc="91310000MA0000000Y"), of="accept"
    ),
    Break(
        "identity without certificate",
        "CERTIFICATE_MISSING",
        change("certificates", to=lambda _: []),
        of="take",
    ),
    Break(
        "second person's certificate missing",
        "CERTIFICATE_MISSING",
        identity(checker_signature="00"),
        of="take",
    ),
    Break("certificate changed", "CERTIFICATE_CHANGED", change("certificates", 0, "der", to=flipped)),
    Break(
        "no certificate at all",
        "CERTIFICATE_UNREADABLE",
        change("certificates", to=lambda rows: [*rows, unreadable_row()]),
    ),
    Break("certificate of another key", "CERTIFICATE_OF_OTHER_KEY", certificate_of_another),
    Break("certificate not in time", "CERTIFICATE_NOT_IN_TIME", before_certificates),
    Break(
        "authority not trusted",
        "CERTIFICATE_NOT_TRUSTED",
        lambda *_: None,
        asked={"trusted_roots": [FOREIGN_ROOT]},
    ),
    Break("unknown format", "FORMAT_UNKNOWN", change("format", to=lambda _: "tally-proof/9")),
    Break("field added", "MALFORMED", change("receipt", to=lambda row: row | {"note": ""})),
    Break("field of a wrong type", "MALFORMED", change("operation", "id", to=lambda _: 7)),
    Break("digits in capitals", "MALFORMED", change(*SIGNATURE, to=str.upper)),
    Break(
        "side of a path unknown", "MALFORMED", change("receipt", "path", 0, to=lambda text: "X" + text[1:])
    ),
    Break("no headers", "MALFORMED", change("headers", to=lambda _: [])),
    Break("number out of range", "MALFORMED", change("headers", 0, "text", "time_ms", to=lambda _: 2**60)),
)


def broken(case: Break, story: Story, bundles: dict[str, bytes]) -> Report:
    bundle = from_bytes(bundles[case.of])
    case.act(bundle, story)
    return verify(to_bytes(bundle), **case.asked)


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.name)
def test_a_broken_link_is_named_and_nothing_counts_as_proven(
    case: Break, story: Story, bundles: dict[str, bytes]
) -> None:
    report = broken(case, story, bundles)
    assert report.failure is not None
    assert report.failure.code == case.code
    assert not report.valid
    assert report.statements == ()
    assert "{" not in report.failure.sentence


ALLIANCE = {
    *("COMMIT_OF_OTHERS", "COMMIT_OF_OTHER_BLOCK", "COMMIT_SIGNATURE_FALSE", "COMMIT_TOO_WEAK"),
    *("HEADERS_CONFLICT", "HEADER_NOT_LATER", "HEADER_TIME_WRONG"),
    *("TRUSTED_HEADER_DIFFERS", "TRUSTED_HEADER_MISSING", "TRUST_EXPIRED"),
    *("VALIDATORS_DIFFER", "VALIDATORS_MISSING", "VALIDATORS_NOT_TRUSTED"),
}
"""Of headers that several validators sign: met in `test_alliance_proof` and `test_light`."""
SHEETS = {
    *("CERTIFICATE_MAKER_UNKNOWN", "CERTIFICATE_NO_DEFAULT", "CERTIFICATE_ROWS_DIFFER", "PAGE_DIFFERS"),
    *("SHEET_CHANGED", "SHEET_KEY_DIFFERS", "SHEET_NOT_SEALED"),
    *("EVIDENCE_CHANGED", "EVIDENCE_FILES_DIFFER", "EVIDENCE_INDEX_FALSE"),
}
"""Of certificates and evidence: met in the tests of `integrations`."""


def test_every_failure_is_met_by_a_lie_of_its_own() -> None:
    met = {case.code for case in BREAKS} | {"TOO_LARGE"} | ALLIANCE | SHEETS
    assert met == {code for code in sentences.TEXTS if code.isupper()}


def test_no_two_failures_share_a_sentence() -> None:
    said = [sentence for pair in sentences.TEXTS.values() for sentence in pair]
    assert len(said) == 2 * len(sentences.TEXTS) == len(set(said))


def test_both_languages_name_the_same_things() -> None:
    for english, chinese in sentences.TEXTS.values():
        assert sorted(re.findall("{[a-z_]+}", english)) == sorted(re.findall("{[a-z_]+}", chinese))
        assert re.search("[\u4e00-\u9fff]", chinese)


def test_a_forger_without_the_sequencer_is_caught_by_its_signature(
    story: Story, bundles: dict[str, bytes]
) -> None:
    honest = from_bytes(bundles["issue"])
    lie = from_bytes(bundles["issue"])
    lying(revoked_at=1)(lie, story)
    lie["headers"][1]["signature"] = honest["headers"][1]["signature"]
    report = verify(to_bytes(lie))
    assert report.failure is not None
    assert report.failure.code == "HEADER_SIGNATURE_FALSE"


@pytest.mark.parametrize("height", [6, 9])
def test_a_key_revoked_after_the_operation_leaves_it_valid(
    height: int, story: Story, bundles: dict[str, bytes]
) -> None:
    bundle = from_bytes(bundles["issue"])
    lying(revoked_at=height)(bundle, story)
    assert verify(to_bytes(bundle)).valid


def test_a_refusal_for_want_of_a_right_is_proven_although_the_right_is_missing(
    story: Story, bundles: dict[str, bytes]
) -> None:
    bundle = from_bytes(bundles["refused"])
    lying(rights=["look"])(bundle, story)
    assert verify(to_bytes(bundle)).valid
