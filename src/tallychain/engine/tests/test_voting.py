"""A validator that signs no more is seen in the commits that a gateway follows."""

from structlog.testing import capture_logs

from tallychain.engine.tests.alliance import FOUR
from tallychain.engine.tests.overseveral import Here, follow, run
from tallychain.engine.voting import SILENT_AFTER, Voting
from tallychain.sdk.tests.quorum import key_of

NAMES = list(FOUR)


def test_the_votes_under_each_block_that_is_followed_are_counted() -> None:
    async def act() -> None:
        made = Here()
        for absent in ([], NAMES[:1], NAMES[:1], []):
            made.chain.make_block(absent=absent)
        await follow(made.port, 1, 3)
        first, *others = (key_of(name).public for name in NAMES)
        assert made.port.voting.missed == {first: 2, **dict.fromkeys(others, 0)}
        assert made.port.voting.silent == ()

    run(act())


def test_whoever_signs_none_of_a_hundred_blocks_is_silent_until_it_signs_or_leaves() -> None:
    voting = Voting()
    with capture_logs() as lines:
        for _ in range(SILENT_AFTER - 1):
            voting.saw({"a": True, "b": False, "c": False})
        assert not voting.silent
        voting.saw({"a": True, "b": False, "c": False})
        assert list(voting.silent) == ["b", "c"]
        voting.saw({"a": True, "b": True})
        assert (list(voting.silent), voting.missed) == ([], {"a": 0, "b": 0})
        # Nothing is known of a block whose set is not.
        voting.saw({})
    assert [(line["log_level"], line["validator"]) for line in lines] == [
        *(("warning", "b"), ("warning", "c"), ("info", "b"), ("info", "c"))
    ]
