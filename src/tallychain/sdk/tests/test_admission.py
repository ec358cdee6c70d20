"""A due diligence is committed to, and opened by whoever is given what the bank keeps."""

import msgspec
import pytest
from msgspec.structs import replace

from tallychain.contracts.admission.operations import DueDiligence
from tallychain.crypto.digest import Tag, digest, sha256
from tallychain.sdk.admission import FileNotReadable, commitment_of, differing, prepared

DESCRIBED = """\
established_on = "2008-05-20"
accounts_until = "2025-12-31"
overdue_found = 1
[fields]
CAPITAL = "CNY 5"
BUSINESS = "机床"
[papers]
ACCOUNTS = { file = "a.pdf", valid_until = "2027-06-30" }
"""


def read(name: str) -> bytes:
    return f"content of {name}".encode()


def test_what_is_kept_opens_every_commitment_and_each_has_a_salt_of_its_own() -> None:
    file, kept = prepared(DESCRIBED, read)
    again, _ = prepared(DESCRIBED, read)

    assert isinstance(file, DueDiligence)
    assert [one.name for one in file.fields] == ["BUSINESS", "CAPITAL"]
    assert (file.papers[0].name, file.papers[0].valid_until) == ("ACCOUNTS", "2027-06-30")
    assert differing(msgspec.to_builtins(file), kept) == []
    assert not {one.commitment for one in file.fields} & {one.commitment for one in again.fields}
    salt = bytes.fromhex(kept.papers[0].salt)
    made = digest(Tag.DOCUMENT, salt, sha256(b"content of a.pdf")).hex()
    assert made == file.papers[0].commitment == commitment_of(kept.papers[0])


def test_what_was_changed_left_out_or_added_is_found_by_name() -> None:
    file, kept = prepared(DESCRIBED, read)
    stands = msgspec.to_builtins(file)

    changed = replace(kept, fields=(replace(kept.fields[0], text="贸易"), kept.fields[1]))
    assert differing(stands, changed) == ["BUSINESS"]
    assert differing(stands, replace(kept, papers=())) == ["ACCOUNTS"]
    added = replace(kept, fields=(*kept.fields, replace(kept.fields[0], name="WORKS")))
    assert differing(stands, added) == ["WORKS"]


@pytest.mark.parametrize(
    "text",
    [
        "no toml at all [",
        DESCRIBED.replace("overdue_found = 1", ""),
        DESCRIBED.replace("2008-05-20", "20 May 2008"),
        DESCRIBED.replace("CAPITAL", "capital"),
    ],
)
def test_a_description_that_cannot_be_taken_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(FileNotReadable):
        prepared(text, read)
