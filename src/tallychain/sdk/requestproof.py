"""Proof that a request comes from the holder of a key: HTTP message signatures (RFC 9421) in one fixed form.

A system's bearer token is bound to a key; a stolen token alone opens nothing.  Signed are method, path, query, the digest of the body
(RFC 9530) and the token, with the time and a nonce::

    Content-Digest: sha-256=:…:
    Signature-Input: sig1=("@method" "@path" "@query" "content-digest" "authorization");created=1790000000;
        nonce="…";keyid="ed25519:…";alg="ed25519"          (on one line)
    Signature: sig1=:…:

`alg` is `ed25519` or `ecdsa-p256-sha256`, as the key says.  No other form is taken, so there is nothing to negotiate.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.digest import equal, sha256
from tallychain.crypto.keys import SigningKey
from tallychain.crypto.schemes import ED25519, P256, scheme_of, verify

CONTENT_DIGEST: Final = "content-digest"
SIGNATURE_INPUT: Final = "signature-input"
SIGNATURE: Final = "signature"

_COVERED: Final = '("@method" "@path" "@query" "content-digest" "authorization")'
_ALGORITHMS: Final = {ED25519: "ed25519", P256: "ecdsa-p256-sha256"}
_NONCE_BYTES: Final = 16
_INPUT: Final = re.compile(
    r"sig1="
    + re.escape(_COVERED)
    + r';created=([0-9]{1,12});nonce="([A-Za-z0-9_-]{16,64})";keyid="([a-z0-9]+:[0-9a-f]{64,66})";alg="([a-z0-9-]{1,20})"'
)
_BYTES: Final = re.compile(r"sig1=:([A-Za-z0-9+/]{86}==):")


class RequestProofRefused(Exception):
    """A request is not proven; the text says which part is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is signed of a request, as it goes over the wire."""

    method: str
    path: str
    """As sent, still percent-encoded."""
    query: str
    """As sent, without the question mark; empty where there is none."""
    authorization: str
    body: bytes

    def __repr__(self) -> str:
        return f"<request {self.method} {self.path}>"


@dataclass(frozen=True, slots=True)
class Proven:
    """When a proof was made, and its nonce, which must not come twice."""

    created_s: int
    nonce: str


def prove(request: Request, key: SigningKey, now_s: int) -> dict[str, str]:
    """The headers that prove a request made now."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    parameters = (
        f'{_COVERED};created={now_s};nonce="{nonce}";keyid="{key.public}";alg="{_algorithm(key.public)}"'
    )
    content = _content_digest(request.body)
    made = key.sign(_base(request, content, parameters))
    return {
        CONTENT_DIGEST: content,
        SIGNATURE_INPUT: f"sig1={parameters}",
        SIGNATURE: f"sig1=:{base64.b64encode(made).decode()}:",
    }


def check(request: Request, headers: Mapping[str, str], key: str) -> Proven:
    """
    Whether `key` (public, as text) has signed this very request.  Raises `RequestProofRefused`.

    `headers` by names in small letters.  Time and nonce are judged by the caller.
    """
    found = _INPUT.fullmatch(headers.get(SIGNATURE_INPUT, ""))
    signed = _BYTES.fullmatch(headers.get(SIGNATURE, ""))
    if found is None or signed is None:
        raise RequestProofRefused("Signature-Input or Signature is missing or has another form")
    created, nonce, named, algorithm = found.groups()
    if named != key or algorithm != _algorithm(key):
        raise RequestProofRefused("it is signed by another key than the token's")
    content = _content_digest(request.body)
    if not equal(headers.get(CONTENT_DIGEST, "").encode(), content.encode()):
        raise RequestProofRefused("Content-Digest is not that of the body")
    parameters = headers[SIGNATURE_INPUT].removeprefix("sig1=")
    if not verify(key, _base(request, content, parameters), base64.b64decode(signed.group(1))):
        raise RequestProofRefused("the signature does not fit the request")
    return Proven(int(created), nonce)


def _base(request: Request, content_digest: str, parameters: str) -> bytes:
    """The signature base of RFC 9421, section 2.5."""
    lines = (
        f'"@method": {request.method}',
        f'"@path": {request.path}',
        f'"@query": ?{request.query}',
        f'"content-digest": {content_digest}',
        f'"authorization": {request.authorization}',
        f'"@signature-params": {parameters}',
    )
    return "\n".join(lines).encode()


def _content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(sha256(body)).decode()}:"


def _algorithm(key: str) -> str:
    return _ALGORITHMS.get(scheme_of(key), "")
