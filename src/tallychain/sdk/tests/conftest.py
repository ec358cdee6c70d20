"""One story for all tests of proofs; nobody changes it."""

from collections.abc import Iterator

import pytest

from tallychain.sdk.proof import make_bundle
from tallychain.sdk.tests.story import Story, told


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with told(tmp_path_factory.mktemp("story") / "chain") as made:
        yield made


@pytest.fixture(scope="session")
def bundles(story: Story) -> dict[str, bytes]:
    """The proof of each operation of the story, with everything that may be shown."""
    return {name: make_bundle(story.everything(name)) for name in story.operations}
