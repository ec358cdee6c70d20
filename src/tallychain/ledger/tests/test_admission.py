"""Whether an envelope may stand in a block: one answer, the same at every door."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto.digest import sha256
from tallychain.ledger import codec, limits
from tallychain.ledger.admission import SignatureCheck, admissible, parse, read_operation
from tallychain.ledger.envelope import Envelope, EnvelopeHeader, envelope_message
from tallychain.ledger.operation import (
    SealedPart,
    Signature,
    SignedOperation,
    encode_recipients,
    operation_id,
    signed_leaf,
)
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.tests.chain import CHAIN, START_MS, Chain, good, key_of, pack, signed
from tallychain.ledger.tests.toy import TAG_SEALING, FillBox, OpenBox

OPEN = OpenBox("A", 1, 0, "why")


@pytest.fixture
def chain() -> Chain:
    return Chain()


def code_of(chain: Chain, data: bytes) -> str:
    with pytest.raises(Inadmissible) as caught:
        admissible(data, chain.ledger, good)
    assert str(caught.value) == f"{caught.value.code}: {caught.value.detail}"
    return caught.value.code


def replaced_header(data: bytes, **changes: object) -> bytes:
    """The envelope with another header, properly signed."""
    envelope = codec.decode_frame(Envelope, data)
    header = codec.encode(msgspec.structs.replace(codec.decode(EnvelopeHeader, envelope.header), **changes))
    signature = key_of("bank-a/system").sign(envelope_message(header))
    return codec.encode_frame(Envelope(header, envelope.operations, signature))


def sealed_operation(
    chain: Chain, to: Sequence[str], box: bytes, named: bytes | None = None
) -> SignedOperation:
    """A holder's operation with one box, which the body names or not."""
    part = SealedPart("note", "00" * 32, sha256(named or box).hex(), tuple(to))
    body = chain.body("box.carry", FillBox("A", 1), author=f"tag:{key_of('t1').public}", sealed=(part,))
    plain = signed(body, ("holder",), ("t1",))
    return SignedOperation(plain.body, plain.signatures, {sha256(box).hex(): box})


def test_a_good_envelope_is_admitted_with_its_operations(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)

    envelope = admissible(pack([operation], "bank-a", START_MS), chain.ledger, good)

    assert (envelope.member, envelope.expires) == ("bank-a", START_MS + 60_000)
    (item,) = envelope.operations
    assert (item.id, item.args, item.kind.name) == (operation_id(operation.body), OPEN, "box.open")


def test_an_envelope_above_its_bytes_is_refused_before_it_is_read(chain: Chain) -> None:
    assert code_of(chain, b"\x00" * (limits.ENVELOPE_BYTES + 1)) == "ENVELOPE_TOO_LARGE"
    assert code_of(chain, b"\x00" * limits.ENVELOPE_BYTES) == "ENVELOPE_MALFORMED"


def test_an_envelope_of_exactly_its_bytes_is_admitted(chain: Chain) -> None:
    def padded(last: int) -> bytes:
        sizes = [limits.BOX_BYTES] * 15 + [last]
        boxes = [bytes([number]) * size for number, size in enumerate(sizes, start=1)]
        operations = [sealed_operation(chain, [TAG_SEALING], box) for box in boxes]
        return pack(operations, "bank-a", START_MS)

    room = limits.ENVELOPE_BYTES - len(padded(20_000)) + 20_000
    assert len(padded(room)) == limits.ENVELOPE_BYTES
    assert len(admissible(padded(room), chain.ledger, good).operations) == 16
    assert code_of(chain, padded(room + 1)) == "ENVELOPE_TOO_LARGE"


@pytest.mark.parametrize("count", [0, 201])
def test_an_envelope_has_1_to_200_operations(chain: Chain, count: int) -> None:
    operations = [chain.ask("box.fill", FillBox("A", 1)) for _ in range(200)]
    assert len(admissible(pack(operations, "bank-a", START_MS), chain.ledger, good).operations) == 200

    other = (operations + [chain.ask("box.fill", FillBox("A", 1))])[: count or 1]
    envelope = codec.decode_frame(Envelope, pack(operations, "bank-a", START_MS))
    wrong = Envelope(envelope.header, tuple(other[:count]), envelope.signature)
    assert code_of(chain, codec.encode_frame(wrong)) == "ENVELOPE_MALFORMED"


