"""Check a proof bundle without a ledger; this one file, Python and the `cryptography` library are enough:
`python verify.py BUNDLE [--genesis DIGEST] [--root CERTIFICATE] [--language zh]`.

Every rule that a proof rests on is written here a second time, plainly, so that nobody has to trust the program that made the
bundle.  Whatever no signature or digest binds is refused, so one changed byte anywhere makes a bundle invalid (docs/proofs.md).
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256, sha512
from json import dumps, loads
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BUNDLE_BYTES, _BODY_BYTES = 4 * 1024 * 1024, 8 * 1024
# What may be wrong (in capitals) and what is proven, link by link, as name | English | Chinese.
_SENTENCES = """
TOO_LARGE | The bundle is larger than {bound} bytes. | 证明文件超过 {bound} 字节。 || MALFORMED | The bundle is malformed or not in canonical form at: {what}. | 证明文件格式有误或不规范：{what}。 || FORMAT_UNKNOWN | The format of the bundle is unknown; this program reads tally-proof/1. | 证明文件的格式未知；本程序读取 tally-proof/1。 || GENESIS_DIFFERS | The chain began with the document {found}, not with the one you expect. | 该链的创世文件为 {found}，不是您所期望的创世文件。 || GENESIS_CHANGED | The document of the chain's beginning is not the one whose digest stands in the ledger. | 创世文件与账本中记载的摘要不符。 || OTHER_CHAIN | The {what} belongs to the chain {found}, not to {chain}. | {what} 属于链 {found}，而不属于 {chain}。 || chain | This is the chain {chain}; it began with the document {genesis}, as you expect. | 本链为 {chain}，其创世文件为 {genesis}，与您的期望一致。 || chain_unchecked | This calls itself the chain {chain}; it began with the document {genesis}, which was not compared with one that you know. | 本链自称 {chain}，其创世文件为 {genesis}，尚未与您已知的摘要核对。 ||
HEADER_CHANGED | The header of block {height} was changed. | 区块 {height} 的区块头已被更改。 || HEADER_SIGNATURE_FALSE | The sequencer of this chain did not sign the header of block {height}. | 区块 {height} 的区块头签名不是本链排序者的签名。 || HEADERS_NOT_LINKED | The headers do not follow one another. | 各区块头之间不相连接。 || block | Block {height} was made at {time} (the chain's own time); the sequencer, one operator's key, signed its header and results. | 区块 {height} 生成于 {time}（链上时间）；其区块头与结果由排序者（单一运营方密钥）签名。 ||
RECEIPT_CHANGED | The receipt was changed. | 回执已被更改。 || RECEIPT_NOT_IN_BLOCK | The path does not lead from the receipt to the results of block {height}. | 路径未能从回执通向区块 {height} 的执行结果。 || RECEIPT_OF_OTHER_OPERATION | The receipt answers another operation. | 该回执属于另一项操作。 || done | The operation {operation} ({type}, author {author}) took effect in block {height}. | 操作 {operation}（{type}，作者 {author}）已在区块 {height} 生效。 || refused | The operation {operation} ({type}, author {author}) was refused in block {height} with {code}; it changed nothing. | 操作 {operation}（{type}，作者 {author}）在区块 {height} 被拒绝，代码 {code}，未作任何变更。 || BODY_CHANGED | The text of the operation was changed. | 操作文本已被更改。 ||
RECORD_NOT_IN_STATE | The record of the {what} does not stand so in the ledger after block {height}. | {what} 的记录与区块 {height} 之后的账本状态不符。 || RECORD_MISSING | There is no record of the {what}. | 缺少 {what} 的账本记录。 || policy | Version {version} of the policy {kind}, from {effective_from} on, stands in the ledger. | 账本载有政策 {kind} 第 {version} 版，自 {effective_from} 起施行。 || calendar | Version {version} of the calendar of {year} stands in the ledger. | 账本载有 {year} 年日历第 {version} 版。 || CARRIER_DIFFERS | The envelope is of the member {found}; the operation names {member} as its carrier. | 信封属于成员 {found}，而操作指定的提交成员为 {member}。 || CARRIER_SIGNATURE_FALSE | The system of the member {member} did not sign this envelope. | 该信封的签名不是成员 {member} 系统的签名。 || OPERATION_NOT_IN_ENVELOPE | The path does not lead from the operation and its signatures to the envelope. | 路径未能从操作及其签名通向信封。 || carrier | The member {name} ({member}, {uscc}) signed an envelope with exactly this operation and these signatures. | 成员 {name}（{member}，{uscc}）签署了包含该操作及上述签名的信封。 ||
ROLES_WRONG | The operation is signed as {roles}; a signature is missing or does not belong there. | 操作的签名角色为 {roles}，缺少签名或存在不应有的签名。 || SIGNATURE_FALSE | The signature as {role} does not fit the operation and its key. | 以 {role} 角色作出的签名与操作及其密钥不符。 || SIGNATURES_OF_OTHERS | These are not the signatures with which the operation stood in the block. | 这些签名不是该操作进入区块时所附的签名。 || KEY_NOT_OF_AUTHOR | The key that signed is not the author's tag. | 签名密钥不是该操作作者的标签密钥。 || holder | It is signed by the holder's tag {key}. | 由持有人标签 {key} 签名。 || signer | It is signed as {role} by the person {person} of {name} ({member}, {uscc}), whose key was in force. | 由 {name}（{member}，{uscc}）的人员 {person} 以 {role} 角色签名，其密钥当时有效。 || KEY_OF_OTHER_MEMBER | The key that signed as {role} belongs to the member {found}, not to {member}. | 以 {role} 角色签名的密钥属于成员 {found}，而不属于 {member}。 || KEY_NOT_YET_VALID | The key that signed as {role} was in force only from block {since} on. | 以 {role} 角色签名的密钥自区块 {since} 起方才生效。 || KEY_REVOKED | The key that signed as {role} had been revoked at block {since}, before the operation. | 以 {role} 角色签名的密钥已于区块 {since} 即操作之前被撤销。 || RIGHT_MISSING | The key that signed as {role} has no right to do so. | 以 {role} 角色签名的密钥无此权限。 || SAME_PERSON | Both signatures are of the same person. | 两个签名出自同一人。 ||
PART_UNKNOWN | The operation has no sealed part {label}. | 该操作没有密封部分 {label}。 || CONTENT_CHANGED | The content shown of the sealed part {label} is not what the operation commits to. | 所出示的密封部分 {label} 的内容与操作中的承诺值不符。 || opened | The content shown of the sealed part {label} is exactly what the author committed to. | 所出示的密封部分 {label} 的内容与作者的承诺完全一致。 || IDENTITY_SIGNATURE_FALSE | The certified person did not sign this act. | 本操作的身份签名不是证书持有人的签名。 || IDENTITY_NAME_DIFFERS | The certificate is of {found}, the act names {uscc}. | 证书属于 {found}，而操作中写明的是 {uscc}。 || identity | {name} ({uscc}) signed exactly this act with its certified key. | {name}（{uscc}）以其经认证的密钥签署了本操作。 ||
CERTIFICATE_CHANGED | The certificate {digest} was changed. | 证书 {digest} 已被更改。 || CERTIFICATE_UNREADABLE | The certificate {digest} cannot be read. | 证书 {digest} 无法读取。 || CERTIFICATE_MISSING | The certificate {digest} of the identity signature is missing. | 缺少身份签名所用的证书 {digest}。 || CERTIFICATE_OF_OTHER_KEY | The certificate {digest} is for another key than the one that signed. | 证书 {digest} 所载密钥不是签名所用的密钥。 || CERTIFICATE_NOT_IN_TIME | The certificate {digest} was not valid at the time of the block. | 证书 {digest} 在区块时间不在有效期内。 || CERTIFICATE_NOT_TRUSTED | No authority that you trust issued the certificate {digest}. | 证书 {digest} 并非由您信任的机构签发。 || certificate | The certificate {digest} of {name} was valid at the time of the block and issued under an authority that you trust; whether it was revoked was not checked. | {name} 的证书 {digest} 在区块时间有效，且由您信任的机构签发；是否被吊销未作核查。 || certificate_unchecked | The certificate {digest} of {name} was valid at the time of the block; its authority was not checked, because you named none that you trust. | {name} 的证书 {digest} 在区块时间有效；因您未指定信任的机构，签发机构未作核查。
"""
_TEXTS = {row[0]: row[1:] for row in (text.strip().split(" | ") for text in _SENTENCES.split("||"))}

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
_ROLES = {"tag": [["holder"]], "member": [["maker", "checker"], ["admin", "admin"], ["system"]]}
_Object = dict[str, Any]


class Failure(NamedTuple):
    """The first broken link: a code that never changes, and a sentence."""

    code: str
    sentence: str


class Report(NamedTuple):
    """What a bundle proves, in plain sentences; nothing at all when one link is broken."""

    valid: bool
    statements: tuple[str, ...]
    failure: Failure | None


class _Broken(Exception):
    """Arguments: the code of a failure, the fields of its sentence."""


def verify(
    bundle: bytes,
    *,
    genesis_digest: str | None = None,
    trusted_roots: Sequence[bytes] = (),
    language: str = "en",
) -> Report:
    """
    Say what a bundle proves, or which link is broken; never raises on account of the bundle.

    `genesis_digest` (hex) says which chain is meant, `trusted_roots` (DER or PEM) which authorities; without them the statements say what was
    not compared.  `language` is `en` or `zh`.  Raises `ValueError` for a root that is no certificate.
    """
    loaders = (x509.load_der_x509_certificate, x509.load_pem_x509_certificate)
    roots = [loaders[root.startswith(b"-----")](root) for root in trusted_roots]
    try:
        said = _Proof(bundle, roots).check(genesis_digest)
    except _Broken as broken:
        code, fields = broken.args
        return Report(False, (), Failure(code, _TEXTS[code][language == "zh"].format(**fields)))
    return Report(True, tuple(_TEXTS[name][language == "zh"].format(**fields) for name, fields in said), None)


class _Proof:
    """One bundle while it is checked, from the beginning of the chain towards the persons who signed."""

    def __init__(self, bundle: bytes, roots: Sequence[x509.Certificate]) -> None:
        _demand(len(bundle) <= BUNDLE_BYTES, "TOO_LARGE", bound=BUNDLE_BYTES)
        self.all: _Object = _parse(bundle)
        _demand(type(self.all) is dict and self.all.get("format") == "tally-proof/1", "FORMAT_UNKNOWN")
        _demand(_fits(self.all, _BUNDLE), "MALFORMED", what="fields")
        self.operation, self.state = self.all["operation"], self.all["state"]
        self.body, self.receipt = self.operation["body"], self.all["receipt"]["text"]
        counts = (len(self.all["headers"]), len(self.state["facts"]), len(_encoded(self.body)) <= _BODY_BYTES)
        _demand(counts in ((2, 1, True), (3, 1, True)), "MALFORMED", what="fields")
        self.headers = [header["text"] for header in self.all["headers"]]
        self.keys = {row["value"]["key"]: row["value"] for row in self.state["key"]}
        self.members = {row["value"]["member"]: row["value"] for row in self.state["member"]}
        self.certificates = {row["digest"]: _certificate(row) for row in self.all["certificates"]}
        self.height = self.headers[0]["height"]
        self.time = datetime.fromtimestamp(self.headers[0]["time_ms"] // 1000, UTC)
        self.roots, self.said = roots, list[tuple[str, _Object]]()

    def check(self, expected: str | None) -> list[tuple[str, _Object]]:
        genesis, found = self.all["genesis"], _digest("genesis", _encoded(self.all["genesis"])).hex()
        _demand(expected in (None, found), "GENESIS_DIFFERS", found=found)
        _demand(self.state["facts"][0]["value"]["genesis"] == found, "GENESIS_CHANGED")
        self._say("chain" if expected else "chain_unchecked", genesis, genesis=found)
        texts = [("genesis", genesis), *(("header", header) for header in self.headers)]
        texts += [("envelope", self.all["carrier"]["envelope"]), ("operation", self.body)]
        for what, text in texts:
            right = text["chain"] == self.all["chain"]
            _demand(right, "OTHER_CHAIN", what=what, found=text["chain"], chain=self.all["chain"])
        for row in self.all["headers"]:
            text, digest = row["text"], _digest("header", _encoded(row["text"]))
            _demand(digest.hex() == row["digest"], "HEADER_CHANGED", height=text["height"])
            signed = _is_signed(genesis["sequencer"], digest, row["signature"])
            _demand(signed, "HEADER_SIGNATURE_FALSE", height=text["height"])
        heights = [header["height"] for header in self.headers]
        _demand(heights[1] == heights[0] + 1 and heights == sorted(set(heights)), "HEADERS_NOT_LINKED")
        _demand(self.headers[1]["previous"] == self.all["headers"][0]["digest"], "HEADERS_NOT_LINKED")
        self._say("block", {}, height=self.height, time=self.time)
        self._check_ledger()
        self._check_signatures()
        self._check_opened()
        self.said += [(table, row["value"]) for table in ("policy", "calendar") for row in self.state[table]]
        return self.said

    def _check_ledger(self) -> None:
        row, receipt, height = self.all["receipt"], _encoded(self.receipt), self.height
        _demand(_digest("receipt", receipt).hex() == row["digest"], "RECEIPT_CHANGED")
        # The engine hashes a result as protobuf: the code 0 is left out, field 2 stands behind its length.
        root = _climb(b"\x12\x20" + _climb(receipt, row["path"]), row["result"]).hex()
        in_block = root == self.headers[1]["results_root"] and self.receipt["height"] == height
        _demand(in_block, "RECEIPT_NOT_IN_BLOCK", height=height)
        _demand(_digest("operation", _encoded(self.body)).hex() == self.operation["id"], "BODY_CHANGED")
        _demand(self.receipt["operation"] == self.operation["id"], "RECEIPT_OF_OTHER_OPERATION")
        self._say("done" if self.receipt["outcome"] == "done" else "refused", {**self.body, **self.receipt})
        height, root = self.headers[-1]["height"] - 1, self.headers[-1]["app_hash"]
        for table, rows in self.state.items():
            number, *fields = _TABLES[table]
            for row in rows:
                parts = [row["value"][field] for field in fields] or ["facts"]
                found = _state_root(self.all["genesis"]["tree_depth"], number, parts, row).hex()
                _demand(found == root, "RECORD_NOT_IN_STATE", what=f"{table} {parts[0]}"[:100], height=height)

    def _check_signatures(self) -> None:
        author, signatures = self.body["author"], self.operation["signatures"]
        kind, _, name = author.partition(":")
        roles = [item["role"] for item in signatures]
        _demand(roles in _ROLES.get(kind, []), "ROLES_WRONG", roles=", ".join(roles)[:100])
        for item in signatures:
            covered = [item["role"].encode(), item["key"].encode(), _hex(self.operation["id"])]
            signed = _is_signed(item["key"], _digest("operation-signature", *covered), item["signature"])
            _demand(signed, "SIGNATURE_FALSE", role=item["role"])
        if kind == "tag":
            _demand(name == signatures[0]["key"], "KEY_NOT_OF_AUTHOR")
            self._say("holder", {}, key=name)
        keys = [self._key_in_force(row["key"], row["role"], name) for row in signatures if kind == "member"]
        persons = {(field, key[field]) for key in keys for field in ("person", "certificate")}
        _demand(len(persons) == 2 * len(keys) or self.receipt["outcome"] != "done", "SAME_PERSON")
        for role, key in zip(roles, keys, strict=False):
            self._say("signer", self.members[name], role=role, person=key["person"])
            if key["certificate"] in self.certificates:
                self._check_certificate(key["certificate"], key["key"])
        carrier, via, envelope = self.all["carrier"], self.body["via"], self.all["carrier"]["envelope"]
        _demand(envelope["member"] == via, "CARRIER_DIFFERS", found=envelope["member"], member=via)
        self._key_in_force(envelope["key"], "system", via)
        signed = _is_signed(envelope["key"], _digest("envelope", _encoded(envelope)), carrier["signature"])
        _demand(signed, "CARRIER_SIGNATURE_FALSE", member=via)
        # The msgpack of [body, [[role, key, signature], ...]].
        body = _encoded(self.body)
        size = bytes([0xC4, len(body)]) if len(body) < 256 else b"\xc5" + len(body).to_bytes(2, "big")
        leaf = b"\x92" + size + body + bytes([0x90 + len(signatures)])
        for item in signatures:
            role, key = item["role"].encode(), item["key"].encode()
            leaf += b"\x93" + bytes([0xA0 + len(role)]) + role + b"\xd9" + bytes([len(key)]) + key
            leaf += b"\xc4\x40" + _hex(item["signature"])
        _demand(sha256(leaf).hexdigest() == self.receipt["signed"], "SIGNATURES_OF_OTHERS")
        _demand(_climb(leaf, carrier["path"]).hex() == envelope["root"], "OPERATION_NOT_IN_ENVELOPE")
        self._say("carrier", self.members[via])

    def _check_opened(self) -> None:
        body, parts = self.body, {part["label"]: part for part in self.body["sealed"]}
        names = [body["chain"], body["type"], str(body["version"]), body["author"], body["via"]]
        place = [*(name.encode() for name in names), _hex(body["nonce"])]
        args = sha256(_encoded(body["args"])).digest()
        act = [*place, str(body["expires"]).encode(), args]
        for label, part in parts.items():
            act += [label.encode(), _hex(part["commitment"])] if label != "identity" else []
        for row in self.all["opened"]:
            label = row["label"]
            _demand(label in parts, "PART_UNKNOWN", label=label[:40])
            context = _digest("context", *place, label.encode(), args, _encoded(parts[label]["to"]))
            found = _digest("commitment", context, _hex(row["salt"]), row["content"].encode()).hex()
            _demand(found == parts.pop(label)["commitment"], "CONTENT_CHANGED", label=label)
            self._say("opened", {}, label=label)
            if label == "identity":
                self._check_identity(_parse(row["content"].encode()), _digest("identity-signature", *act))

    def _check_identity(self, content: _Object, statement: bytes) -> None:
        _demand(_fits(content, _IDENTITY), "MALFORMED", what="identity")
        for role in ("", "checker_") if content["checker_signature"] else ("",):
            digest = content[role + "certificate"]
            _demand(digest in self.certificates, "CERTIFICATE_MISSING", digest=digest[:64])
            _, key, name, uscc = self.certificates[digest]
            _demand(_is_signed(key, statement, content[role + "signature"]), "IDENTITY_SIGNATURE_FALSE")
            named = role != "" or uscc == content["uscc"]
            _demand(named, "IDENTITY_NAME_DIFFERS", found=uscc, uscc=content["uscc"])
            self._say("identity", {}, name=name, uscc=uscc)
            self._check_certificate(digest, key)

    def _check_certificate(self, digest: str, signer: str) -> None:
        loaded, key, name, _ = self.certificates[digest]
        _demand(key == signer, "CERTIFICATE_OF_OTHER_KEY", digest=digest)
        in_time = loaded.not_valid_before_utc <= self.time <= loaded.not_valid_after_utc
        _demand(in_time, "CERTIFICATE_NOT_IN_TIME", digest=digest)
        trusted = not self.roots
        for root in self.roots:
            with suppress(ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                loaded.verify_directly_issued_by(root)
                trusted = True
        _demand(trusted, "CERTIFICATE_NOT_TRUSTED", digest=digest)
        self._say("certificate" if self.roots else "certificate_unchecked", {}, digest=digest, name=name)

    def _say(self, statement: str, known: _Object, /, **fields: object) -> None:
        self.said.append((statement, {**known, **fields}))

    def _key_in_force(self, key: str, role: str, member: str) -> _Object:
        _demand(member in self.members, "RECORD_MISSING", what=f"member {member}"[:100])
        _demand(key in self.keys, "RECORD_MISSING", what=f"key that signed as {role}")
        record: _Object = self.keys[key]
        owner, since, until = record["member"], record["valid_from"], record["revoked_at"]
        _demand(owner == member, "KEY_OF_OTHER_MEMBER", role=role, found=owner, member=member)
        _demand(since <= self.height, "KEY_NOT_YET_VALID", role=role, since=since)
        _demand(until == 0 or self.height < until, "KEY_REVOKED", role=role, since=until)
        _demand(role in record["rights"] or self.receipt["outcome"] != "done", "RIGHT_MISSING", role=role)
        return record


def _certificate(row: _Object) -> tuple[x509.Certificate, str, str, str]:
    """A certificate with its key as the ledger writes it, and the name and credit code of its subject."""
    der, text = _hex(row["der"]), ""
    _demand(sha256(der).hexdigest() == row["digest"], "CERTIFICATE_CHANGED", digest=row["digest"][:64])
    try:
        loaded = x509.load_der_x509_certificate(der)
        key, named = loaded.public_key(), {item.oid: str(item.value) for item in loaded.subject}
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _Broken("CERTIFICATE_UNREADABLE", {"digest": row["digest"]}) from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        text = "ed25519:" + key.public_bytes_raw().hex()
    elif isinstance(key, ec.EllipticCurvePublicKey):
        text = "p256:" + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
    return loaded, text, named.get(x509.NameOID.COMMON_NAME, ""), named.get(x509.NameOID.SERIAL_NUMBER, "")


def _digest(tag: str, *parts: bytes) -> bytes:
    """SHA-256 over "tally/1/", tag and zero, then every part behind its length in four bytes."""
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return sha256(b"tally/1/" + tag.encode() + b"\0" + framed).digest()


def _climb(leaf: bytes, steps: Sequence[str]) -> bytes:
    """The root (RFC 6962) over a leaf and its path; `L` or `R` says on which side the neighbour's digest stands."""
    node = sha256(b"\0" + leaf).digest()
    for step in steps:
        neighbour = _hex(step[1:])
        _demand(step[:1] in ("L", "R") and len(neighbour) == 32, "MALFORMED", what="path")
        node = sha256(b"\1" + (neighbour + node if step[0] == "L" else node + neighbour)).digest()
    return node


def _state_root(depth: int, number: int, parts: Sequence[str | int], row: _Object) -> bytes:
    """The state root over a record: CometBFT's simple map of its bucket, then that of all buckets, where it has one place."""
    raws = [part.to_bytes(8, "big") if isinstance(part, int) else part.encode() for part in parts]
    _demand(len(b"".join(raws)) < 100 and depth <= 24, "MALFORMED", what="state")
    key = bytes([number]) + b"".join(len(raw).to_bytes(2, "big") + raw for raw in raws)
    bucket = int.from_bytes(sha256(key).digest()[:4], "big") >> (32 - depth)
    in_place = [step[:1] for step in row["upper"]] == ["L" if bucket >> n & 1 else "R" for n in range(depth)]
    name = f"{bucket:0{5 if depth <= 20 else 6}x}".encode()
    node = _climb(bytes([len(key)]) + key + b"\x20" + sha256(_encoded(row["value"])).digest(), row["lower"])
    root = _climb(bytes([len(name)]) + name + b"\x20" + sha256(node).digest(), row["upper"])
    return root if in_place else b""


def _is_signed(key: str, message: bytes, signature: str) -> bool:
    """P-256 with low s, or Ed25519 by ZIP-215: every encoding of a point is taken, s < order, 8 s B = 8 R + 8 k A."""
    scheme, _, digits = key.partition(":")
    raw, both = _hex(digits), _hex(signature)
    kind = (scheme, len(raw), len(both))
    if kind == ("ed25519", 32, 64):
        a, r, s = _point(raw), _point(both[:32]), int.from_bytes(both[32:], "little")
        if a is None or r is None or s >= _ORDER:
            return False
        k = int.from_bytes(sha512(both[:32] + raw + message).digest(), "little") % _ORDER
        return _times(8 * s, _BASE) == _times(8, _sum(r, _times(k, a)))
    r_s = [int.from_bytes(half, "big") for half in (both[:32], both[32:])]
    with suppress(ValueError, InvalidSignature):
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        point.verify(encode_dss_signature(*r_s), message, ec.ECDSA(hashes.SHA256()))
        return kind == ("p256", 33, 64) and r_s[1] <= _P256_ORDER // 2
    return False


_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P, _ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D, _ROOT = -121665 * pow(121666, -1, _P) % _P, pow(2, (_P - 1) // 4, _P)
_BASE = (0x216936D3CD6E53FEC0A4E231FDD6DC5C692CC7609525A7B2C9562D608F25D51A, 4 * pow(5, -1, _P) % _P)
_Point = tuple[int, int]


def _point(raw: bytes) -> _Point | None:
    sign, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if x * x % _P == square else x * _ROOT % _P
    return (x if x & 1 == sign else -x % _P, y % _P) if x * x % _P == square else None


def _sum(a: _Point, b: _Point) -> _Point:
    (x1, y1), (x2, y2) = a, b
    k = _D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, _P) % _P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, _P) % _P


