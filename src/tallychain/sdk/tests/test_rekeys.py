"""Whether two members and the new tag speak of one client."""

from tallychain.sdk.rekeys import same_client

CLIENT = {"name": "上海示例机械有限公司", "uscc": "91310000MA00000001"}


def test_one_client_is_named_by_all_and_a_verified_signature_is_of_it() -> None:
    assert same_client([])
    assert same_client([CLIENT, {**CLIENT, "certificate": "9c" * 32}], [{**CLIENT, "verified": 1}])


def test_another_name_another_code_and_an_unverified_signature_are_told_apart() -> None:
    assert not same_client([CLIENT, {**CLIENT, "name": "某某有限公司"}])
    assert not same_client([CLIENT], [{**CLIENT, "uscc": "91310000MA00000002", "verified": 1}])
    assert not same_client([CLIENT], [{**CLIENT, "verified": 0}])
