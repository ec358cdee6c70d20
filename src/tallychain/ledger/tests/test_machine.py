"""Blocks: what they do, what they leave alone, and what comes out the same on every node."""

import pytest

from tallychain.ledger import limits, merkle
from tallychain.ledger.contract import Change, DuplicateWrite
from tallychain.ledger.machine import EXECUTED, INADMISSIBLE, block_results_root, envelope_data
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.tests.chain import START_MS, Chain, pack
from tallychain.ledger.tests.toy import ALARMS, BOXES, FULL, FillBox, OpenBox, SetAlarm


@pytest.fixture
def chain() -> Chain:
    return Chain()


def open_box(chain: Chain, name: str = "A", ends: int = 0, amount: int = 1) -> list[str]:
    return chain.block(chain.ask("box.open", OpenBox(name, amount, ends, "why"))).codes


def test_an_operation_writes_its_rows_and_gets_a_receipt(chain: Chain) -> None:
    block = chain.block(chain.ask("box.open", OpenBox("A", 1, 0, "为什么")))

    (receipt,) = block.answers
    assert isinstance(receipt, Receipt)
    assert (receipt.outcome, receipt.code, receipt.height, receipt.index) == ("done", "DONE", 1, 0)
    assert [bytes(event) for event in receipt.events] == [b'{"event":"box.opened","box":"A"}']
    box = chain.ledger.committed.get(BOXES, "A")
    assert box is not None
    assert box.owner == "member:bank-a"


def test_operations_of_one_block_see_each_other_in_order(chain: Chain) -> None:
    block = chain.block(
        chain.ask("box.fill", FillBox("A", 1)),
        chain.ask("box.open", OpenBox("A", 1, 0, "why")),
        chain.ask("box.fill", FillBox("A", 2)),
    )

    assert block.codes == ["BOX_NOT_OPEN", "DONE", "DONE"]
    assert [item.index for item in block.answers if isinstance(item, Receipt)] == [0, 1, 2]
    assert block.result.receipts == tuple(
        (item.operation, 0, position) for position, item in enumerate(block.answers)
    )


@pytest.mark.attack(7)
def test_a_block_without_effects_leaves_the_root_as_it_was(chain: Chain) -> None:
    open_box(chain)
    before = chain.root

    for _ in range(3):
        block = chain.block()
        assert (block.result.writes, block.result.root) == ({}, before)


@pytest.mark.attack(7)
def test_a_block_of_turned_away_operations_leaves_the_root_as_it_was(chain: Chain) -> None:
    operation = chain.ask("box.open", OpenBox("A", 1, 0, "why"))
    chain.block(operation)
    before = chain.root

    block = chain.block(operation)

    assert (block.codes, block.result.writes, chain.root) == (["REPEAT"], {}, before)


def test_receipts_are_kept_by_the_local_day(chain: Chain) -> None:
    day_ms, offset_ms = 86_400_000, 8 * 3_600_000
    midnight_ms = (START_MS + offset_ms) // day_ms * day_ms + day_ms - offset_ms
    chain.block(after_ms=midnight_ms - START_MS - 2_000)

    names = []
    for after_ms in (1_999, 1):
        fill = chain.ask("box.fill", FillBox("A", 1))
        rows = chain.block(fill, after_ms=after_ms).result.journal_rows
        names += [name for name, _, _ in rows if name.startswith("receipts/")]

    day = (midnight_ms + offset_ms) // day_ms
    assert names == [f"receipts/{day - 1}", f"receipts/{day}"]


def test_journals_of_the_past_are_dropped_with_the_next_receipt_and_not_before(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OpenBox("A", 1, 0, "why"), lives_ms=1_001))
    (journal,) = [name for name in chain.journals if name.startswith("replay/")]

    assert chain.block(after_ms=59_000).result.journals_dropped == ()
    assert chain.block(after_ms=59_000).result.journals_dropped == ()
    block = chain.block(chain.ask("box.fill", FillBox("A", 1)))
    assert block.result.journals_dropped == (journal,)
    assert journal not in chain.journals