def _times(n: int, point: _Point) -> _Point:
    total = (0, 1)
    while n:
        total, point, n = _sum(total, point) if n & 1 else total, _sum(point, point), n >> 1
    return total


def _parse(text: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        value = loads(text)
        if _encoded(value) == text:
            return value
    raise _Broken("MALFORMED", {"what": "JSON"})


def _encoded(value: object) -> bytes:
    return dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _fits(value: Any, shape: Any) -> bool:
    if type(value) is not type(shape):
        return False
    if isinstance(shape, list):
        return all(_fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        named = "+" in shape or list(value) == list(shape)
        return named and all(name == "+" or _fits(value.get(name), shape[name]) for name in shape)
    return isinstance(shape, str) or 0 <= value <= 4_102_444_800_000


def _hex(text: str) -> bytes:
    _demand(not len(text) % 2 and set(text) <= set("0123456789abcdef"), "MALFORMED", what="hexadecimal")
    return bytes.fromhex(text)


def _demand(condition: bool, code: str, /, **fields: object) -> None:
    if not condition:
        raise _Broken(code, fields)


def main() -> int:
    """The command line: 0 for a valid bundle, 1 for a broken one, 2 when nothing could be checked."""
    parser = argparse.ArgumentParser(description="Check a proof bundle of a tallychain ledger, offline.")
    parser.add_argument("file", help="the bundle")
    parser.add_argument("--genesis", help="digest of the genesis document of the chain that you mean")
    parser.add_argument("--root", action="append", default=[], help="certificate of an authority you trust")
    parser.add_argument("--language", choices=("en", "zh"), default="en")
    args = parser.parse_args()
    try:
        bundle, *roots = (Path(name).read_bytes() for name in (args.file, *args.root))
        report = verify(bundle, genesis_digest=args.genesis, trusted_roots=roots, language=args.language)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    broken = [f"{report.failure.code}: {report.failure.sentence}"] if report.failure else []
    sys.stdout.write("\n".join([*report.statements, *broken]) + "\n")
    return 0 if report.valid else 1


if __name__ == "__main__":
    sys.exit(main())
