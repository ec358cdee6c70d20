"""Makes the language-neutral vectors from the story: `python -m tallychain.sdk.tests.make_vectors` writes them again.

Whoever writes another SDK can follow one operation from its fields to its proof, byte by byte.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tallychain.crypto.digest import Tag, digest, sha256
from tallychain.ledger import codec
from tallychain.ledger.envelope import EnvelopeHeader, envelope_message
from tallychain.ledger.genesis import genesis_digest
from tallychain.ledger.header import header_digest
from tallychain.ledger.operation import Body, operation_id, signed_leaf, signing_message
from tallychain.sdk.opening import part_context, statement_of
from tallychain.sdk.proof import OpenedPart, ProofMaterial, make_bundle
from tallychain.sdk.tests.story import SEED, Story, told
from tallychain.sdk.verify import verify
from tallychain.testkit.people import derived

FOLDER: Final = Path(__file__).parent.parent / "vectors"
NAMES: Final = ("issue", "accept", "refused")
ABOUT: Final = (
    "One operation from its fields to its proof, for writers of other SDKs.  Texts are canonical JSON exactly as they are signed; bytes are "
    "in hex.  digest(tag, parts...) is SHA-256 over 'tally/1/' tag 0x00 and every part behind its length in four bytes, big-endian.  "
    "The proof of a case is the file <name>.proof.json; verified with this genesis digest and root it says these statements."
)


def made(story: Story) -> dict[str, bytes]:
    """Every vector file by its name."""
    files: dict[str, bytes] = {}
    cases = []
    for name in NAMES:
        material = story.everything(name)
        bundle = make_bundle(material)
        files[f"{name}.proof.json"] = bundle
        cases.append(_case(name, story, material, bundle))
    whole = {"about": ABOUT, "seed": SEED, "root": story.root.hex(), "cases": cases}
    files["operations.json"] = json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"
    return files


def main() -> None:
    """Write the vectors again."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in made(told()).items():
        (FOLDER / name).write_bytes(content)


def _case(name: str, story: Story, material: ProofMaterial, bundle: bytes) -> Mapping[str, Any]:
    body = codec.decode(Body, material.body)
    known = genesis_digest(material.genesis).hex()
    following = material.headers[1]
    report = verify(bundle, genesis_digest=known, trusted_roots=[story.root])
    return {
        "name": name,
        "genesis_digest": known,
        "fields": {
            "chain": body.chain,
            "type": body.type,
            "version": body.version,
            "author": body.author,
            "via": body.via,
            "nonce": body.nonce,
            "expires": body.expires,
            "args": bytes(body.args).decode(),
        },
        "parts": [_part(body, part) for part in material.opened],
        "body": material.body.decode(),
        "id": operation_id(material.body),
        "signatures": _signatures(story, material),
        "signed_leaf": signed_leaf(story.operations[name]).hex(),
        "envelope": _envelope(story, material),
        "receipt": {
            "text": material.receipt.decode(),
            "digest": digest(Tag.RECEIPT, material.receipt).hex(),
        },
        "next_header": {
            "text": following.text.decode(),
            "digest": header_digest(following.text).hex(),
            "signature": following.signature.hex(),
        },
        "proof": {"file": f"{name}.proof.json", "sha256": sha256(bundle).hex()},
        "statements": list(report.statements),
    }


def _part(body: Body, opened: OpenedPart) -> Mapping[str, str]:
    part = next(part for part in body.sealed if part.label == opened.label)
    made = {
        "label": opened.label,
        "content": opened.content.decode(),
        "salt": opened.salt.hex(),
        "recipients": codec.encode(part.to).decode(),
        "args_digest": sha256(bytes(body.args)).hex(),
        "context": part_context(body, part).hex(),
        "commitment": part.commitment,
    }
    return made | ({"identity_statement": statement_of(body).hex()} if opened.label == "identity" else {})


def _signatures(story: Story, material: ProofMaterial) -> list[dict[str, str]]:
    rows = []
    for item in material.signatures:
        message = signing_message(operation_id(material.body), item.role, item.key)
        row = {
            "role": item.role,
            "key": item.key,
            "message": message.hex(),
            "signature": item.signature.hex(),
        }
        rows.append(row | _seed_of(story, item.key))
    return rows


def _envelope(story: Story, material: ProofMaterial) -> Mapping[str, str]:
    header = codec.decode(EnvelopeHeader, material.envelope)
    return {
        "header": material.envelope.decode(),
        "key": header.key,
        "message": envelope_message(material.envelope).hex(),
        "signature": material.envelope_signature.hex(),
        **_seed_of(story, header.key),
    }


def _seed_of(story: Story, key: str) -> dict[str, str]:
    """The seed of a staff key, so that its signature can be made again; those of tags follow from wallets."""
    for member in story.world.members.values():
        for role, staff in member.staff.items():
            if staff.key.public == key:
                return {"seed": derived(story.world.seed, member.id, role).hex()}
    return {}


if __name__ == "__main__":
    main()
