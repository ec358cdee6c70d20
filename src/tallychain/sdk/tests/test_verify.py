"""The stand-alone verifier: what it says of honest bundles, and that it agrees with the ledger's own rules."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.digest import Tag, digest
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import P256
from tallychain.crypto.schemes import verify as signature_is_good
from tallychain.crypto.tests.vectors import cases, unhex
from tallychain.ledger import codec, merkle
from tallychain.ledger.genesis import genesis_digest
from tallychain.ledger.tables import NUMBERS, encode_parts
from tallychain.ledger.tree import BucketTree, InclusionProof
from tallychain.sdk import proof
from tallychain.sdk import verify as verifier
from tallychain.sdk.tests.forge import certificate_row, from_bytes, resign, to_bytes
from tallychain.sdk.tests.story import Story
from tallychain.sdk.verify import __main__ as command_line
from tallychain.sdk.verify import basics, signatures, verify
from tallychain.sdk.verify import bundle as checked
from tallychain.testkit.people import CERTIFICATES_FROM_MS, CERTIFICATES_UNTIL_MS


def test_every_act_of_the_story_is_proven(story: Story, bundles: dict[str, bytes]) -> None:
    expected = genesis_digest(story.genesis).hex()
    for name, bundle in bundles.items():
        report = verify(bundle, genesis_digest=expected, trusted_roots=[story.root])
        assert report.failure is None, name
        assert report.valid


def test_an_issue_by_two_persons_is_told_in_plain_sentences(story: Story, bundles: dict[str, bytes]) -> None:
    said = verify(
        bundles["issue"], genesis_digest=genesis_digest(story.genesis).hex(), trusted_roots=[story.root]
    ).statements
    staff = story.world.members["ce-a"].staff
    assert "as you expect" in said[0]
    assert said[1].startswith("Block 5 was made at 2026-03-16 01:00:00")
    assert "(voucher.issue, author member:ce-a) took effect in block 5" in said[2]
    assert f"as maker by the person {staff['maker'].person} of Trial ce-a" in said[3]
    assert f"as checker by the person {staff['checker'].person} of Trial ce-a" in said[5]
    assert sum("issued under an authority that you trust" in sentence for sentence in said) == 2
    assert any("sealed part trade is exactly what the author committed to" in sentence for sentence in said)
    assert any("policy TERM" in sentence for sentence in said)
    assert any("calendar of 2026" in sentence for sentence in said)


def test_an_acceptance_names_the_certified_enterprise(story: Story, bundles: dict[str, bytes]) -> None:
    client = story.world.clients["s1"]
    said = verify(bundles["accept"]).statements
    assert f"{client.name} ({client.uscc}) signed exactly this act with its certified key." in said
    assert any("the holder's tag" in sentence for sentence in said)


def test_a_refusal_is_proven_as_a_refusal(bundles: dict[str, bytes]) -> None:
    said = verify(bundles["refused"]).statements
    assert any("was refused in block 5 with VOUCHER_NOT_FOUND; it changed nothing" in item for item in said)
    assert not any("took effect" in sentence for sentence in said)


def test_what_was_not_compared_is_said(bundles: dict[str, bytes]) -> None:
    said = verify(bundles["accept"]).statements
    assert "was not compared with one that you know" in said[0]
    assert any("its authority was not checked" in sentence for sentence in said)


def test_statements_come_in_chinese(bundles: dict[str, bytes]) -> None:
    said = verify(bundles["take"], language="zh").statements
    assert len(said) == len(verify(bundles["take"]).statements)
    assert "已在区块 8 生效" in said[2]


def test_a_root_may_be_pem_and_must_be_a_certificate(story: Story, bundles: dict[str, bytes]) -> None:
    pem = x509.load_der_x509_certificate(story.root).public_bytes(Encoding.PEM)
    assert verify(bundles["accept"], trusted_roots=[pem]).valid
    with pytest.raises(ValueError, match=r".+"):
        verify(bundles["accept"], trusted_roots=[b"no certificate"])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_changed_bit_anywhere_is_never_valid(data: st.DataObject, bundles: dict[str, bytes]) -> None:
    bundle = bytearray(bundles[data.draw(st.sampled_from(sorted(bundles)))])
    position = data.draw(st.integers(0, len(bundle) - 1))
    bundle[position] ^= 1 << data.draw(st.integers(0, 7))
    assert not verify(bytes(bundle)).valid


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_one_other_byte_anywhere_is_never_valid(data: st.DataObject, bundles: dict[str, bytes]) -> None:
    bundle = bytearray(bundles["take"])
    position = data.draw(st.integers(0, len(bundle) - 1))
    other = data.draw(st.sampled_from(b'0123456789abcdefLR",:{}[] \\zZ'))
    if bundle[position] != other:
        bundle[position] = other
        assert not verify(bytes(bundle)).valid


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"7", b"[]", b"null", b'"tally-proof/1"', b"\xff\xfe", b"[" * 100_000, b"1" * 10_000]
    + [
        b'{"format":"tally-proof/1"}',
        b'{"format":"tally-proof/1","format":"tally-proof/1"}',
        b'{"format":NaN}',
    ]
    + [b'{"format":"\\ud800"}', b'{"format":["' + b"a" * 99 + b'"]}'],
    ids=lambda text: text[:20].hex(),
)
def test_any_other_text_is_answered_with_a_sentence(text: bytes) -> None:
    failure = verify(text).failure
    assert failure is not None
    assert failure.code in ("MALFORMED", "FORMAT_UNKNOWN")


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert not verify(data).valid


OTHER_VALUES: tuple[object, ...] = (None, 7, -1, 2**60, 1.5, "", "x", "member:", [7], [[]], {}, {"a": 1})


def places(value: Any) -> Iterator[tuple[Any, str | int]]:
    """Every place inside a value, as the object or list that holds it and the name or number in it."""
    for step in value if isinstance(value, dict) else range(len(value)):
        yield value, step
        if isinstance(value[step], dict | list):
            yield from places(value[step])


@settings(max_examples=250, deadline=None)
@given(number=st.integers(min_value=0), other=st.sampled_from(OTHER_VALUES))
def test_any_other_value_anywhere_is_answered_with_a_sentence(
    number: int, other: object, bundles: dict[str, bytes]
) -> None:
    bundle = from_bytes(bundles["accept"])
    every = list(places(bundle))
    holder, step = every[number % len(every)]
    changed = holder[step] != other
    holder[step] = other
    assert verify(to_bytes(bundle)).valid is not changed


def test_another_layout_of_the_same_values_is_refused(bundles: dict[str, bytes]) -> None:
    spaced = json.dumps(json.loads(bundles["issue"]), ensure_ascii=False).encode()
    failure = verify(spaced).failure
    assert failure is not None
    assert failure.code == "MALFORMED"


def test_a_bundle_beyond_the_bound_is_not_read() -> None:
    failure = verify(b" " * (verifier.BUNDLE_BYTES + 1)).failure
    assert failure is not None
    assert failure.code == "TOO_LARGE"


@given(st.sampled_from(list(Tag)), st.lists(st.binary(max_size=200), max_size=6))
def test_digests_are_those_of_the_ledger(tag: Tag, parts: list[bytes]) -> None:
    assert basics.digest(tag, *parts) == digest(tag, *parts)


@pytest.mark.parametrize("case", cases("acceptance"), ids=lambda case: str(case["name"]))
def test_signatures_are_accepted_as_the_ledger_accepts_them(case: dict[str, str]) -> None:
    try:
        fits = signatures.is_signed(case["key"], unhex(case["message"]), case["signature"])
    except basics.Broken:
        fits = False
    assert fits is signature_is_good(case["key"], unhex(case["message"]), unhex(case["signature"]))


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40), st.data())
def test_paths_lead_to_the_roots_of_the_ledger(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items) - 1))
    steps = proof._steps(merkle.prove(items, index))
    assert basics.climb(items[index], steps) == merkle.root(items)


@settings(max_examples=60)
@given(st.integers(1, 9), st.sets(st.integers(0, 10**6), min_size=1, max_size=40), st.data())
def test_records_lead_to_the_state_root_of_the_ledger(
    depth: int, years: set[int], data: st.DataObject
) -> None:
    number = NUMBERS["calendar"]
    rows = {bytes([number]) + encode_parts((year,)): {"year": year, "version": 1} for year in sorted(years)}
    tree = BucketTree(depth, ((key, codec.encode(value)) for key, value in rows.items()))
    key, value = data.draw(st.sampled_from(sorted(rows.items())))
    made = tree.prove(key)
    assert isinstance(made, InclusionProof)
    row = {"value": value, "lower": proof._steps(made.lower), "upper": proof._steps(made.upper)}
    assert basics.state_root(depth, number, [value["year"]], row) == tree.root


@given(
    st.recursive(
        st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_canonical_texts_are_those_of_the_ledger(value: object) -> None:
    assert basics.encoded(value) == codec.encode(value)


@pytest.mark.parametrize("length", [254, 255, 256, 257, 8 * 1024])
def test_an_operation_of_any_length_is_found_in_its_envelope(
    length: int, story: Story, bundles: dict[str, bytes]
) -> None:
    """Lengths are written in one byte up to 255 and in two above."""
    assert verify(with_body_of(length, story, bundles["refused"])).valid


def test_a_body_beyond_its_bound_is_refused(story: Story, bundles: dict[str, bytes]) -> None:
    failure = verify(with_body_of(8 * 1024 + 1, story, bundles["refused"])).failure
    assert failure is not None
    assert failure.code == "MALFORMED"


def with_body_of(length: int, story: Story, bundle: bytes) -> bytes:
    """A proof of another operation, of this many bytes, that everybody signed."""
    made = from_bytes(bundle)
    body = made["operation"]["body"]
    body |= {"args": {"x": ""}, "sealed": []}
    body["args"]["x"] = "x" * (length - len(codec.encode(body)))
    assert len(codec.encode(body)) == length
    resign(made, story.world)
    return to_bytes(made)


def test_a_proof_is_checked_within_a_second(bundles: dict[str, bytes]) -> None:
    started = time.process_time()
    assert verify(bundles["issue"]).valid
    assert time.process_time() - started < 1


def alone(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The folder copied away from everything else, run by a Python that sees no packages of the checkout."""
    shutil.copytree(Path(verifier.__file__).parent, folder / "check", dirs_exist_ok=True)
    program = "import runpy, sys; sys.path.insert(0, '.'); runpy.run_module('check', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-I", "-c", program, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_the_folder_works_alone_as_a_program(tmp_path: Path, story: Story, bundles: dict[str, bytes]) -> None:
    (tmp_path / "proof.json").write_bytes(bundles["accept"])
    (tmp_path / "root.der").write_bytes(story.root)
    known = genesis_digest(story.genesis).hex()
    good = alone(tmp_path, "proof.json", "--genesis", known, "--root", "root.der")
    assert (good.returncode, good.stderr) == (0, "")
    assert "as you expect" in good.stdout
    assert "Trial client s1" in good.stdout
    other = alone(tmp_path, "proof.json", "--genesis", "0" * 64)
    assert other.returncode == 1
    assert other.stdout.startswith("GENESIS_DIFFERS: ")
    assert alone(tmp_path, "nowhere.json").returncode == 2


