"""The engine's headers, votes and validator sets as its RPC tells them in JSON, turned into the bytes that the chain itself hashes.

These bytes go to followers and into proofs, where nobody sees the JSON; the light client reads them as strictly as any others.
"""

import re
from base64 import b64decode
from calendar import timegm
from collections.abc import Mapping, Sequence
from time import strptime
from typing import Any, Final

from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.headers import (
    BlockId,
    Commit,
    CommitRow,
    Header,
    Stamp,
    Validators,
    decode_commit,
    decode_header,
    encode_commit,
    encode_header,
    encode_validators,
)

_Object = Mapping[str, Any]
_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z")
_KEY_TYPE: Final = "tendermint/PubKeyEd25519"


class AnswerMalformed(Exception):
    """The engine's RPC answered in a form that its release does not have."""


def signed_header(answer: _Object) -> tuple[bytes, bytes]:
    """Header and commit, as protobuf, from the result of `/commit`; raises `AnswerMalformed`."""
    try:
        both = answer["signed_header"]
        header, commit = encode_header(_header(both["header"])), encode_commit(_commit(both["commit"]))
        decode_header(header)
        decode_commit(commit)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, Broken) as error:
        raise AnswerMalformed(f"The engine's answer to /commit cannot be read: {error!r}") from None
    return header, commit


def validator_set(answers: Sequence[_Object]) -> bytes:
    """The set, as protobuf `ValidatorSet`, from the results of all pages of `/validators`; raises `AnswerMalformed`."""
    try:
        return encode_validators(
            Validators(_validator(row) for page in answers for row in page["validators"])
        )
    except (KeyError, TypeError, ValueError, AttributeError, Broken) as error:
        raise AnswerMalformed(f"The engine's answer to /validators cannot be read: {error!r}") from None


def _header(row: _Object) -> Header:
    version = row["version"]
    return Header(
        (int(version["block"]), int(version.get("app", 0))),
        str(row["chain_id"]),
        int(row["height"]),
        _stamp(row["time"]),
        _block_id(row["last_block_id"]),
        *(
            bytes.fromhex(row[name])
            for name in (
                "last_commit_hash",
                "data_hash",
                "validators_hash",
                "next_validators_hash",
                "consensus_hash",
                "app_hash",
                "last_results_hash",
                "evidence_hash",
                "proposer_address",
            )
        ),
    )


def _commit(row: _Object) -> Commit:
    rows = tuple(
        CommitRow(
            int(item["block_id_flag"]),
            bytes.fromhex(item["validator_address"]),
            _stamp(item["timestamp"]),
            b64decode(item["signature"] or "", validate=True),
        )
        for item in row["signatures"]
    )
    return Commit(int(row["height"]), int(row["round"]), _block_id(row["block_id"]), rows)


def _block_id(row: _Object) -> BlockId:
    parts = row["parts"]
    return BlockId(bytes.fromhex(row["hash"]), int(parts["total"]), bytes.fromhex(parts["hash"]))


def _stamp(text: str) -> Stamp:
    """From RFC 3339 in UTC; the first instant of the year 1 stands for none."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Stamp(timegm(strptime(found[1], "%Y-%m-%dT%H:%M:%S")), int((found[2] or "").ljust(9, "0")))


def _validator(row: _Object) -> tuple[str, int]:
    key = row["pub_key"]
    if key["type"] != _KEY_TYPE:
        raise ValueError(key["type"])
    return f"ed25519:{b64decode(key['value'], validate=True).hex()}", int(row["voting_power"])
