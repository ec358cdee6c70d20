"""How a block is shown, whichever engine made it."""

from tallychain.engine.port import CommittedBlock
from tallychain.readmodel.rows import block_row


def block(header: bytes) -> CommittedBlock:
    return CommittedBlock(7, 1_000, header, b"\x01", [], [], [], [])


def test_the_header_of_the_embedded_engine_is_shown_as_the_text_that_it_is() -> None:
    assert block_row(block(b'{"chain":"alliance-1"}'))["header"] == '{"chain":"alliance-1"}'


def test_a_binary_header_is_shown_in_hexadecimal_digits() -> None:
    assert block_row(block(b"\x0a\xff\x00"))["header"] == "0aff00"
