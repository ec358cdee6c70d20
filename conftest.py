"""Settings of every test, beside the code or in tests/."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tallychain.testkit import back_ends
from tallychain.testkit.postgres_server import PostgresServer, postgres_server

# Wall-clock deadlines say more about the machine than about the code; pytest-timeout bounds each test.
settings.register_profile("default", deadline=None, print_blob=True)
# The same examples every time: for a build machine, where a failure must be found again.
settings.register_profile("repeatable", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("default")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that lives as long as the run; without the programs every test that asks for it fails."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def back_end(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the tables of this test lie: `sqlite` or `postgresql`."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        back_ends.use(server)
        yield request.param
        back_ends.use(None)
        server.drop_databases()
    else:
        yield request.param


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make faults` ask for more rounds than an ordinary run."""
    parser.addoption(
        "--fault-rounds",
        type=int,
        default=None,
        help="how often each kind of kill is tried (each test has its own smaller default)",
    )