def test_a_header_that_is_not_canonical_is_refused(chain: Chain) -> None:
    envelope = codec.decode_frame(Envelope, pack([chain.ask("box.open", OPEN)], "bank-a", START_MS))
    header = envelope.header.replace(b",", b", ")
    wrong = Envelope(header, envelope.operations, key_of("bank-a/system").sign(envelope_message(header)))

    assert code_of(chain, codec.encode_frame(wrong)) == "ENVELOPE_MALFORMED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chain": "toy-2"}, "WRONG_CHAIN"),
        ({"member": "bank-b"}, "ENVELOPE_KEY_UNKNOWN"),
        ({"member": "nobody"}, "ENVELOPE_KEY_UNKNOWN"),
        ({"key": "ed25519:" + "ab" * 32}, "ENVELOPE_KEY_UNKNOWN"),
        ({"key": key_of("bank-a/maker").public}, "ENVELOPE_KEY_UNKNOWN"),
        ({"key": key_of("bank-a/late").public}, "ENVELOPE_KEY_UNKNOWN"),
        ({"count": 2}, "ENVELOPE_ROOT_DIFFERS"),
        ({"root": "00" * 32}, "ENVELOPE_ROOT_DIFFERS"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(chain: Chain, changes: dict[str, object], code: str) -> None:
    data = pack([chain.ask("box.open", OPEN)], "bank-a", START_MS)

    assert code_of(chain, replaced_header(data, **changes)) == code


def test_a_revoked_system_key_carries_nothing_from_its_height_on(chain: Chain) -> None:
    from tallychain.ledger.tests.toy import EndKey

    ended = chain.ask("key.end", EndKey(key_of("bank-a/system").public, 3))
    assert chain.block(ended).codes == ["DONE"]
    assert chain.block(chain.ask("box.open", OPEN)).codes == ["DONE"]

    assert code_of(chain, pack([chain.ask("box.open", OPEN)], "bank-a", START_MS)) == "ENVELOPE_KEY_UNKNOWN"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"args":{"box"', b'"args":{ "box"'),
        (b'"version":1', b'"version":1.0'),
        (b'"version":1', b'"version":0'),
        (b'"author":"member:bank-a"', b'"author":"bank-a"'),
        (b'"author":"member:bank-a"', b'"author":"member:bank-a\\n"'),
        (b'"note":"why"', b'"note":"wh\\u0079"'),
        (b'"note":"why"', b'"note":"w\xff"'),
        (b'"note":"why"', b'"note":"w\xed\xa0\x80"'),
        (b'"note":"why"', '"note":"w\u200b"'.encode()),
        (b'"note":"why"', b'"note":"' + b"a" * 201 + b'"'),
        (b'"note":"why"', b'"note":"why","more":1'),
        (b'"amount":1', b'"amount":1.5'),
        (b'"amount":1', b'"amount":' + b"9" * 4_400),
        (b'"amount":1', b'"amount":9007199254740992'),
        (b'"sealed":[]', b'"sealed":null'),
        (b',"sealed":[]', b""),
    ],
)
def test_a_malformed_body_is_refused_whatever_its_signatures(
    chain: Chain, before: bytes, after: bytes
) -> None:
    body = chain.body("box.open", OPEN)
    assert before in body
    wrong = signed(body.replace(before, after), ("maker", "checker"), ("bank-a/maker", "bank-a/checker"))

    assert code_of(chain, pack([wrong], "bank-a", START_MS)) == "OPERATION_MALFORMED"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b'"chain":"toy-1"', b'"chain":"toy-2"', "WRONG_CHAIN"),
        (b'"type":"box.open"', b'"type":"box.shut"', "TYPE_UNKNOWN"),
        (b'"version":1', b'"version":2', "TYPE_UNKNOWN"),
        (b'"via":"bank-a"', b'"via":"bank-b"', "WRONG_CARRIER"),
    ],
)
def test_a_body_for_elsewhere_is_refused(chain: Chain, before: bytes, after: bytes, code: str) -> None:
    body = chain.body("box.open", OPEN).replace(before, after)
    wrong = signed(body, ("maker", "checker"), ("bank-a/maker", "bank-a/checker"))

    assert code_of(chain, pack([wrong], "bank-a", START_MS)) == code


