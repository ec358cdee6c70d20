"""The code that came back is compared with the one that was sent, the last of several."""

from tallychain.sdk.clientaccounts import RETURN, SEND, code_came_back, sent_code


def row(act: str, code: str, at: int) -> dict[str, object]:
    return {"act": act, "code": code, "said_at": at}


def test_the_code_that_was_said_last_counts() -> None:
    sent, wrong, right = row(SEND, "274016", 1), row(RETURN, "274017", 2), row(RETURN, "274016", 3)

    assert code_came_back([right, sent, wrong])
    assert not code_came_back([sent, wrong])
    assert not code_came_back([sent])
    assert not code_came_back([wrong])
    assert (sent_code([wrong, sent]), sent_code([wrong])) == ("274016", "")
