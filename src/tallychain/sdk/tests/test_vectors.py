"""The stored vectors hold, and are what the code makes today."""

import json
from typing import Any

import pytest

from tallychain.crypto.digest import digest, sha256
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519, verify
from tallychain.ledger import codec
from tallychain.sdk import verify as verifier
from tallychain.sdk.tests.make_vectors import FOLDER, NAMES, made
from tallychain.sdk.tests.story import Story

STORED: dict[str, Any] = json.loads((FOLDER / "operations.json").read_text())
CASES: list[dict[str, Any]] = STORED["cases"]


REPRODUCED = ("name", "fields", "parts", "body", "id", "signatures", "signed_leaf", "envelope", "receipt")
"""What another SDK has to arrive at.  Headers and proofs also cover the whole state, so they only have to verify."""


def test_the_code_still_makes_these_bytes(story: Story) -> None:
    """If a change of bytes is meant: `python -m tallychain.sdk.tests.make_vectors`, and a line in the changelog."""
    files = made(story)
    assert sorted(files) == sorted(path.name for path in FOLDER.iterdir())
    today = json.loads(files["operations.json"])
    assert today["root"] == STORED["root"]
    for case, stored in zip(today["cases"], CASES, strict=True):
        for name in REPRODUCED:
            assert case[name] == stored[name], name


def test_each_case_is_there() -> None:
    assert [case["name"] for case in CASES] == list(NAMES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_an_id_follows_from_the_body(case: dict[str, Any]) -> None:
    body = json.loads(case["body"])
    assert codec.encode(body).decode() == case["body"]
    assert digest("operation", case["body"].encode()).hex() == case["id"]
    assert {**case["fields"], "args": json.loads(case["fields"]["args"])} == {
        name: value for name, value in body.items() if name != "sealed"
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_signatures_follow_from_the_id_and_fit(case: dict[str, Any]) -> None:
    for row in case["signatures"]:
        covered = (row["role"].encode(), row["key"].encode(), bytes.fromhex(case["id"]))
        assert digest("operation-signature", *covered).hex() == row["message"]
    assert digest("envelope", case["envelope"]["header"].encode()).hex() == case["envelope"]["message"]
    for row in [*case["signatures"], case["envelope"]]:
        message, signature = bytes.fromhex(row["message"]), bytes.fromhex(row["signature"])
        assert verify(row["key"], message, signature)
        if "seed" in row:
            key = signing_key_from_seed(ED25519, bytes.fromhex(row["seed"]))
            assert (key.public, key.sign(message)) == (row["key"], signature)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_commitment_follows_from_place_salt_and_content(case: dict[str, Any]) -> None:
    for part in case["parts"]:
        fields = case["fields"]
        args = sha256(fields["args"].encode())
        assert args.hex() == part["args_digest"]
        names = [fields["chain"], fields["type"], str(fields["version"]), fields["author"], fields["via"]]
        place = [*(name.encode() for name in names), bytes.fromhex(fields["nonce"])]
        context = digest("context", *place, part["label"].encode(), args, part["recipients"].encode())
        assert context.hex() == part["context"]
        salted = (context, bytes.fromhex(part["salt"]), part["content"].encode())
        assert digest("commitment", *salted).hex() == part["commitment"]
        assert part["commitment"] in case["body"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_the_stored_proof_verifies_and_says_what_is_stored(case: dict[str, Any]) -> None:
    bundle = (FOLDER / case["proof"]["file"]).read_bytes()
    assert sha256(bundle).hex() == case["proof"]["sha256"]
    root = bytes.fromhex(STORED["root"])
    report = verifier.verify(bundle, genesis_digest=case["genesis_digest"], trusted_roots=[root])
    assert report.failure is None
    assert list(report.statements) == case["statements"]
