"""What reaches the ledger although no honest gateway would send it: one code, one sentence, and nothing of the business changes."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.members.operations import KeyRegister, KeyRevoke
from tallychain.contracts.vouchers.operations import Accept
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.gateway.sentences import Sentences
from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope, envelope_message
from tallychain.ledger.operation import Body, Signature, SignedOperation, operation_id, signing_message
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.refusals import Inadmissible
from tallychain.sdk.build import pack
from tallychain.testkit.genesis import CHAIN
from tallychain.testkit.people import derived
from tallychain.testkit.world import Variation, World
from tests.deals import PROMISE, Deals, content, done
from tests.security.doors import with_signatures

Try = Callable[[Deals], bytes]
"""Something wrong, as an envelope."""


def carried(deals: Deals, operation: SignedOperation, carrier: str = "ce-a") -> bytes:
    return deals.world.envelope([operation], carrier)


def issue(deals: Deals, **vary: Any) -> SignedOperation:
    """A good issue by ce-a, or one that varies."""
    world = deals.world
    args = deals.promise(world.receiver("s1"))
    return world.act("voucher.issue", args, by="ce-a", content={"trade": PROMISE}, vary=Variation(**vary))


def rewritten(deals: Deals, change: Callable[[bytes], bytes]) -> bytes:
    """A good issue whose text was changed and signed again."""
    good = issue(deals)
    return carried(deals, signed(deals, change(good.body), good.boxes))


def signed(deals: Deals, body: bytes, boxes: dict[str, bytes]) -> SignedOperation:
    """Any text, signed by maker and checker of ce-a."""
    staff = deals.world.members["ce-a"].staff
    name = operation_id(body)
    signatures = tuple(
        Signature(role, key.public, key.sign(signing_message(name, role, key.public)))
        for role, key in ((role, staff[role].key) for role in ("maker", "checker"))
    )
    return SignedOperation(body, signatures, boxes)


def replaced(old: bytes, new: bytes) -> Try:
    """One piece of the text replaced by another."""

    def change(body: bytes) -> bytes:
        assert old in body, old
        return body.replace(old, new, 1)

    return lambda deals: rewritten(deals, change)


def field(**changed: Any) -> Try:
    """Fields of the body replaced."""

    def change(body: bytes) -> bytes:
        return codec.encode(msgspec.structs.replace(codec.decode(Body, body), **changed))

    return lambda deals: rewritten(deals, change)


def false_signature(deals: Deals) -> bytes:
    good = issue(deals)
    first, second = good.signatures
    return carried(deals, with_signatures(good, first, msgspec.structs.replace(second, signature=bytes(64))))


def other_box(deals: Deals) -> bytes:
    good = issue(deals)
    return carried(
        deals, msgspec.structs.replace(good, boxes={key: box + b"x" for key, box in good.boxes.items()})
    )


def twice(deals: Deals) -> bytes:
    good = issue(deals)
    return deals.world.envelope([good, good], "ce-a")


def unsigned_header(deals: Deals) -> bytes:
    """The header says another chain, under a good signature."""
    made = codec.decode_frame(Envelope, carried(deals, issue(deals)))
    header = made.header.replace(b'"trial-1"', b'"trial-0"')
    key = deals.world.members["ce-a"].staff["system"].key
    return codec.encode_frame(Envelope(header, made.operations, key.sign(envelope_message(header))))


def by_a_maker(deals: Deals) -> bytes:
    """An envelope signed by a person and not by the system."""
    world = deals.world
    key = world.members["ce-a"].staff["maker"].key
    return pack([issue(deals)], chain=CHAIN, member="ce-a", key=key, expires_ms=world.time_ms + 1_000)


INADMISSIBLE: dict[str, tuple[Try, str]] = {
    "no frame": (lambda _: b"\xc1nonsense", "ENVELOPE_MALFORMED"),
    "a frame with bytes behind": (lambda deals: carried(deals, issue(deals)) + b"\x00", "ENVELOPE_MALFORMED"),
    "a longer frame than needed": (lambda deals: b"\xdc\x00\x03" + carried(deals, issue(deals))[1:], "ENVELOPE_MALFORMED"),
    "a frame beyond the bound": (lambda _: b"x" * 600_000, "ENVELOPE_TOO_LARGE"),
    "a body with spaces": (replaced(b'","', b'", "'), "OPERATION_MALFORMED"),
    "a body with its keys in another order": (
        lambda deals: rewritten(deals, lambda body: codec.encode(dict(reversed(list(msgspec.json.decode(body).items()))))),
        "OPERATION_MALFORMED",
    ),
    "an unknown field": (replaced(b'{"chain":', b'{"extra":1,"chain":'), "OPERATION_MALFORMED"),
    "an unknown argument": (replaced(b'{"reference":', b'{"extra":1,"reference":'), "OPERATION_MALFORMED"),
    "a key twice": (replaced(b'"currency":"CNY"', b'"currency":"CNY","currency":"CNY"'), "OPERATION_MALFORMED"),
    "a float": (replaced(b'"face":100000000', b'"face":100000000.0'), "OPERATION_MALFORMED"),
    "an exponent": (replaced(b'"face":100000000', b'"face":1e8'), "OPERATION_MALFORMED"),
    "a huge integer": (replaced(b'"face":100000000', b'"face":1' + b"0" * 40), "OPERATION_MALFORMED"),
    "a negative face": (replaced(b'"face":100000000', b'"face":-100000000'), "OPERATION_MALFORMED"),
    "a leading zero": (replaced(b'"face":100000000', b'"face":0100000000'), "OPERATION_MALFORMED"),
    "an escaped letter": (replaced(b'"CNY"', b'"\\u0043NY"'), "OPERATION_MALFORMED"),
    "a full-width digit": (replaced(b'"2026-09-14"', '"２026-09-14"'.encode()), "OPERATION_MALFORMED"),
    "half a character": (replaced(b'"CNY"', b'"CN\xff"'), "OPERATION_MALFORMED"),
    "another chain": (field(chain="trial-0"), "WRONG_CHAIN"),
    "another chain in the header": (unsigned_header, "WRONG_CHAIN"),
    "an unknown type": (field(type="voucher.print"), "TYPE_UNKNOWN"),
    "an unknown version": (field(version=2), "TYPE_UNKNOWN"),
    "another carrier": (field(via="bank-a"), "WRONG_CARRIER"),
    "a false signature": (false_signature, "SIGNATURE_FALSE"),
    "a box that is not its own": (other_box, "BOX_DIFFERS"),
    "one operation twice": (twice, "OPERATION_TWICE"),
    "an envelope signed by a person": (by_a_maker, "ENVELOPE_KEY_UNKNOWN"),
}  # fmt: skip


@pytest.mark.parametrize("what", INADMISSIBLE)
def test_what_has_no_proper_form_stands_in_no_block(what: str) -> None:
    deals = Deals(World())
    make, wanted = INADMISSIBLE[what]
    envelope, root = make(deals), deals.world.root

    with pytest.raises(Inadmissible) as refusal:
        deals.world.block([envelope])

    assert refusal.value.code == wanted
    assert refusal.value.detail
    assert "\n" not in refusal.value.detail
    assert deals.world.root == root


def replayed(deals: Deals) -> bytes:
    good = issue(deals)
    done(deals.world.submit([good], carrier="ce-a")[0])
    return carried(deals, good)


def nonce_again(deals: Deals) -> bytes:
    nonce = derived(3, "nonce")[:16]
    done(deals.world.submit([issue(deals, nonce=nonce)], carrier="ce-a")[0])
    return carried(deals, issue(deals, nonce=nonce))


def revoked(deals: Deals) -> bytes:
    signed_before = carried(deals, issue(deals))
    key = deals.world.members["ce-a"].staff["maker"].key.public
    done(deals.world.do("member.key_revoke", KeyRevoke(key, 0, "lost"), by="ce-a"))
    return signed_before


def swapped(deals: Deals) -> bytes:
    good = issue(deals)
    return carried(deals, with_signatures(good, *reversed(good.signatures)))


TURNED_AWAY: dict[str, tuple[Try, str]] = {
    "an operation whose time is over": (lambda deals: carried(deals, issue(deals, expires_ms=deals.world.time_ms)), "EXPIRED"),
    "an operation that lives too long": (
        lambda deals: carried(deals, issue(deals, expires_ms=deals.world.time_ms + 2 * 86_400_000)),
        "EXPIRES_TOO_FAR",
    ),
    "the same operation again": (replayed, "REPEAT"),
    "another operation under a used nonce": (nonce_again, "NONCE_USED"),
    "roles in another order": (swapped, "ROLES_WRONG"),
    "a revoked key": (revoked, "KEY_REVOKED"),
    "keys of another member": (
        lambda deals: carried(
            deals, issue(deals, keys=[deals.world.members["bank-b"].staff[name].key for name in ("maker", "checker")])
        ),
        "KEY_NOT_OF_AUTHOR",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TURNED_AWAY)
def test_what_is_not_authentic_leaves_no_trace(what: str) -> None:
    deals = Deals(World())
    make, wanted = TURNED_AWAY[what]
    envelope, root = make(deals), deals.world.root

    (answer,) = deals.world.block([envelope])[0]

    assert not isinstance(answer, Receipt)
    assert answer.code == wanted
    assert deals.world.root == root


def one_person(deals: Deals) -> bytes:
    """The maker's person has a second key, with the right to check, under the same certificate."""
    world = deals.world
    maker = world.members["ce-a"].staff["maker"]
    second = signing_key_from_seed(ED25519, derived(3, "second"))
    args = KeyRegister(second.public, maker.person, ("checker",), 0, maker.certificate_digest, 0)
    done(world.do("member.key_register", args, by="ce-a"))
    return carried(deals, issue(deals, keys=[maker.key, second]))


