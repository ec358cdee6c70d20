"""How a server is reached when the address does not say."""

import pytest

from tallychain.sql.places import PostgresSchema
from tallychain.sql.postgres import usual_tls


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("postgresql://r@/d", "prefer"),
        ("postgresql://r@/d?host=/run/postgresql", "prefer"),
        ("postgresql://r@localhost/d", "prefer"),
        ("postgresql://r@127.0.0.1:5433/d", "prefer"),
        ("postgresql://r@[::1]/d", "prefer"),
        ("postgresql://r@db.example/d", "verify-full"),
        ("postgresql://r@localhost,db.example/d", "verify-full"),
        ("postgresql://r@10.0.0.1/d", "verify-full"),
    ],
)
def test_a_server_on_another_machine_must_show_its_certificate(address: str, wanted: str) -> None:
    assert usual_tls(PostgresSchema(address, "gateway")) == wanted


def test_a_password_is_not_shown() -> None:
    assert "geheim" not in repr(PostgresSchema("postgresql://r@/d", "gateway", "geheim"))
