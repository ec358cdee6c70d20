"""What the tests that cross folders share."""

from collections.abc import Callable

import pytest


@pytest.fixture
def fault_rounds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How often to repeat a kill: the test's own number, unless the command line asks for another."""
    asked: int | None = request.config.getoption("--fault-rounds")

    def rounds(usual: int) -> int:
        return usual if asked is None else asked

    return rounds
