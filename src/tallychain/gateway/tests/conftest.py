"""Each test that keeps tables is run in both databases."""

from tallychain.testkit.back_ends import on_both

pytest_generate_tests = on_both
