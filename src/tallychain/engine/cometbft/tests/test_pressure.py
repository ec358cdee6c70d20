"""How much may wait for a block, told by a clock that the test drives."""

import pytest

from tallychain.engine.cometbft.pressure import BOUND_S, FIRST_PART, FIRST_RATE, Pressure
from tallychain.engine.port import EngineRefused

FIRST_ROOM = round(BOUND_S * FIRST_RATE * FIRST_PART)
A, B = "bank-a", "bank-b"


def name(number: int) -> bytes:
    return number.to_bytes(4, "big")


def refused(pressure: Pressure, member: str, operations: int) -> EngineRefused | None:
    try:
        pressure.check_room(member, operations)
    except EngineRefused as busy:
        return busy
    return None


def test_what_fits_into_the_time_is_taken_and_the_rest_comes_again() -> None:
    pressure = Pressure()
    assert pressure.room == FIRST_ROOM
    pressure.arrived(name(1), A, FIRST_ROOM - 10, 0.0)
    assert refused(pressure, A, 10) is None
    busy = refused(pressure, A, 11)
    assert busy is not None
    assert (busy.code, busy.retry_after_ms) == ("BUSY", 50)
    busy = refused(pressure, A, 20 * FIRST_ROOM)
    assert busy is not None
    assert busy.retry_after_ms == 1_000


def test_one_member_shuts_out_no_other_and_each_has_its_part() -> None:
    pressure = Pressure()
    pressure.arrived(name(1), A, 10 * FIRST_ROOM, 0.0)
    assert refused(pressure, B, 200) is None
    pressure.arrived(name(2), B, FIRST_ROOM // 2 - 10, 0.0)
    assert refused(pressure, B, 5) is None
    assert refused(pressure, B, 20) is not None
    assert refused(pressure, A, 1) is not None


def test_what_left_counts_no_more() -> None:
    pressure = Pressure()
    pressure.arrived(name(1), A, 100, 1.0)
    pressure.arrived(name(2), A, 50, 1.0)
    pressure.left(name(1))
    pressure.left(name(1))
    assert pressure.operations == 50
    pressure.left(name(2))
    assert pressure.operations == 0


@pytest.mark.parametrize(("took_s", "room"), [(0.1, 4_500), (5.0, 400)])
def test_the_room_follows_what_blocks_take_while_more_waits(took_s: float, room: int) -> None:
    pressure = Pressure()
    for block in range(20):
        pressure.arrived(name(block + 1), A, 300, block * took_s)
        if block:
            pressure.committed({name(block): 300}, block * took_s)
            pressure.left(name(block))
    assert pressure.rate == pytest.approx(300 / took_s, rel=0.1, abs=5)
    assert pressure.part == pytest.approx(1.0, abs=0.01)
    assert pressure.room == pytest.approx(room, rel=0.1)


def test_a_node_has_the_part_of_the_room_that_it_had_in_the_blocks() -> None:
    pressure = Pressure()
    for block in range(30):
        pressure.arrived(name(block), A, 10, float(block))
        pressure.committed({name(block): 10, b"of another node": 90}, block + 0.5)
        pressure.left(name(block))
    assert pressure.part == pytest.approx(0.1, abs=0.01)
    for block in range(30):
        pressure.committed({b"of another node": 90}, 100.0 + block)
    assert 0 < pressure.part < 0.01
    assert pressure.room == round(0.05 * BOUND_S * FIRST_RATE)


def test_a_block_after_which_nothing_waits_and_a_small_one_say_nothing_of_what_can_be_done() -> None:
    pressure = Pressure()
    pressure.arrived(name(1), A, 200, 0.0)
    pressure.committed({name(1): 200}, 9.0)
    pressure.left(name(1))
    pressure.arrived(name(2), A, 1, 10.0)
    pressure.arrived(name(3), A, 1, 10.0)
    pressure.committed({name(2): 1}, 20.0)
    pressure.committed({}, 20.0)
    assert pressure.rate == FIRST_RATE


def test_an_idle_time_before_an_envelope_is_not_counted_as_slowness() -> None:
    pressure = Pressure()
    pressure.committed({}, 1.0)
    pressure.arrived(name(1), A, 500, 1_000.0)
    pressure.arrived(name(2), A, 100, 1_000.0)
    pressure.committed({name(1): 500}, 1_001.0)
    assert pressure.rate == FIRST_RATE
