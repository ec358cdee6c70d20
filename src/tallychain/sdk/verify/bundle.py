"""One bundle: from the beginning of the chain to the block, and from the block to the persons who signed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from json import loads
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .alliance import Trusted, finality
from .basics import Broken, Object, climb, demand, digest, encoded, fits, parse, sentence, state_root, unhex
from .signatures import is_signed

BUNDLE_BYTES, _BODY_BYTES = 4 * 1024 * 1024, 8 * 1024
# Forms: "" is a text, 0 a number; objects have exactly these fields, with `+` at least these.  Then each table's number and key.
_BUNDLE, _IDENTITY, _TABLES = loads("""
[{"format":"","chain":"","genesis":{"chain":"","tree_depth":0,"sequencer":"","+":0},
"operation":{"id":"","body":{"chain":"","type":"","version":0,"author":"","via":"","nonce":"","expires":0,"args":{"+":0},
"sealed":[{"label":"","commitment":"","to":[""],"+":0}],"+":0},"signatures":[{"role":"","key":"","signature":""}]},
"carrier":{"envelope":{"chain":"","member":"","key":"","root":"","+":0},"signature":"","path":[""]},
"receipt":{"text":{"operation":"","signed":"","height":0,"outcome":"","code":"","+":0},"digest":"","path":[""],"result":[""]},
"headers":[{"text":{"chain":"","height":0,"time_ms":0,"previous":"","results_root":"","app_hash":"","+":0},"digest":"","signature":""}],
"state":{"facts":[{"value":{"genesis":"","+":0},"lower":[""],"upper":[""]}],
"member":[{"value":{"member":"","name":"","uscc":"","+":0},"lower":[""],"upper":[""]}],
"key":[{"value":{"key":"","member":"","person":"","rights":[""],"certificate":"","valid_from":0,"revoked_at":0,"+":0},"lower":[""],"upper":[""]}],
"policy":[{"value":{"kind":"","version":0,"effective_from":"","+":0},"lower":[""],"upper":[""]}],"calendar":[{"value":{"year":0,"version":0,"+":0},"lower":[""],"upper":[""]}]},
"opened":[{"label":"","salt":"","content":""}],"certificates":[{"digest":"","der":""}]},
{"uscc":"","certificate":"","signature":"","checker_certificate":"","checker_signature":"","+":0},
{"facts":[18],"member":[1,"member"],"key":[2,"key"],"policy":[3,"kind","version"],"calendar":[4,"year"]}]""")
# A chain with several validators: who they are, the block's own header, and the headers with votes that lead to it and beyond.
_VALIDATORS, _ALLIANCE = loads("""
[{"+":0,"chain":"","tree_depth":0,"time_ms":0,"engine":"","validators":[{"key":"","power":0,"+":0}]},
{"validators":[[{"key":"","power":0}]],"block":"","headers":[{"header":"","commit":""}]}]""")
_HEADERS = list(_BUNDLE).index("headers")
_FORMATS = {
    "tally-proof/1": _BUNDLE,
    "tally-proof/2": dict(
        [*list(_BUNDLE.items())[:_HEADERS], *_ALLIANCE.items(), *list(_BUNDLE.items())[_HEADERS + 1 :]]
    )
    | {"genesis": _VALIDATORS},
}
_ROLES = {"tag": [["holder"]], "member": [["maker", "checker"], ["admin", "admin"], ["system"]]}


class Failure(NamedTuple):
    """The first broken link: a code that never changes, and a sentence."""

    code: str
    sentence: str


class Report(NamedTuple):
    """What a bundle proves, in plain sentences; nothing at all when one link is broken."""

    valid: bool
    statements: tuple[str, ...]
    failure: Failure | None


def verify(
    bundle: bytes,
    *,
    genesis_digest: str | None = None,
    trusted_roots: Sequence[bytes] = (),
    language: str = "en",
    trusted_header: Trusted | None = None,
) -> Report:
    """
    Say what a bundle proves, or which link is broken; never raises on account of the bundle.

    `genesis_digest` (hex) says which chain is meant, `trusted_roots` (DER or PEM) which authorities; without them the statements say what was
    not compared.  `trusted_header` names a header of an alliance's chain that must stand on the way from its founders, and how old trust may be.
    `language` is `en` or `zh`.  Raises `ValueError` for a root that is no certificate.
    """
    roots = authorities(trusted_roots)
    return told(lambda: Proof(bundle, roots).check(genesis_digest, trusted_header or Trusted()), language)


def authorities(trusted_roots: Sequence[bytes]) -> list[x509.Certificate]:
    """The certificates in these files; raises `ValueError` for one that is none."""
    loaders = (x509.load_der_x509_certificate, x509.load_pem_x509_certificate)
    return [loaders[root.startswith(b"-----")](root) for root in trusted_roots]


def told(check: Callable[[], list[tuple[str, Object]]], language: str) -> Report:
    """What a check says in plain sentences, or the link at which it stopped."""
    try:
        said = check()
    except Broken as broken:
        return Report(False, (), Failure(broken.code, sentence(broken.code, language, broken.fields)))
    return Report(True, tuple(sentence(name, language, fields) for name, fields in said), None)


class Proof:
    """One bundle while it is checked, from the beginning of the chain towards the persons who signed."""

    def __init__(self, bundle: bytes, roots: Sequence[x509.Certificate]) -> None:
        demand(len(bundle) <= BUNDLE_BYTES, "TOO_LARGE", bound=BUNDLE_BYTES)
        self.all: Object = parse(bundle)
        shape = _FORMATS.get(str(self.all.get("format"))) if type(self.all) is dict else None
        demand(shape is not None, "FORMAT_UNKNOWN")
        demand(fits(self.all, shape), "MALFORMED", what="fields")
        self.operation, self.state = self.all["operation"], self.all["state"]
        self.body, self.receipt = self.operation["body"], self.all["receipt"]["text"]
        bounded = len(self.state["facts"]) == 1 and len(encoded(self.body)) <= _BODY_BYTES
        demand(bounded, "MALFORMED", what="fields")
        self.keys = {row["value"]["key"]: row["value"] for row in self.state["key"]}
        self.members = {row["value"]["member"]: row["value"] for row in self.state["member"]}
        self.certificates = {row["digest"]: _certificate(row) for row in self.all["certificates"]}
        self.roots, self.said = roots, list[tuple[str, Object]]()

    def check(self, expected: str | None, trusted: Trusted) -> list[tuple[str, Object]]:
        genesis, found = self.all["genesis"], digest("genesis", encoded(self.all["genesis"])).hex()
        demand(expected in (None, found), "GENESIS_DIFFERS", found=found)
        demand(self.state["facts"][0]["value"]["genesis"] == found, "GENESIS_CHANGED")
        self.genesis = found
        self._say("chain" if expected else "chain_unchecked", genesis, genesis=found)
        texts = [
            ("genesis", genesis),
            ("envelope", self.all["carrier"]["envelope"]),
            ("operation", self.body),
        ]
        for what, text in texts:
            self._demand_chain(what, text)
        if self.all["format"] == "tally-proof/1":
            self.headers = self._signed_by_sequencer(genesis["sequencer"])
            said: list[tuple[str, Object]] = [("block", {})]
            self.header_names = [row["digest"] for row in self.all["headers"]]
        else:
            self.headers, said, self.header_names = finality(self.all, trusted)
        heights = [header["height"] for header in self.headers]
        demand(heights[1] == heights[0] + 1 and heights == sorted(set(heights)), "HEADERS_NOT_LINKED")
        self.height = self.headers[0]["height"]
        self.time = datetime.fromtimestamp(self.headers[0]["time_ms"] // 1000, UTC)
        for name, fields in said:
            self._say(name, fields, height=fields.get("height", self.height), time=self.time)
        self._check_ledger()
        self._check_signatures()
        self._check_opened()
        self.said += [(table, row["value"]) for table in ("policy", "calendar") for row in self.state[table]]
        return self.said

    def _demand_chain(self, what: str, text: Object) -> None:
        right = text["chain"] == self.all["chain"]
        demand(right, "OTHER_CHAIN", what=what, found=text["chain"], chain=self.all["chain"])

    def _signed_by_sequencer(self, sequencer: str) -> list[Object]:
        rows = self.all["headers"]
        demand(len(rows) in (2, 3), "MALFORMED", what="headers")
        for row in rows:
            text, name = row["text"], digest("header", encoded(row["text"]))
            self._demand_chain("header", text)
            demand(name.hex() == row["digest"], "HEADER_CHANGED", height=text["height"])
            demand(
                is_signed(sequencer, name, row["signature"]), "HEADER_SIGNATURE_FALSE", height=text["height"]
            )
        demand(rows[1]["text"]["previous"] == rows[0]["digest"], "HEADERS_NOT_LINKED")
        return [row["text"] for row in rows]

    def _check_ledger(self) -> None:
        row, receipt, height = self.all["receipt"], encoded(self.receipt), self.height
        demand(digest("receipt", receipt).hex() == row["digest"], "RECEIPT_CHANGED")
        # The engine hashes a result as protobuf: the code 0 is left out, field 2 stands behind its length.
        root = climb(b"\x12\x20" + climb(receipt, row["path"]), row["result"]).hex()
        in_block = root == self.headers[1]["results_root"] and self.receipt["height"] == height
        demand(in_block, "RECEIPT_NOT_IN_BLOCK", height=height)
        demand(digest("operation", encoded(self.body)).hex() == self.operation["id"], "BODY_CHANGED")
        demand(self.receipt["operation"] == self.operation["id"], "RECEIPT_OF_OTHER_OPERATION")
        self._say("done" if self.receipt["outcome"] == "done" else "refused", {**self.body, **self.receipt})
        height, root = self.headers[-1]["height"] - 1, self.headers[-1]["app_hash"]
        for table, rows in self.state.items():
            number, *fields = _TABLES[table]
            for row in rows:
                parts = [row["value"][field] for field in fields] or ["facts"]
                found = state_root(self.all["genesis"]["tree_depth"], number, parts, row).hex()
                demand(found == root, "RECORD_NOT_IN_STATE", what=f"{table} {parts[0]}"[:100], height=height)

    def _check_signatures(self) -> None:
        author, signatures = self.body["author"], self.operation["signatures"]
        kind, _, name = author.partition(":")
        roles = [item["role"] for item in signatures]
        demand(roles in _ROLES.get(kind, []), "ROLES_WRONG", roles=", ".join(roles)[:100])
        for item in signatures:
            covered = [item["role"].encode(), item["key"].encode(), unhex(self.operation["id"])]
            signed = is_signed(item["key"], digest("operation-signature", *covered), item["signature"])
            demand(signed, "SIGNATURE_FALSE", role=item["role"])
        if kind == "tag":
            demand(name == signatures[0]["key"], "KEY_NOT_OF_AUTHOR")
            self._say("holder", {}, key=name)
        keys = [self._key_in_force(row["key"], row["role"], name) for row in signatures if kind == "member"]
        persons = {(field, key[field]) for key in keys for field in ("person", "certificate")}
        demand(len(persons) == 2 * len(keys) or self.receipt["outcome"] != "done", "SAME_PERSON")
        for role, key in zip(roles, keys, strict=False):
            self._say("signer", self.members[name], role=role, person=key["person"])
            if key["certificate"] in self.certificates:
                self._check_certificate(key["certificate"], key["key"])
        carrier, via, envelope = self.all["carrier"], self.body["via"], self.all["carrier"]["envelope"]
        demand(envelope["member"] == via, "CARRIER_DIFFERS", found=envelope["member"], member=via)
        self._key_in_force(envelope["key"], "system", via)
        signed = is_signed(envelope["key"], digest("envelope", encoded(envelope)), carrier["signature"])
        demand(signed, "CARRIER_SIGNATURE_FALSE", member=via)
        # The msgpack of [body, [[role, key, signature], ...]].
        body = encoded(self.body)
        size = bytes([0xC4, len(body)]) if len(body) < 256 else b"\xc5" + len(body).to_bytes(2, "big")
        leaf = b"\x92" + size + body + bytes([0x90 + len(signatures)])
        for item in signatures:
            role, key = item["role"].encode(), item["key"].encode()
            leaf += b"\x93" + bytes([0xA0 + len(role)]) + role + b"\xd9" + bytes([len(key)]) + key
            leaf += b"\xc4\x40" + unhex(item["signature"])
        demand(sha256(leaf).hexdigest() == self.receipt["signed"], "SIGNATURES_OF_OTHERS")
        demand(climb(leaf, carrier["path"]).hex() == envelope["root"], "OPERATION_NOT_IN_ENVELOPE")
        self._say("carrier", self.members[via])

    def _check_opened(self) -> None:
        body, parts = self.body, {part["label"]: part for part in self.body["sealed"]}
        names = [body["chain"], body["type"], str(body["version"]), body["author"], body["via"]]
        place = [*(name.encode() for name in names), unhex(body["nonce"])]
        args = sha256(encoded(body["args"])).digest()
        act = [*place, str(body["expires"]).encode(), args]
        for label, part in parts.items():
            act += [label.encode(), unhex(part["commitment"])] if label != "identity" else []
        for row in self.all["opened"]:
            label = row["label"]
            demand(label in parts, "PART_UNKNOWN", label=label[:40])
            context = digest("context", *place, label.encode(), args, encoded(parts[label]["to"]))
            found = digest("commitment", context, unhex(row["salt"]), row["content"].encode()).hex()
            demand(found == parts.pop(label)["commitment"], "CONTENT_CHANGED", label=label)
            self._say("opened", {}, label=label)
            if label == "identity":
                self._check_identity(parse(row["content"].encode()), digest("identity-signature", *act))

    def _check_identity(self, content: Object, statement: bytes) -> None:
        demand(fits(content, _IDENTITY), "MALFORMED", what="identity")
        for role in ("", "checker_") if content["checker_signature"] else ("",):
            digest = content[role + "certificate"]
            demand(digest in self.certificates, "CERTIFICATE_MISSING", digest=digest[:64])
            _, key, name, uscc = self.certificates[digest]
            demand(is_signed(key, statement, content[role + "signature"]), "IDENTITY_SIGNATURE_FALSE")
            named = role != "" or uscc == content["uscc"]
            demand(named, "IDENTITY_NAME_DIFFERS", found=uscc, uscc=content["uscc"])
            self._say("identity", {}, name=name, uscc=uscc)
            self._check_certificate(digest, key)

    def _check_certificate(self, digest: str, signer: str) -> None:
        loaded, key, name, _ = self.certificates[digest]
        demand(key == signer, "CERTIFICATE_OF_OTHER_KEY", digest=digest)
        in_time = loaded.not_valid_before_utc <= self.time <= loaded.not_valid_after_utc
        demand(in_time, "CERTIFICATE_NOT_IN_TIME", digest=digest)
        trusted = not self.roots
        for root in self.roots:
            with suppress(ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                loaded.verify_directly_issued_by(root)
                trusted = True
        demand(trusted, "CERTIFICATE_NOT_TRUSTED", digest=digest)
        self._say("certificate" if self.roots else "certificate_unchecked", {}, digest=digest, name=name)

    def _say(self, statement: str, known: Object, /, **fields: object) -> None:
        self.said.append((statement, {**known, **fields}))

    def _key_in_force(self, key: str, role: str, member: str) -> Object:
        demand(member in self.members, "RECORD_MISSING", what=f"member {member}"[:100])
        demand(key in self.keys, "RECORD_MISSING", what=f"key that signed as {role}")
        record: Object = self.keys[key]
        owner, since, until = record["member"], record["valid_from"], record["revoked_at"]
        demand(owner == member, "KEY_OF_OTHER_MEMBER", role=role, found=owner, member=member)
        demand(since <= self.height, "KEY_NOT_YET_VALID", role=role, since=since)
        demand(until == 0 or self.height < until, "KEY_REVOKED", role=role, since=until)
        demand(role in record["rights"] or self.receipt["outcome"] != "done", "RIGHT_MISSING", role=role)
        return record


def _certificate(row: Object) -> tuple[x509.Certificate, str, str, str]:
    """A certificate with its key as the ledger writes it, and the name and credit code of its subject."""
    der, text = unhex(row["der"]), ""
    demand(sha256(der).hexdigest() == row["digest"], "CERTIFICATE_CHANGED", digest=row["digest"][:64])
    try:
        loaded = x509.load_der_x509_certificate(der)
        key, named = loaded.public_key(), {item.oid: str(item.value) for item in loaded.subject}
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        raise Broken("CERTIFICATE_UNREADABLE", {"digest": row["digest"]}) from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        text = "ed25519:" + key.public_bytes_raw().hex()
    elif isinstance(key, ec.EllipticCurvePublicKey):
        text = "p256:" + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
    return loaded, text, named.get(x509.NameOID.COMMON_NAME, ""), named.get(x509.NameOID.SERIAL_NUMBER, "")
