"""One alliance for all tests of this folder that leave it in good health; their results in one table."""

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.faults.alliance.four import Four, four
from tests.faults.alliance.rounds import Rounds
from tests.faults.alliance.table import Table


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> Iterator[Table]:
    """Written to its page by a run that was asked for rounds, as `make faults` is."""
    table = Table(measured=request.config.getoption("--fault-rounds") is not None)
    yield table
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.writelines(f"\n{row.line(fault)}" for fault, row in table.rows.items())
    if table.measured and table.rows and not request.session.testsfailed:
        table.write()


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Four]:
    """Four nodes that make blocks."""
    with four(tmp_path_factory.mktemp("f") / "n") as running:
        running.together()
        yield running


@pytest.fixture(scope="module")
def rounds(alliance: Four, results: Table) -> Rounds:
    """Plays faults under load on that alliance."""
    return Rounds(alliance, results)


@pytest.fixture
def often(fault_rounds: Callable[[int], int]) -> Callable[[int], range]:
    """The rounds of a fault; a fault that takes long is played a tenth as often as was asked for."""

    def counted(usual: int, share: int = 10) -> range:
        asked = fault_rounds(0)
        return range(max(usual, asked // share))

    return counted