@pytest.mark.parametrize(("extra", "fits"), [(-1, True), (0, True), (1, False)])
def test_a_body_has_at_most_its_bytes(chain: Chain, extra: int, fits: bool) -> None:
    recipients = tuple(sorted(f"x25519:{number:064x}" for number in range(limits.RECIPIENTS)))
    parts = tuple(SealedPart("note", "00" * 32, "00" * 32, recipients) for _ in range(limits.SEALED_PARTS))

    def body(size: int) -> bytes:
        used = len(chain.body("box.open", OpenBox("A", 1, 0, "a"), sealed=parts[:size]))
        return chain.body(
            "box.open", OpenBox("A", 1, 0, "a" * (limits.BODY_BYTES + extra - used + 1)), sealed=parts[:size]
        )

    size = next(n for n in range(9) if len(chain.body("box.open", OPEN, sealed=parts[:n])) > 6_800)
    text = body(size)
    assert len(text) == limits.BODY_BYTES + extra
    operation = signed(text, ("maker", "checker"), ("bank-a/maker", "bank-a/checker"))
    code = code_of(chain, pack([operation], "bank-a", START_MS))
    assert code == ("OPERATION_MALFORMED" if fits else "ENVELOPE_MALFORMED")


def test_a_box_is_the_one_that_the_body_names(chain: Chain) -> None:
    fitting = sealed_operation(chain, [TAG_SEALING], b"box")
    other = sealed_operation(chain, [TAG_SEALING], b"box", named=b"another")
    swapped = SignedOperation(fitting.body, fitting.signatures, {sha256(b"box").hex(): b"fox"})

    assert read_operation(fitting, chain.ledger).id == operation_id(fitting.body)
    assert code_of(chain, pack([other], "bank-a", START_MS)) == "BOX_DIFFERS"
    assert code_of(chain, pack([swapped], "bank-a", START_MS)) == "BOX_DIFFERS"


def test_every_sealed_part_brings_its_box(chain: Chain) -> None:
    fitting = sealed_operation(chain, [TAG_SEALING], b"box")
    pruned = SignedOperation(fitting.body, fitting.signatures, {})

    assert code_of(chain, pack([pruned], "bank-a", START_MS)) == "BOX_MISSING"
    with pytest.raises(Inadmissible, match="BOX_MISSING: the box of the sealed part note is missing"):
        read_operation(pruned, chain.ledger)
    stripped = codec.decode_frame(Envelope, pack([fitting], "bank-a", START_MS))
    on_the_way = Envelope(stripped.header, (pruned,), stripped.signature)
    assert code_of(chain, codec.encode_frame(on_the_way)) == "BOX_MISSING"


def test_one_of_two_boxes_is_not_enough(chain: Chain) -> None:
    parts = tuple(
        SealedPart(label, "00" * 32, sha256(label.encode()).hex(), (TAG_SEALING,))
        for label in ("note", "extra")
    )
    body = chain.body("box.carry", FillBox("A", 1), author=f"tag:{key_of('t1').public}", sealed=parts)
    plain = signed(body, ("holder",), ("t1",))
    boxes = {sha256(label).hex(): label for label in (b"note", b"extra")}
    whole = SignedOperation(plain.body, plain.signatures, boxes)
    assert admissible(pack([whole], "bank-a", START_MS), chain.ledger, good).member == "bank-a"

    for digest in boxes:
        kept = {name: box for name, box in boxes.items() if name != digest}
        operation = SignedOperation(plain.body, plain.signatures, kept)
        assert code_of(chain, pack([operation], "bank-a", START_MS)) == "BOX_MISSING"


def test_a_leaf_is_the_same_with_and_without_boxes(chain: Chain) -> None:
    fitting = sealed_operation(chain, [TAG_SEALING], b"box")

    assert signed_leaf(fitting) == signed_leaf(SignedOperation(fitting.body, fitting.signatures, {}))


