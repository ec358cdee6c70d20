"""One story for all tests of proofs; nobody changes it."""

import pytest

from tallychain.sdk.proof import make_bundle
from tallychain.sdk.tests.story import Story, told


@pytest.fixture(scope="session")
def story() -> Story:
    return told()


@pytest.fixture(scope="session")
def bundles(story: Story) -> dict[str, bytes]:
    """The proof of each operation of the story, with everything that may be shown."""
    return {name: make_bundle(story.everything(name)) for name in story.operations}
