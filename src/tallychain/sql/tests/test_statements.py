"""Statements in the common words of both databases."""

import pytest

from tallychain.sql.statements import with_percent


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("SELECT a FROM t WHERE b = ?", b"SELECT a FROM t WHERE b = %s"),
        ("VALUES (?, ?, '?')", b"VALUES (%s, %s, '?')"),
        ("SELECT 'it''s ?', \"?\" , ?", b"SELECT 'it''s ?', \"?\" , %s"),
        ("SELECT 7 % 2 WHERE a LIKE 'x%'", b"SELECT 7 %% 2 WHERE a LIKE 'x%%'"),
    ],
)
def test_a_question_mark_stands_for_a_value_outside_of_quotes_only(written: str, wanted: bytes) -> None:
    assert with_percent(written) == wanted
