"""Settings are checked at start, each with a sentence."""

from pathlib import Path

import pytest

from tallychain.gateway import config, memberkeys
from tallychain.gateway.config import ConfigRefused, Folder, Settings, load, passphrase
from tallychain.gateway.enrolment import MemberSecrets, write_member_keys

GOOD = 'member = "bank-a"\nengine = "ledger.sock"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return path


def test_a_file_with_the_needed_settings_has_defaults_for_the_rest(tmp_path: Path) -> None:
    settings, folder = load(written(tmp_path, GOOD), {})
    assert (settings.member, settings.listen_port, settings.card_stock) == ("bank-a", 8440, 20)
    assert folder.root == tmp_path


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings, _ = load(written(tmp_path, GOOD), {"TALLY_GATEWAY_LISTEN_PORT": "9001"})
    assert settings.listen_port == 9001


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("member =", "cannot be read"),
        ('engine = "x"\n', "member"),
        ('member = "bank-a"\n', "engine"),
        (GOOD + "unknown = 1\n", "unknown"),
        (GOOD + "listen_port = 70000\n", "listen_port"),
        (GOOD + "outbox_limit = 0\n", "outbox_limit"),
        ('member = "Bank A"\nengine = "x"\n', "member"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigRefused, match=words):
        load(written(tmp_path, text), {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="no settings file"):
        load(tmp_path / "nothing.toml", {})


def test_every_setting_is_described_in_the_table() -> None:
    text = config.__doc__ or ""
    assert [name for name in Settings.__struct_fields__ if name not in text] == []


def test_the_demo_passphrase_serves_demo_chains_only(tmp_path: Path) -> None:
    settings, folder = load(written(tmp_path, GOOD), {})
    assert passphrase(settings, folder, demo=True, environment={}) == "demo"
    with pytest.raises(ConfigRefused, match="Give the passphrase"):
        passphrase(settings, folder, demo=False, environment={})
    with pytest.raises(ConfigRefused, match="known demo passphrase"):
        passphrase(settings, folder, demo=False, environment={"TALLY_PASSPHRASE": "demo"})
    assert passphrase(settings, folder, demo=False, environment={"TALLY_PASSPHRASE": "x"}) == "x"


def test_a_passphrase_file_is_for_its_owner_only(tmp_path: Path) -> None:
    settings, folder = load(written(tmp_path, GOOD + 'passphrase_file = "secret"\n'), {})
    with pytest.raises(ConfigRefused, match="cannot be read"):
        passphrase(settings, folder, demo=False, environment={})
    path = tmp_path / "secret"
    path.write_text("long enough\n")
    path.chmod(0o644)
    with pytest.raises(ConfigRefused, match="0600"):
        passphrase(settings, folder, demo=False, environment={})
    path.chmod(0o600)
    assert passphrase(settings, folder, demo=False, environment={}) == "long enough"


def keys_in(tmp_path: Path, phrase: str) -> Folder:
    folder = Folder(tmp_path)
    folder.make()
    write_member_keys(
        folder.keys, MemberSecrets(b"1" * 32, (b"2" * 32,), b"3" * 32, b"4" * 32), phrase, cost=2**10
    )
    return folder


def test_keys_under_the_demo_passphrase_are_refused_where_there_is_no_demo(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="opens with the demo passphrase"):
        memberkeys.refuse_demo_keys(keys_in(tmp_path / "a", "demo"))
    memberkeys.refuse_demo_keys(keys_in(tmp_path / "b", "something else"))


def test_keys_that_do_not_open_or_are_of_another_kind_keep_the_gateway_from_starting(tmp_path: Path) -> None:
    folder = keys_in(tmp_path, "right")
    assert set(memberkeys.load(folder, "right").sealing)
    assert "secret" not in repr(memberkeys.load(folder, "right")).replace("secrets", "")
    with pytest.raises(ConfigRefused, match="passphrase does not open"):
        memberkeys.load(folder, "wrong")
    (folder.keys / "system.key").write_bytes((folder.keys / "secret.key").read_bytes())
    with pytest.raises(ConfigRefused, match="a signing key belongs there"):
        memberkeys.load(folder, "right")