def above_limit(deals: Deals) -> bytes:
    world = deals.world
    small = signing_key_from_seed(ED25519, derived(3, "small"))
    args = KeyRegister(small.public, "5e" * 8, ("maker",), 1_000, "9d" * 32, 0)
    done(world.do("member.key_register", args, by="ce-a"))
    return carried(deals, issue(deals, keys=[small, world.members["ce-a"].staff["checker"].key]))


def wrong_right(deals: Deals) -> bytes:
    staff = deals.world.members["ce-a"].staff
    return carried(deals, issue(deals, keys=[staff["checker"].key, staff["maker"].key]))


def by(member: str) -> Try:
    """An issue by another member."""

    def make(deals: Deals) -> bytes:
        args = deals.promise(deals.world.receiver("s1"))
        return carried(deals, deals.world.act("voucher.issue", args, by=member), member)

    return make


def accepting(consent: str) -> Try:
    """An acceptance that consents to another text."""

    def make(deals: Deals) -> bytes:
        voucher = deals.issued("s1")
        act = deals.world.act("voucher.accept", Accept(voucher.number, consent), by=voucher.receiver.tag)
        return carried(deals, act, "bank-a")

    return make


REFUSED: dict[str, tuple[Try, str]] = {
    "a right that the key does not have": (wrong_right, "RIGHT_MISSING"),
    "maker and checker are one person": (one_person, "SAME_PERSON"),
    "an amount above the key's limit": (above_limit, "ABOVE_KEY_LIMIT"),
    "a member that may not issue": (by("bank-b"), "NOT_LICENSED"),
    "the issuer left out of the recipients": (
        lambda deals: carried(deals, issue(deals, without=frozenset({"member:bank-a"}))),
        "RECIPIENT_MISSING",
    ),
    "the sealed part left out": (
        lambda deals: carried(deals, issue(deals, leave_out=frozenset({"trade"}))),
        "PART_MISSING",
    ),
    "a consent to another text": (accepting("3c" * 32), "CONSENT_DIFFERS"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_has_a_receipt_with_one_sentence_and_changes_nothing(what: str) -> None:
    deals = Deals(World())
    make, wanted = REFUSED[what]
    envelope = make(deals)
    before = content(deals.world)

    (answer,) = deals.world.block([envelope])[0]

    assert isinstance(answer, Receipt)
    assert (answer.outcome, answer.code, answer.events) == ("refused", wanted, ())
    for sentence in Sentences(CATALOGUE).of(codec.encode(answer)):
        assert sentence
        assert "\n" not in sentence
        assert "{" not in sentence
    assert content(deals.world) == before
    assert deals.world.check() == []
