"""An operation acts at most once, and nobody spoils it for its author."""

import pytest

from tallychain.ledger import limits
from tallychain.ledger.operation import operation_id
from tallychain.ledger.receipt import NotTaken
from tallychain.ledger.tests.chain import START_MS, Chain, carried, key_of, note, pack, signed
from tallychain.ledger.tests.toy import EndKey, FillBox, OpenBox

OPEN = OpenBox("A", 1, 0, "why")
FILL = FillBox("A", 1)


@pytest.fixture
def chain() -> Chain:
    return Chain()


def test_a_repeat_names_the_first_and_does_nothing(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))
    operation = chain.ask("box.fill", FILL)
    (first,) = chain.block(operation).answers

    (again,) = chain.block(operation).answers

    assert again == NotTaken(first.operation, "REPEAT", first.operation)


def test_a_repeat_in_one_block_is_recognised(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)
    envelope = pack([operation], "bank-a", START_MS)

    assert chain.raw_block([envelope, envelope]).codes == ["DONE", "REPEAT"]


def test_a_repeat_under_other_signatures_is_a_repeat(chain: Chain) -> None:
    body = chain.body("box.open", OPEN)
    first = signed(body, ("maker", "checker"), ("bank-a/maker", "bank-a/checker"))
    other = signed(body, ("maker", "checker"), ("bank-a/maker", "bank-a/twin"))

    assert chain.block(first).codes == ["DONE"]
    assert chain.block(other).codes == ["REPEAT"]


def test_a_refusal_is_final_for_its_operation(chain: Chain) -> None:
    fill = chain.ask("box.fill", FILL)
    assert chain.block(fill).codes == ["BOX_NOT_OPEN"]
    chain.block(chain.ask("box.open", OPEN))

    assert chain.block(fill).codes == ["REPEAT"]


@pytest.mark.attack(12)
def test_a_retry_at_another_gateway_acts_once(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))
    one = carried(chain, note(), nonce="ab" * 16)
    two = carried(chain, note(), nonce="ab" * 16, via="bank-b", lives_ms=120_000)
    (first,) = chain.block(one).answers
    assert first.code == "DONE"

    for block in (chain.block(two, via="bank-b"), chain.restarted().block(two, via="bank-b")):
        (second,) = block.answers
        assert isinstance(second, NotTaken)
        assert (second.code, second.first) == ("NONCE_USED", first.operation)


@pytest.mark.attack(12)
def test_a_done_operation_resent_after_its_key_was_revoked_is_a_repeat(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN, lives_ms=600_000)
    (first,) = chain.block(operation).answers
    chain.block(chain.ask("key.end", EndKey(key_of("bank-a/maker").public, 3)))

    for block in (chain.block(operation), chain.restarted().block(operation)):
        assert block.answers == [NotTaken(first.operation, "REPEAT", first.operation)]
    unused = chain.ask("box.open", OPEN)
    assert chain.block(unused).codes == ["KEY_REVOKED"]


def test_an_expired_operation_is_a_repeat_as_long_as_its_journal_lives(chain: Chain) -> None:
    operation, never = (
        chain.ask("box.open", OPEN, lives_ms=2_000),
        chain.ask("box.fill", FILL, lives_ms=2_000),
    )
    (first,) = chain.block(operation).answers

    answers = chain.block(operation, never, after_ms=30_000).answers

    assert answers[0] == NotTaken(first.operation, "REPEAT", first.operation)
    assert answers[1].code == "EXPIRED"
    chain.block(chain.ask("box.fill", FILL), after_ms=30_000)
    assert chain.block(operation).codes == ["EXPIRED"]


def test_another_operation_under_a_used_nonce_is_told_first_what_is_wrong_with_itself(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN, nonce="ab" * 16))
    rivals = [
        chain.ask("box.open", OPEN, "bank-b/maker", "bank-b/checker", nonce="ab" * 16),
        chain.ask("box.fill", FILL, nonce="ab" * 16, lives_ms=1_000),
        chain.ask("box.fill", FILL, nonce="ab" * 16),
    ]

    assert chain.block(*rivals).codes == ["KEY_NOT_OF_AUTHOR", "EXPIRED", "NONCE_USED"]


# -- how many --------------------------------------------------------------------------------------------------


