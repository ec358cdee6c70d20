"""A certificate: rows of the state that a page states, proven beside an operation, and the page itself in a PDF that holds all of it."""

from collections.abc import Sequence
from hashlib import sha256
from json import loads
from typing import NamedTuple

from cryptography import x509

from .alliance import Trusted
from .basics import Broken, Object, demand, digest, encoded, fits, parse, state_root
from .bundle import BUNDLE_BYTES, Proof
from .pdf import Sheet, read, squeezed
from .signatures import is_signed
from .stated import KINDS, Facts, Page, Party, page

FORMAT = "tally-certificate/1"
CERTIFICATE_BYTES, SHEET_BYTES = 2 * BUNDLE_BYTES, 4 * BUNDLE_BYTES
_ROWS, _MORE = 400, 8
# Of each table: its number in the state, what stands before its key, and the fields of the key; then what a certificate holds.
TABLES, _SHAPE = loads("""
[{"member":[1,[],["member"]],"key":[2,[],["key"]],"payable":[7,[],["payable"]],"voucher":[12,[],["number"]],"holding":[13,[],["voucher","first"]],
"settlement":[21,[],["voucher"]],"shares":[18,["shares"],["voucher"]],"missed":[18,["missed-payment"],["issuer","voucher"]],"guarantee":[54,[],["voucher"]]},
{"format":"","kind":"","subject":"","maker":{"member":"","key":""},"rows":[{"table":"","value":{"+":0},"lower":[""],"upper":[""]}],
"proof":{"+":0},"more":[{"+":0}]}]""")
_TRADES = ("trade", "papers")


class Stated(NamedTuple):
    """A certificate whose facts are proven: the page that states them, and what is said of its proofs."""

    page: Page
    said: list[tuple[str, Object]]
    maker: str
    key: str
    chain: str
    genesis: str
    height: int
    time_ms: int


def state(
    attachment: bytes, roots: Sequence[x509.Certificate], expected: str | None, trusted: Trusted
) -> Stated:
    """Check the attached file of a certificate link by link; refuses with the first broken one."""
    demand(len(attachment) <= CERTIFICATE_BYTES, "TOO_LARGE", bound=CERTIFICATE_BYTES)
    whole: Object = parse(attachment)
    demand(fits(whole, _SHAPE) and whole["format"] == FORMAT, "MALFORMED", what="certificate")
    known = whole["kind"] in KINDS and len(whole["rows"]) <= _ROWS and len(whole["more"]) <= _MORE
    demand(known, "MALFORMED", what="certificate")
    proof = Proof(encoded(whole["proof"]), roots)
    said = proof.check(expected, trusted)
    demand(proof.receipt["outcome"] == "done", "CERTIFICATE_ROWS_DIFFER", what="operation")
    rows = _proven(whole["rows"], proof)
    main = (rows.get("voucher") or rows.get("payable") or [{}])[0]
    about = main.get("operation", main.get("payable"))
    demand(about == proof.operation["id"], "CERTIFICATE_ROWS_DIFFER", what="operation")
    names = dict([_named(proof)])
    for item in whole["more"]:
        other = Proof(encoded(item), roots)
        said += other.check(proof.genesis, trusted)
        tag, party = _named(other)
        demand(tag != "" and other.receipt["outcome"] == "done", "CERTIFICATE_ROWS_DIFFER", what="more")
        names[tag] = party
    opened = [row["content"] for row in proof.all["opened"] if row["label"] in _TRADES]
    last, maker = proof.headers[-1], whole["maker"]
    key = [row for row in rows.get("key", []) if row["key"] == maker["key"]]
    own = len(key) == 1 and key[0]["member"] == maker["member"] and "system" in key[0]["rights"]
    demand(own and key[0]["revoked_at"] == 0, "CERTIFICATE_MAKER_UNKNOWN", member=maker["member"][:60])
    facts = Facts(
        whole["kind"],
        whole["subject"],
        rows,
        names,
        parse(opened[0].encode()) if opened else {},
        proof.all["chain"],
        proof.genesis,
        last["height"] - 1,
        last["time_ms"],
        proof.header_names[-1],
        maker["member"],
    )
    made = _stated(facts, sha256(attachment).hexdigest())
    said.append(("stated", {"height": facts.height, "chain": facts.chain, "count": len(whole["rows"])}))
    return Stated(
        made, said, maker["member"], maker["key"], facts.chain, facts.genesis, facts.height, facts.time_ms
    )


def _stated(facts: Facts, name: str) -> Page:
    try:
        return page(facts, name)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        # On a chain that somebody made up, records may have any form.
        raise Broken("CERTIFICATE_ROWS_DIFFER", {"what": "fields"}) from None


def check_sheet(
    file: bytes, roots: Sequence[x509.Certificate], expected: str | None, trusted: Trusted
) -> list[tuple[str, Object]]:
    """Check a certificate as a PDF: the facts, the text of the page, and who made the file."""
    demand(len(file) <= SHEET_BYTES, "TOO_LARGE", bound=SHEET_BYTES)
    sheet = read(file)
    stated = state(sheet.attachment, roots, expected, trusted)
    check_text(sheet, stated.page)
    demand(sheet.key == stated.key, "SHEET_KEY_DIFFERS", member=stated.maker)
    signed = is_signed(sheet.key, sheet_digest(sheet.unsealed), sheet.signature)
    demand(signed, "SHEET_CHANGED", member=stated.maker)
    return [*stated.said, ("sheet", {"member": stated.maker, "lines": len(stated.page.lines)})]


def sheet_digest(unsealed: bytes) -> bytes:
    """What the maker's system signs of a file."""
    return digest("sheet", sha256(unsealed).digest())


def check_text(sheet: Sheet, made: Page) -> None:
    """Whether the page says what the facts say, and nothing else."""
    found, wanted = sheet.text, squeezed("".join(made.texts()))
    place = next((n for n, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), None)
    if place is None and len(found) != len(wanted):
        place = min(len(found), len(wanted))
    if place is not None:
        context = max(0, place - 12)
        shown = {"found": found[context : place + 24], "wanted": wanted[context : place + 24]}
        demand(False, "PAGE_DIFFERS", **shown)


def _proven(given: Sequence[Object], proof: Proof) -> dict[str, list[Object]]:
    height, root = proof.headers[-1]["height"] - 1, proof.headers[-1]["app_hash"]
    rows: dict[str, list[Object]] = {}
    for row in given:
        demand(row["table"] in TABLES, "MALFORMED", what="rows")
        number, before, fields = TABLES[row["table"]]
        demand(set(fields) <= set(row["value"]), "MALFORMED", what="rows")
        parts = [*before, *(row["value"][field] for field in fields)]
        demand(all(type(part) in (int, str) for part in parts), "MALFORMED", what="rows")
        found = state_root(proof.all["genesis"]["tree_depth"], number, parts, row).hex()
        what = f"{row['table']} {parts[-1]}"[:100]
        demand(found == root, "RECORD_NOT_IN_STATE", what=what, height=height)
        demand(row["value"] not in rows.setdefault(row["table"], []), "MALFORMED", what="rows")
        rows[row["table"]].append(row["value"])
    return rows


def _named(proof: Proof) -> tuple[str, Party]:
    """The tag that an operation is by, and who has signed it; an empty tag where nobody shows."""
    kind, _, tag = proof.body["author"].partition(":")
    shown = [row["content"] for row in proof.all["opened"] if row["label"] == "identity"]
    if kind != "tag" or not shown:
        return "", Party("", "")
    content = parse(shown[0].encode())
    _, _, name, uscc = proof.certificates[content["certificate"]]
    return tag, Party(name, uscc)
