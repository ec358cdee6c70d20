"""Small secrets in a database."""

import pytest

from tallychain.crypto.kept import KeptDamaged, keep, reveal

KEY = b"k" * 32


def test_a_kept_secret_opens_in_its_place_only() -> None:
    kept = keep(KEY, b"secret", "factor", "maker")
    assert b"secret" not in kept
    assert keep(KEY, b"secret", "factor", "maker") != kept
    assert reveal(KEY, kept, "factor", "maker") == b"secret"
    for key, text, place in (
        (KEY, kept, ("factor", "checker")),
        (KEY, kept, ("factormaker",)),
        (b"o" * 32, kept, ("factor", "maker")),
        (KEY, kept[:-1] + bytes([kept[-1] ^ 1]), ("factor", "maker")),
        (KEY, b"", ("factor", "maker")),
    ):
        with pytest.raises(KeptDamaged):
            reveal(key, text, *place)
