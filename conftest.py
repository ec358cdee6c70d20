"""Settings of every test, beside the code or in tests/."""

import itertools
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tallychain.testkit import back_ends
from tallychain.testkit.postgres_server import PostgresServer, postgres_server

SLOW_LIMIT_S: Final = 1_800
"""What a slow test may take on any machine: only one that hangs meets it."""
LOG_LINES: Final = 50
LOGS: Final = 16
NAMES_OF_LOGS: Final = ("*.log", "log", "err")
"""How the files are called into which tests have processes write."""
_FOLDER: Final = pytest.StashKey[Path]()
_BEGUN_S: Final = pytest.StashKey[float]()

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests wait for processes, on a busy machine for minutes: their limits are there for those that hang."""
    for item in items:
        own = item.get_closest_marker("timeout")
        is_slow = item.get_closest_marker("slow") or item.get_closest_marker("faults")
        if is_slow and (own is None or own.args[0] < SLOW_LIMIT_S):
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT_S), append=False)


@pytest.fixture(scope="session", autouse=True)
def _where_logs_lie(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    request.config.stash[_FOLDER] = tmp_path_factory.getbasetemp()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What failed shows the last lines of each process that wrote something meanwhile."""
    report = yield
    if call.when == "setup":
        item.stash[_BEGUN_S] = call.start
    folder = item.config.stash.get(_FOLDER, None)
    if report.failed and folder is not None:
        report.sections += list(_ends_of_logs(folder, item.stash.get(_BEGUN_S, 0.0)))
    return report


def _ends_of_logs(folder: Path, since_s: float) -> Iterator[tuple[str, str]]:
    paths = {path for pattern in NAMES_OF_LOGS for path in folder.rglob(pattern)}
    ends = ((path, _end_of(path, since_s)) for path in sorted(paths))
    for path, end in itertools.islice(((path, end) for path, end in ends if end), LOGS):
        yield f"end of {path.relative_to(folder)}", end


def _end_of(path: Path, since_s: float) -> str:
    """The last lines of a log that was written since; nothing of a file that has gone or is no text, as a store's is."""
    try:
        content = path.read_bytes() if path.stat().st_mtime >= since_s else b""
    except OSError:
        return ""
    lines = [] if b"\0" in content else content.decode(errors="replace").splitlines()
    return "\n".join(line[:500] for line in lines[-LOG_LINES:])
