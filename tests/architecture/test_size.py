"""Files, functions and folders stay within what a reader can hold in mind."""

from tests.architecture.size import deep_folders, long_files, long_functions
from tests.architecture.sources import Source, all_sources, demand_nothing_from


def test_no_file_is_longer_than_400_lines() -> None:
    demand_nothing_from(long_files, all_sources())


def test_no_function_is_longer_than_50_lines() -> None:
    demand_nothing_from(long_functions, all_sources())


def test_no_folder_is_deeper_than_four() -> None:
    demand_nothing_from(deep_folders, all_sources())


def test_a_file_of_401_lines_is_found_and_one_of_400_is_not() -> None:
    assert long_files(Source("a.py", "x = 1\n" * 401))
    assert not long_files(Source("a.py", "x = 1\n" * 400))


def test_a_function_of_51_lines_is_found_and_its_docstring_does_not_count() -> None:
    long = "def f():\n" + "    x = 1\n" * 50
    documented = 'def f():\n    """\n' + "    Words.\n" * 30 + '    """\n' + "    x = 1\n" * 49

    assert long_functions(Source("a.py", long)) == ["a.py:1: f has 51 lines, at most 50 are allowed"]
    assert not long_functions(Source("a.py", documented))


def test_a_long_method_inside_a_class_is_found() -> None:
    method = "class C:\n    async def f(self):\n" + "        x = 1\n" * 50

    assert long_functions(Source("a.py", method))


def test_a_fifth_folder_is_found_and_a_fourth_is_not() -> None:
    assert deep_folders(Source("src/tallychain/a/b/c/d/e/f.py", ""))
    assert not deep_folders(Source("src/tallychain/a/b/c/d/f.py", ""))
