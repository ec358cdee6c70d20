"""Settings of every test, beside the code or in tests/."""

import pytest
from hypothesis import settings

# Wall-clock deadlines say more about the machine than about the code; pytest-timeout bounds each test.
settings.register_profile("default", deadline=None, print_blob=True)
# The same examples every time: for a build machine, where a failure must be found again.
settings.register_profile("repeatable", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make faults` ask for more rounds than an ordinary run."""
    parser.addoption(
        "--fault-rounds",
        type=int,
        default=None,
        help="how often each kind of kill is tried (each test has its own smaller default)",
    )