def test_refused_and_turned_away_operations_leave_the_contracts_rows_alone(chain: Chain) -> None:
    open_box(chain)
    before = chain.content()

    refused = chain.ask("box.open", OpenBox("A", 1, 0, "again"))
    away = chain.ask("box.fill", FillBox("A", 1), "bank-b/system")
    broken = chain.ask("box.fill", FillBox("A", FULL + 1))
    block = chain.block(refused, away, broken, chain.ask("box.fill", FillBox("A", 1)))

    assert block.codes == ["BOX_KNOWN", "KEY_NOT_OF_AUTHOR", "INTERNAL_7", "QUARANTINED"]
    assert chain.content() == before


@pytest.mark.attack(14)
def test_a_broken_invariant_closes_its_object_and_nothing_else(chain: Chain) -> None:
    open_box(chain, "A")
    open_box(chain, "B")

    block = chain.block(
        chain.ask("box.fill", FillBox("A", FULL + 1)),
        chain.ask("box.fill", FillBox("A", 1)),
        chain.ask("box.fill", FillBox("B", FULL)),
    )

    assert block.codes == ["INTERNAL_7", "QUARANTINED", "DONE"]
    (first, second, _) = block.answers
    assert isinstance(first, Receipt)
    assert isinstance(second, Receipt)
    assert (first.outcome, first.fields, first.events) == ("refused", {"number": 7, "object": "A"}, ())
    assert second.fields == {"object": "A", "height": 3}


@pytest.mark.attack(14)
def test_a_defect_does_the_same_when_the_blocks_are_run_again() -> None:
    def run() -> bytes:
        chain = Chain()
        open_box(chain)
        chain.block(chain.ask("box.fill", FillBox("A", FULL + 1)), chain.ask("box.never", FillBox("A", 1)))
        chain.block(chain.ask("box.fill", FillBox("A", 1)))
        return chain.root

    assert run() == run()


@pytest.mark.attack(14)
def test_a_defect_of_an_operation_without_an_object_closes_such_operations_of_its_author_only(
    chain: Chain,
) -> None:
    open_box(chain)
    (receipt,) = chain.block(chain.ask("box.never", FillBox("A", 1))).answers

    assert isinstance(receipt, Receipt)
    assert (receipt.code, receipt.fields) == (
        "INTERNAL_8",
        {"number": 8, "object": "box.never member:bank-a"},
    )
    again = chain.ask("box.never", FillBox("B", 1))
    others = chain.ask("box.never", FillBox("A", 1), author="member:bank-b")
    assert chain.block(again, others, chain.ask("box.remove", FillBox("A", 1))).codes == [
        "QUARANTINED",
        "INTERNAL_8",
        "DONE",
    ]


@pytest.mark.attack(14)
def test_a_row_that_its_own_type_would_not_read_is_not_written_and_closes_its_object(chain: Chain) -> None:
    open_box(chain, "B")
    before = chain.content()

    block = chain.block(chain.ask("box.spoil", FillBox("A", 1)), chain.ask("box.spoil", FillBox("A", 0)))

    assert block.codes == ["INTERNAL_0", "QUARANTINED"]
    (receipt, _) = block.answers
    assert isinstance(receipt, Receipt)
    assert (receipt.fields, receipt.events) == ({"number": 0, "object": "A"}, ())
    assert chain.content() == before
    later = chain.block(chain.ask("box.fill", FillBox("B", 1)), chain.ask("box.spoil", FillBox("C", 0)))
    assert later.codes == ["DONE", "DONE"]
    assert chain.restarted().root == chain.root


@pytest.mark.attack(14)
def test_an_invariant_is_kept_against_the_operations_of_other_contracts_too(chain: Chain) -> None:
    open_box(chain)

    block = chain.block(
        chain.ask("plain.twice", FillBox("A", FULL + 1)), chain.ask("box.fill", FillBox("A", 1))
    )

    assert block.codes == ["INTERNAL_7", "DONE"]
    box = chain.ledger.committed.get(BOXES, "A")
    assert box is not None
    assert box.units == 1


