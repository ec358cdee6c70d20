"""Proofs of requests: HTTP message signatures in one form."""

from dataclasses import replace

import pytest

from tallychain.crypto.keys import SigningKey, generate_signing_key, signing_key_from_seed
from tallychain.crypto.schemes import P256
from tallychain.sdk import requestproof
from tallychain.sdk.requestproof import Request, RequestProofRefused, check, prove

KEY = signing_key_from_seed("ed25519", bytes(range(32)))
SENT = Request("POST", "/v1/acts/voucher.offer", "limit=5", "Bearer abc", b'{"args":{}}')
NOW_S = 1_790_000_000


@pytest.mark.parametrize("key", [KEY, generate_signing_key(P256)], ids=["ed25519", "p256"])
def test_a_proven_request_passes_with_its_time_and_nonce(key: SigningKey) -> None:
    headers = prove(SENT, key, NOW_S)
    proven = check(SENT, headers, key.public)
    assert proven.created_s == NOW_S
    assert f'nonce="{proven.nonce}"' in headers["signature-input"]
    assert check(SENT, prove(SENT, key, NOW_S), key.public).nonce != proven.nonce


def test_the_signed_text_is_the_base_of_the_standard() -> None:
    content = "sha-256=:" + "A" * 43 + "=:"
    text = requestproof._base(Request("GET", "/v1/me", "", "Bearer t", b""), content, "()").decode()
    assert text.splitlines() == [
        '"@method": GET',
        '"@path": /v1/me',
        '"@query": ?',
        f'"content-digest": {content}',
        '"authorization": Bearer t',
        '"@signature-params": ()',
    ]


@pytest.mark.parametrize(
    "other",
    [
        replace(SENT, method="PUT"),
        replace(SENT, path="/v1/acts/voucher.take"),
        replace(SENT, query="limit=6"),
        replace(SENT, authorization="Bearer abd"),
        replace(SENT, body=b'{"args":{"face":1}}'),
    ],
    ids=["method", "path", "query", "token", "body"],
)
def test_a_proof_serves_for_no_other_request(other: Request) -> None:
    with pytest.raises(RequestProofRefused):
        check(other, prove(SENT, KEY, NOW_S), KEY.public)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("signature-input", "sig1=", "sig2="),
        ("signature-input", '"@query" ', ""),
        ("signature-input", "created=1790000000", "created=1790000001"),
        ("signature-input", 'alg="ed25519"', 'alg="hmac-sha256"'),
        ("signature", "sig1=:", "sig1=:AAAA"),
        ("content-digest", "sha-256", "sha-512"),
    ],
)
def test_another_form_is_not_taken(name: str, before: str, after: str) -> None:
    headers = prove(SENT, KEY, NOW_S)
    assert before in headers[name]
    headers[name] = headers[name].replace(before, after)
    with pytest.raises(RequestProofRefused):
        check(SENT, headers, KEY.public)


def test_the_key_of_another_proves_nothing() -> None:
    other = generate_signing_key()
    with pytest.raises(RequestProofRefused):
        check(SENT, prove(SENT, other, NOW_S), KEY.public)
    with pytest.raises(RequestProofRefused):
        check(SENT, {}, KEY.public)
