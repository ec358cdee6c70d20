"""Rows of one height while blocks go on: views, and copies of a store."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tallychain.store.errors import (
    CopyFailed,
    ViewFromElsewhere,
)
from tallychain.store.store import Store
from tallychain.store.tests.world import World, filled, must_hold_exactly

HEIGHT = 23
Rows = list[tuple[bytes, bytes, bytes]]


@pytest.fixture
def source(tmp_path: Path) -> tuple[Path, World]:
    path = tmp_path / "source"
    return path, filled(path, HEIGHT)


def rows_of(world: World) -> Rows:
    state: Rows = [(b"s", key, value) for key, value in sorted(world.state.items())]
    return state + [(b"j", key, value) for key, value in sorted(world.journals.items())]


def test_an_export_is_not_moved_by_blocks_that_follow(tmp_path: Path, source: tuple[Path, World]) -> None:
    path, world = source
    expected = rows_of(world)
    with Store.open(path) as store:
        with store.view() as view:
            for _ in range(5):
                store.commit(world.advance())
            with ThreadPoolExecutor(1) as elsewhere:
                rows = elsewhere.submit(
                    lambda: [*tagged(b"s", view.state), *tagged(b"j", view.journals)]
                ).result()
            assert view.height == HEIGHT
        assert rows == expected
        with store.view() as view:
            pass
        assert list(view.state) == []
    must_hold_after_closing(path, HEIGHT + 5)


def test_a_view_is_taken_by_the_thread_that_commits(tmp_path: Path, source: tuple[Path, World]) -> None:
    with Store.open(source[0]) as store, ThreadPoolExecutor(1) as elsewhere:
        with pytest.raises(ViewFromElsewhere, match="between two of them"):
            elsewhere.submit(store.view).result()
        view = store.view()
        assert elsewhere.submit(next, view.state).result()
        elsewhere.submit(view.close).result()
        assert list(view.journals) == []


def test_a_copy_is_a_store_of_its_own_at_the_height_of_the_copying(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    path, world = source
    with Store.open(path) as store:
        store.copy(tmp_path / "copy")
        store.commit(world.advance())
        with pytest.raises(CopyFailed, match="cannot be copied"):
            store.copy(tmp_path / "copy")
        with Store.open(tmp_path / "copy") as copy:
            must_hold_exactly(copy, HEIGHT)
    must_hold_after_closing(path, HEIGHT + 1)


def tagged(space: bytes, rows: Iterable[tuple[bytes, bytes]]) -> Rows:
    return [(space, key, value) for key, value in rows]


def must_hold_after_closing(path: Path, height: int) -> None:
    """A view left open would keep the store locked."""
    with Store.open(path) as store:
        must_hold_exactly(store, height)
