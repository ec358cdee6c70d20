"""What a person reads before signing, and what is asked of a person who signs."""

from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tallychain.catalogue import CATALOGUE
from tallychain.gateway import plainwords
from tallychain.gateway.accounts import Account
from tallychain.gateway.problems import Problem
from tallychain.gateway.sentences import Sentences
from tallychain.gateway.tests.alliance import PASSPHRASE, alliance, in_loop
from tallychain.gateway.tests.test_story import accepted, issued
from tallychain.gateway.unlocking import NoFactorOnDemo, Unlock
from tallychain.ledger import codec
from tallychain.ledger.receipt import Receipt


class Odd(Struct, frozen=True):
    is_final: bool
    numbers: tuple[str, ...]


@pytest.mark.parametrize("kind", CATALOGUE.operation_types(), ids=lambda kind: kind.name)
def test_every_operation_is_told_in_plain_words_in_both_languages(kind: object) -> None:
    declared = CATALOGUE.operation_type(kind.name, 1)  # type: ignore[attr-defined]  # an operation type
    assert declared is not None
    parts = {rule.label: rule.example for rule in declared.seals if rule.example is not None}
    for language in plainwords.LANGUAGES:
        text = plainwords.describe(declared, declared.example, parts, language)
        assert declared.name in text
        assert all(label in text for label in parts)


def test_an_instant_is_told_as_the_time_of_clocks_to_the_millisecond() -> None:
    declared = CATALOGUE.operation_type("settlement.attest", 1)
    assert declared is not None
    booked = replace(declared.example, received_ms=1_789_376_400_001)
    for language, told in (
        ("en", "2026-09-14 17:00:00.001 Shanghai time (1789376400001)"),
        ("zh", "2026-09-14 17:00:00.001 北京时间 (1789376400001)"),
    ):
        assert told in plainwords.describe(declared, booked, {}, language)


def test_flags_and_lists_are_words_too() -> None:
    assert list(plainwords._lines(Odd(True, ("a", "b")), "en", "")) == ["is final: yes", "numbers: a, b"]
    assert next(iter(plainwords._lines(Odd(False, ()), "zh", ""))) == "is final: 否"


def test_a_receipt_of_a_later_version_still_has_its_code() -> None:
    sentences = Sentences(CATALOGUE)
    odd = codec.encode(Receipt("0" * 64, "0" * 64, 1, 0, "refused", "VOUCHER_NOT_FOUND", {}, ()))
    assert sentences.of(odd) == ("VOUCHER_NOT_FOUND", "VOUCHER_NOT_FOUND")
    unknown = codec.encode(Receipt("0" * 64, "0" * 64, 1, 0, "refused", "FROM_THE_FUTURE", {}, ()))
    assert sentences.of(unknown) == ("", "")
    internal = codec.encode(
        Receipt("0" * 64, "0" * 64, 1, 0, "refused", "INTERNAL_3", {"number": 3, "object": "x"}, ())
    )
    assert "I3" in sentences.of(internal)[0]


@in_loop
async def test_without_a_demonstration_nobody_signs_by_passphrase_alone(tmp_path: Path) -> None:
    factor = NoFactorOnDemo(demo=False)
    account = Account("a", "A", "s1", "p", ("maker",), "", "", active=True)
    with pytest.raises(Problem) as caught:
        await factor.check(account, "")
    assert caught.value.code == "GATEWAY_SECOND_FACTOR_NEEDED"
    assert PASSPHRASE not in repr(Unlock(PASSPHRASE))


@in_loop
async def test_a_proof_shows_only_what_the_caller_may_open(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        await accepted(s1, voucher)
        await bank.caught_up()
        accept = (await s1.get("/v1/operations")).json()[0]["operation"]
        own = await s1.get(f"/v1/proofs/{accept}")
        assert own.status_code == 200, own.text
        assert there.clients["s1"].uscc.encode() in own.content
        of_another = await s2.get(f"/v1/proofs/{accept}")
        assert of_another.status_code == 200
        assert there.clients["s1"].uscc.encode() not in of_another.content
        assert there.clients["s1"].name.encode() not in of_another.content
