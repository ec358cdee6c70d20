"""The settings and the command with which a node serves gateways of other members."""

import stat
from pathlib import Path

import pytest

from tallychain.engine.tests import toy
from tallychain.gateway.config import ConfigRefused
from tallychain.node import tls
from tallychain.node.config import load_node


def written(folder: Path, document: bytes, listen: str) -> Path:
    """The settings of a node for the chain of this document."""
    (folder / "genesis.json").write_bytes(document)
    (folder / "gateway.toml").write_text('member = "bank-a"\nengine = "ledger.sock"\n')
    (folder / "node.toml").write_text(f'remote_listen = "{listen}"\n')
    return folder / "node.toml"


def test_a_chain_with_one_operator_serves_nobody_from_afar(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match=r"one operator, .* remove remote_listen from"):
        load_node(written(tmp_path, toy.genesis_document(), "0.0.0.0:8450"))


@pytest.mark.parametrize("listen", ["8450", "host:", "host:99999", "host:x"])
def test_an_address_that_is_none_is_refused_before_anything_is_started(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigRefused, match=r"remote_listen .* TLS_ADDRESS"):
        load_node(written(tmp_path, _of_four(), listen))


def _of_four() -> bytes:
    return toy.genesis_document().replace(b'"engine":"embedded"', b'"engine":"cometbft"')


def asked(capsys: pytest.CaptureFixture[str], *words: "str | Path") -> tuple[int, str]:
    """Exit status of the command and what it said."""
    status = tls.main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_certificates_are_made_given_shown_and_replaced_by_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "genesis.json"
    document.write_bytes(toy.genesis_document())
    chain = ("--genesis", document)
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, member in ((one, "bank-a"), (other, "bank-b")):
        status, said = asked(capsys, "make", folder, *chain, "--member", member)
        assert (status, said.startswith(f"{folder / 'own.pem'}: {member}, until ")) == (0, True)
    assert stat.S_IMODE((one / "own.key").stat().st_mode) == 0o600
    assert asked(capsys, "add", one, *chain, other / "own.pem")[0] == 0
    status, following = asked(capsys, "next", other, *chain)
    assert status == 0
    assert asked(capsys, "add", one, *chain, other / "next.pem")[0] == 0
    status, said = asked(capsys, "switch", other, *chain)
    fingerprint = following.split()[-1]
    assert (status, said.split()[-1]) == (0, fingerprint)
    status, said = asked(capsys, "show", one, *chain)
    assert (status, len(said.splitlines()), fingerprint in said) == (0, 3, True)

    assert asked(capsys, "make", one, *chain, "--member", "bank-a")[1].startswith("TLS_KEY_THERE: ")
    assert asked(capsys, "show", tmp_path, *chain)[1].startswith("TLS_FILE_MISSING: ")
    assert asked(capsys, "show", one, "--genesis", tmp_path / "none")[0] == 2