def test_a_row_written_twice_stops_the_process(chain: Chain) -> None:
    operation = chain.ask("box.twice", FillBox("A", 1))

    with pytest.raises(DuplicateWrite):
        chain.block(operation)


def test_two_changes_that_write_one_row_are_not_added() -> None:
    from tallychain.ledger.tests.toy import Box
    from tallychain.ledger.timeline import settled

    change = Change((BOXES.put(Box("A", "member:bank-a", 0, settled("OPEN"))),))

    with pytest.raises(DuplicateWrite):
        change + change
    assert (change + Change()).writes == change.writes


def test_a_deleted_row_is_gone(chain: Chain) -> None:
    open_box(chain)
    block = chain.block(chain.ask("box.remove", FillBox("A", 1)), chain.ask("box.fill", FillBox("A", 1)))

    assert block.codes == ["DONE", "BOX_NOT_OPEN"]
    assert chain.ledger.committed.get(BOXES, "A") is None
    assert BOXES.key("A") not in chain.backing.content


def test_an_inadmissible_envelope_has_a_code_and_no_results(chain: Chain) -> None:
    good = pack([chain.ask("box.open", OpenBox("A", 1, 0, "why"))], "bank-a", START_MS)

    block = chain.raw_block([b"nonsense", good])

    assert block.inadmissible == ["ENVELOPE_MALFORMED"]
    assert block.result.codes == (INADMISSIBLE, EXECUTED)
    assert block.result.results[0] == ()
    data = envelope_data(block.result.results[1])
    assert data == merkle.root(list(block.result.results[1]))
    assert block.result.results_root == merkle.results_root([(INADMISSIBLE, b""), (EXECUTED, data)])
    assert block.result.results_root == block_results_root(block.result.results, block.result.codes)


@pytest.mark.parametrize(("after_ms", "code"), [(59_999, "DONE"), (60_000, "EXPIRED"), (60_001, "EXPIRED")])
def test_an_envelope_expires_by_block_time(chain: Chain, after_ms: int, code: str) -> None:
    operation = chain.ask("box.open", OpenBox("A", 1, 0, "why"), lives_ms=limits.ONE_SIGNATURE_LIFETIME_MS)
    envelope = pack([operation], "bank-a", START_MS, lives_ms=60_000)

    (answer,) = chain.raw_block([envelope], after_ms).answers

    assert answer.code == code
    assert isinstance(answer, NotTaken) == (code == "EXPIRED")


def test_a_restarted_ledger_goes_on_as_if_nothing_had_happened(chain: Chain) -> None:
    operations = [
        chain.ask("box.open", OpenBox(name, 1, START_MS + 200_000, "why"), lives_ms=86_000_000)
        for name in "ABCDE"
    ]
    alarm = chain.ask("alarm.set", SetAlarm("A", START_MS + 150_000))
    chain.block(*operations, alarm)
    chain.block(after_ms=120_000)

    other = chain.restarted()

    assert other.root == chain.root
    assert other.ledger.outages == chain.ledger.outages
    assert len(other.ledger.outages) == 1
    assert other.ledger.next_due_ms() == chain.ledger.next_due_ms()
    assert other.ledger.moment() == chain.ledger.moment()
    for envelope_of in (operations[:1], [], [], []):
        mine = chain.block(*envelope_of, after_ms=3_000_000)
        theirs = other.block(*envelope_of, after_ms=3_000_000)
        assert mine.result == theirs.result
    assert chain.block(operations[0]).codes == ["REPEAT"]


def test_the_next_instant_of_due_work_is_the_earliest_of_all_kinds(chain: Chain) -> None:
    assert chain.ledger.next_due_ms() is None
    open_box(chain, ends=START_MS + 50_000)
    chain.block(chain.ask("alarm.set", SetAlarm("A", START_MS + 40_000)))

    assert chain.ledger.next_due_ms() == START_MS + 40_000
    assert chain.ledger.committed.get(ALARMS, "A") is not None