def test_a_carrier_has_so_many_living_operations_and_no_more(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIVING_OPERATIONS", 3)
    chain.block(chain.ask("box.open", OPEN))
    third, fourth = chain.ask("box.fill", FILL), chain.ask("box.fill", FILL)

    block = chain.block(chain.ask("box.open", OPEN), third, fourth)

    assert block.codes == ["BOX_KNOWN", "DONE", "TOO_MANY_LIVING"]
    assert block.answers[2] == NotTaken(operation_id(fourth.body), "TOO_MANY_LIVING", "")
    assert chain.block(third).codes == ["REPEAT"]
    used = chain.ask("box.fill", FILL, nonce=f"{1:032x}")
    assert chain.block(used).codes == ["NONCE_USED"]


def test_living_operations_count_for_who_carries_and_not_for_who_signs(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIVING_OPERATIONS", 2)
    chain.block(chain.ask("box.open", OPEN), carried(chain, note()))

    assert chain.block(chain.ask("box.fill", FILL)).codes == ["TOO_MANY_LIVING"]
    assert chain.block(carried(chain, note(), name="t2")).codes == ["TOO_MANY_LIVING"]
    elsewhere = [
        carried(chain, note(), via="bank-b"),
        chain.ask("box.fill", FILL, via="bank-b"),
        carried(chain, note(), via="bank-b"),
    ]
    assert chain.block(*elsewhere, via="bank-b").codes == ["DONE", "DONE", "TOO_MANY_LIVING"]
    assert chain.restarted().block(chain.ask("box.fill", FILL)).codes == ["TOO_MANY_LIVING"]


def test_room_is_made_when_a_journal_is_dropped_and_a_restarted_node_counts_the_same(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIVING_OPERATIONS", 2)
    chain.block(chain.ask("box.open", OPEN, lives_ms=2_000), chain.ask("box.fill", FILL, lives_ms=500_000))
    chain.block(after_ms=59_000)
    chain.block(after_ms=59_000)
    # Expired alone makes no room: journals are dropped with the next receipt, here another carrier's.
    assert chain.block(chain.ask("box.fill", FILL)).codes == ["TOO_MANY_LIVING"]
    chain.block(chain.ask("box.fill", FILL, author="member:bank-b", via="bank-b"), via="bank-b")

    other = chain.restarted()

    fills = [chain.ask("box.fill", FILL), chain.ask("box.fill", FILL)]
    mine, theirs = chain.block(*fills), other.block(*fills)
    assert mine.codes == ["DONE", "TOO_MANY_LIVING"]
    assert mine.result == theirs.result
    assert [chain.ledger.replay.living(name) for name in ("bank-a", "bank-b", "ce-a")] == [2, 1, 0]
    assert [other.ledger.replay.living(name) for name in ("bank-a", "bank-b", "ce-a")] == [2, 1, 0]


def test_another_author_may_use_the_same_nonce(chain: Chain) -> None:
    operations = [carried(chain, note(), nonce="ab" * 16, name=name) for name in ("t1", "t2")]

    assert chain.block(*operations).codes == ["BOX_NOT_OPEN", "BOX_NOT_OPEN"]


@pytest.mark.attack(1)
def test_a_rival_who_submits_first_and_wrongly_signed_spoils_nothing(chain: Chain) -> None:
    genuine = chain.ask("box.open", OPEN)
    rivals = [
        signed(genuine.body, ("maker", "checker"), ("bank-b/maker", "bank-b/checker")),
        signed(genuine.body, ("checker", "maker"), ("bank-a/checker", "bank-a/maker")),
    ]

    for rival in rivals:
        block = chain.block(rival)
        assert block.codes[0] in {"KEY_NOT_OF_AUTHOR", "ROLES_WRONG"}
        assert block.result.writes == {}
    assert chain.block(genuine).codes == ["DONE"]


@pytest.mark.attack(1)
def test_a_rival_who_carries_it_in_an_envelope_of_its_own_spoils_nothing(chain: Chain) -> None:
    genuine = chain.ask("box.open", OPEN)

    rival = chain.raw_block([pack([genuine], "bank-b", START_MS)])

    assert rival.inadmissible == ["WRONG_CARRIER"]
    assert chain.block(genuine).codes == ["DONE"]


def test_a_nonce_is_free_again_once_its_journal_was_dropped(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN, nonce="ab" * 16)
    chain.block(operation)
    chain.block(after_ms=120_000)
    assert chain.block(chain.ask("box.open", OPEN, nonce="ab" * 16)).codes == ["NONCE_USED"]
    chain.block(chain.ask("box.fill", FILL))

    assert chain.block(operation).codes == ["EXPIRED"]
    assert chain.block(chain.ask("box.open", OPEN, nonce="ab" * 16)).codes == ["BOX_KNOWN"]