@pytest.mark.parametrize("to", [[TAG_SEALING, TAG_SEALING], ["x25519:" + "ff" * 32, TAG_SEALING]])
def test_recipients_are_sorted_and_unique(chain: Chain, to: list[str]) -> None:
    operation = sealed_operation(chain, to, b"box")

    assert code_of(chain, pack([operation], "bank-a", START_MS)) == "OPERATION_MALFORMED"


def test_recipients_enter_a_context_as_a_canonical_list() -> None:
    assert encode_recipients(("a", "b")) == b'["a","b"]'


def test_one_key_does_not_sign_twice(chain: Chain) -> None:
    body = chain.body("box.open", OPEN)
    operation = signed(body, ("maker", "checker"), ("bank-a/twin", "bank-a/twin"))

    assert code_of(chain, pack([operation], "bank-a", START_MS)) == "OPERATION_MALFORMED"


def test_one_operation_does_not_stand_twice_in_an_envelope(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)

    assert code_of(chain, pack([operation, operation], "bank-a", START_MS)) == "OPERATION_TWICE"


def test_a_false_signature_under_an_operation_keeps_the_envelope_out(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)
    first, second = operation.signatures
    for wrong in (
        Signature(second.role, second.key, first.signature),
        Signature(second.role, key_of("bank-a/twin").public, second.signature),
        Signature("maker", second.key, second.signature),
    ):
        bad = SignedOperation(operation.body, (first, wrong), {})
        assert code_of(chain, pack([bad], "bank-a", START_MS)) == "SIGNATURE_FALSE"


@pytest.mark.attack(2)
def test_a_swapped_client_signature_does_not_fit_the_envelope(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)
    envelope = codec.decode_frame(Envelope, pack([operation], "bank-a", START_MS))
    first, second = operation.signatures
    swapped = SignedOperation(
        operation.body, (first, Signature(second.role, second.key, b"s" * 64)), operation.boxes
    )

    under_the_same_header = codec.encode_frame(Envelope(envelope.header, (swapped,), envelope.signature))
    assert code_of(chain, under_the_same_header) == "ENVELOPE_ROOT_DIFFERS"
    assert code_of(chain, pack([swapped], "bank-a", START_MS)) == "SIGNATURE_FALSE"


@pytest.mark.attack(8)
def test_every_door_gets_the_same_answer_to_the_same_bytes(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)
    data = pack([operation], "bank-a", START_MS)
    body, signatures = operation.body, operation.signatures
    bad = SignedOperation(body, (signatures[0], Signature("checker", signatures[1].key, b"s" * 64)), {})

    for envelope in (data, pack([bad], "bank-a", START_MS), data[:-1], b""):
        outcomes = set()
        for door in (chain, chain.restarted(), Chain()):
            try:
                outcomes.add(str(admissible(envelope, door.ledger, good).operations[0].id))
            except Inadmissible as error:
                outcomes.add(error.code)
        assert len(outcomes) == 1
    assert chain.raw_block([pack([bad], "bank-a", START_MS)]).inadmissible == ["SIGNATURE_FALSE"]


@pytest.mark.attack(8)
def test_what_is_to_be_verified_is_every_signature_under_the_key_that_it_names(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)
    envelope, checks = parse(pack([operation], "bank-a", START_MS), chain.ledger)

    assert len(envelope.operations) == 1
    names = ["bank-a/system", "bank-a/maker", "bank-a/checker"]
    assert [check.key for check in checks] == [key_of(name).public for name in names]
    assert good(checks)
    for position in range(3):
        wrong = list(checks)
        wrong[position] = SignatureCheck(checks[position].key, b"other", checks[position].signature)
        assert not good(wrong)


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_process(data: bytes) -> None:
    assert code_of(Chain(), data) == "ENVELOPE_MALFORMED"


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_one_changed_byte_is_never_admitted(position: int, value: int) -> None:
    chain = Chain()
    data = pack([chain.ask("box.open", OPEN)], "bank-a", START_MS)
    position %= len(data)
    changed = data[:position] + bytes([value]) + data[position + 1 :]

    if changed != data:
        code_of(chain, changed)


def test_the_chain_of_the_ledger_is_the_one_of_genesis(chain: Chain) -> None:
    assert chain.ledger.chain == CHAIN