def test_the_script_needs_nothing_of_this_project(tmp_path: Path, bundles: dict[str, bytes]) -> None:
    (tmp_path / "proof.json").write_bytes(bundles["issue"])
    shutil.copytree(Path(verifier.__file__).parent, tmp_path / "check")
    program = (
        "import runpy, sys; sys.modules['tallychain'] = sys.modules['msgspec'] = None; sys.path.insert(0, '.'); "
        "sys.argv = ['check', 'proof.json', '--language', 'zh']; runpy.run_module('check', run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "已在区块 5 生效" in done.stdout


def test_the_command_line_says_in_process_what_it_says_alone(
    tmp_path: Path,
    bundles: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "proof.json").write_bytes(to_bytes(from_bytes(bundles["take"]) | {"format": "other"}))
    monkeypatch.setattr(sys, "argv", ["verify.py", str(tmp_path / "proof.json")])
    assert command_line.main() == 1
    assert capsys.readouterr().out.startswith("FORMAT_UNKNOWN: ")


def test_an_identity_key_may_be_p256() -> None:
    key = signing_key_from_seed(P256, bytes(32))
    authority = TestAuthority(b"\1" * 32, from_ms=CERTIFICATES_FROM_MS)
    der = authority.issue_enterprise(
        "Trial", "91310000MA0000000Y", key.public, CERTIFICATES_FROM_MS, CERTIFICATES_UNTIL_MS
    )
    _, text, name, uscc = checked._certificate(certificate_row(der))
    assert (text, name, uscc) == (key.public, "Trial", "91310000MA0000000Y")
    assert signatures.is_signed(text, b"act", key.sign(b"act").hex())
    assert not signatures.is_signed(text, b"another act", key.sign(b"act").hex())


def test_a_certificate_for_another_kind_of_key_fits_nobody() -> None:
    authority = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Trial")])
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, authority.public_key()).serial_number(1)
    made = builder.not_valid_before(start).not_valid_after(end).sign(authority, hashes.SHA256())
    _, text, *_ = checked._certificate(certificate_row(made.public_bytes(Encoding.DER)))
    assert text == ""
    assert not signatures.is_signed(text, b"act", "00" * 64)


def test_a_file_that_cannot_be_read_ends_with_two(
    tmp_path: Path, bundles: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "proof.json", tmp_path / "root.pem"
    good.write_bytes(bundles["issue"])
    bad.write_bytes(b"no certificate")
    for arguments in ([str(tmp_path / "nowhere")], [str(good), "--root", str(bad)]):
        monkeypatch.setattr(sys, "argv", ["verify.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        assert ended.value.code == 2
