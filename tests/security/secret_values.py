"""Every distinctive value of the visibility story: what it is, the row of the table in docs/confidentiality.md that it stands for, and who may have it."""

from collections.abc import Iterator
from dataclasses import replace

from tests.running import code_of
from tests.security.needles import Value

SPONSOR = {
    "s1": "bank-a",
    "s2": "bank-a",
    "s4": "bank-b",
    "s5": "factor-a",
    "s6": "bank-b",
    "s7": "factor-a",
}
NAME = {
    "s1": "霁岚精密铸造有限公司",
    "s2": "鹭屿冷轧钢带有限公司",
    "s4": "栾川耐火砂芯有限公司",
    "s5": "蓟郊废钢回收有限公司",
    "s6": "澧浦模具热处理有限公司",
    "s7": "鄢陵线束端子有限公司",
}
CODE = {client: code_of(4_812_001 + 7 * n) for n, client in enumerate(SPONSOR)}
STAFF = ("maker", "checker", "admin-1", "system")

IDENTITY = "identity behind a tag"
PROMISE = "promise and papers of the issue"
TRADE = "trade of a hop"
REJECTION = "reason of a rejection"
DECLINE = "reason of a decline"
PAYABLE = "relation, purpose and numbers of a payable's papers"
CONTEST = "reason of a contest"
CREDIT = "reason of a red letter or a review"
PAYEE = "payee account"
DRAFT = "draft that was not approved"
REFERENCE = "own reference, number of a red letter"
SENT = "document sent by letter"
KEPT = "document kept"
FILE = "file of a paper behind a payable"
PEOPLE = "names of a member's staff"
ADDRESS = "address of a webhook"
SESSION = "id of a session"
SECRET = "token, passphrase, secret of a webhook, second factor"

BEFORE = "settle-a/before-black-out"
"""The store of the settlement bank as it was until then; its own things are in it."""

# place: row of the table, members, accounts; each has contract, three invoices, purpose, amount; a promise has a text besides.
PLACES = {
    "promise 1": (PROMISE, "ce-a bank-a", "ce-a bank-a s1"),
    "promise 2": (PROMISE, "ce-a bank-a", "ce-a bank-a s2"),
    "promise 3": (DRAFT, "ce-a", "ce-a"),
    "promise 4": (PROMISE, "ce-a bank-b", "ce-a bank-b s6"),
    "promise 5": (PROMISE, "ce-a factor-a bank-b", "ce-a factor-a s7 bank-b/s7"),
    "promise 6": (PROMISE, "ce-a bank-a", "ce-a bank-a s2"),
    "promise 7": (DRAFT, "ce-a", "ce-a"),
    "trade s1 to s4": (TRADE, "bank-a bank-b", "bank-a bank-b s1 s4"),
    "trade s1 to s2": (TRADE, "bank-a", "bank-a s1 s2"),
    "trade s4 to s5, first": (TRADE, "bank-b factor-a", "bank-b factor-a s4 s5"),
    "trade s4 to s5": (TRADE, "bank-b factor-a", "bank-b factor-a s4 s5"),
    "trade s5 to s6": (TRADE, "bank-b factor-a", "bank-b factor-a s5 s6"),
}
REASONS = {
    "reason of s2's rejection": (REJECTION, "票面与对账单不符之丙", "ce-a bank-a", "ce-a bank-a s2"),
    "reason of s2's second rejection": (
        REJECTION,
        "收货人名称有误之戊",
        "ce-a bank-a",
        "ce-a bank-a s2",
    ),
    "reason of s2's decline": (DECLINE, "薄板厚度与合同不符之甲", "bank-a", "bank-a s1 s2"),
    "reason of s5's decline": (DECLINE, "废钢含铜超标之乙", "bank-b factor-a", "bank-b factor-a s4 s5"),
    "reason of a refused draft": (DRAFT, "额度审批未通过之丁", "ce-a", "ce-a"),
    "reason of the first contest": (CONTEST, "砂芯数量短缺之己", "ce-a bank-b", "ce-a bank-b s4"),
    "reason of the second contest": (CONTEST, "废钢从未订购之庚", "ce-a factor-a", "ce-a factor-a s5"),
    "reason of the red letter": (CREDIT, "铸件返修扣款之辛", "ce-a bank-a", "ce-a bank-a"),
    "reason of the issuer's review": (CREDIT, "另有补开单据之壬", "ce-a bank-a", "ce-a bank-a"),
    "reason of the sponsor's review": (CREDIT, "货款余额足抵之癸", "ce-a bank-a", "ce-a bank-a"),
}
# payable: its supplier, members, accounts
PAYABLES = {
    "payable 1": ("s1", "ce-a bank-a", "ce-a bank-a s1"),
    "payable 2": ("s2", "ce-a bank-a", "ce-a bank-a s2"),
    "payable 4": ("s6", "ce-a bank-b", "ce-a bank-b s6"),
    "payable 5": ("s7", "ce-a factor-a bank-b", "ce-a factor-a s7 bank-b/s7"),
    "payable 6": ("s2", "ce-a bank-a", "ce-a bank-a s2"),
    "payable contested": ("s4", "ce-a bank-b", "ce-a bank-b s4"),
    "payable contested too": ("s5", "ce-a factor-a", "ce-a factor-a s5"),
    "payable withdrawn": ("s4", "ce-a bank-b", "ce-a bank-b s4"),
}
# payee's holder: first unit of its holding, branch, number in the payment system, account
ACCOUNTS_OF = {
    "s1": (1_001, "霁岚城东支行营业部甲七", "102290088017", "6222880117000044019"),
    "s4": (501, "栾川矿区支行营业部乙八", "103290088024", "6222880224000055128"),
    "s5": (201, "蓟郊南苑支行营业部丙九", "104290088031", "6222880331000066237"),
    "s6": (1, "澧浦河西支行营业部丁十", "105290088048", "6222880448000077346"),
}
# document: row, file name, content, members, accounts
DOCUMENTS = {
    "document sent": (SENT, "送货签收单-KX880117.pdf", b"%PDF-1.4 signed by the warehouse of Jilan, lot 880117\n", "ce-a bank-a", "ce-a s1"),
    "document sent too": (SENT, "验收报告-KX880224.pdf", b"%PDF-1.4 tested by the laboratory of Luyu, lot 880224\n", "ce-a bank-a", "ce-a s2"),
    "document kept": (KEPT, "内部质检-QM550328.txt", b"inspection of core sand, lot 550328, keep inside\n", "bank-b", "s4"),
    "document of the bank": (KEPT, "入账回单-20260914-000731.txt", b"credited from account 6222009900118822, slip 000731\n", "settle-a", "settle-a"),
    "file of payable 4": (FILE, "增值税发票-KX880331.pdf", b"%PDF-1.4 invoice of the mill at Luanchuan, lot 880331\n", "ce-a bank-b", "ce-a/maker ce-a/checker s6"),
    "file of payable contested": (FILE, "出库单-KX880448.pdf", b"%PDF-1.4 delivery note of the mine, lot 880448\n", "ce-a bank-b", "ce-a/maker ce-a/checker s4"),
    "agreement": (KEPT, "清分服务协议-CE2026-17.txt", b"fee schedule of the paying agreement, 17 basis points\n", "ce-a", "ce-a"),
}  # fmt: skip
# client, members that know who it is, accounts to whom an answer says it, accounts that are entitled besides
IDENTITIES = (
    ("s1", "bank-a ce-a supervisor bank-b settle-a", "bank-a ce-a supervisor s1 s2 s4 settle-a", "bank-b"),
    ("s2", "bank-a ce-a supervisor", "bank-a ce-a supervisor s2 s1", ""),
    (
        "s4",
        "bank-b ce-a supervisor bank-a factor-a settle-a",
        "bank-b ce-a supervisor s4 s1 s5 settle-a",
        "bank-a factor-a",
    ),
    (
        "s5",
        "factor-a ce-a supervisor bank-b settle-a",
        "factor-a ce-a supervisor s5 s4 s6 settle-a",
        "bank-b",
    ),
    ("s6", "bank-b ce-a supervisor factor-a settle-a", "bank-b ce-a supervisor s6 s5 settle-a", "factor-a"),
    ("s7", "factor-a ce-a supervisor bank-b", "factor-a ce-a supervisor s7 bank-b bank-b/s7", ""),
)
PEOPLE_NAMES = {"ce-a": "濮阳知微", "bank-a": "闾丘望舒", "bank-b": "澹台若谷", "settle-a": "钟离怀瑾"}
_SYLLABLES = "霁岚鹭屿栾蓟澧鄢濮翎荻皋溆骊珞"
_COUNT = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"


def contract_of(place: str) -> str:
    """The number of the contract behind a promise or a hop."""
    return f"HT-KX-88{_number(place):02}17-R"


def reference_of(place: str) -> str:
    """The own number under which a party keeps something; it is on the ledger as a keyed hash alone."""
    return f"REF-{_number(place):02}-QM-{7 * _number(place) + 301}-ZB"


def invoices_of(place: str) -> tuple[str, ...]:
    """Three numbers of invoices of twenty digits."""
    return tuple(f"2699{_number(place):02}170000000044{n:02}" for n in (17, 28, 39))


def purpose_of(place: str) -> str:
    """What was delivered."""
    n = _number(place) % len(_SYLLABLES)
    return f"{_SYLLABLES[n]}{_SYLLABLES[n - 5]}零件{_COUNT[n]}字第{_number(place) + 811}批"


def amount_of(place: str) -> str:
    """What the papers add up to: long, so that its hexadecimal digits are not met by chance."""
    return f"{7_654_321_098_765 + 111_317_003_119 * _number(place):,}.{11 + _number(place)}"


def text_of(place: str) -> str:
    """The text of a promise."""
    return f"兹承诺于到期日无条件付款，专用条款第{173 + 111 * _number(place)}号。"


def papers(place: str) -> dict[str, object]:
    """The sealed content of a place, without the text of a promise."""
    return {
        "contract": contract_of(place),
        "invoices": list(invoices_of(place)),
        "purpose": purpose_of(place),
        "amount": amount_of(place),
    }


def passphrase_of(member: str) -> str:
    """The passphrase of an account that the story adds to a member."""
    return f"correct-horse-{member}-{_number(member) + 4_417}-battery"


def values(certificates: dict[str, bytes]) -> list[Value]:
    """Every value that is known before the story; `certificates` are those of the clients, in DER."""
    return [
        *_identities(certificates),
        *_promises_and_trades(),
        *_payables(),
        *(_value(row, name, text, members, seats) for name, (row, text, members, seats) in REASONS.items()),
        *_documents(),
        *_payees(),
        *_people(),
        *(
            nobodys(f"own reference of {place}", reference_of(place), row=REFERENCE)
            for place in (*PLACES, *PAYABLES)
        ),
    ]


def nobodys(name: str, content: str, *, row: str = SECRET, digest_stands: bool = False) -> Value:
    """A secret that stands nowhere in clear, not even with its owner's gateway."""
    return replace(_value(row, name, content, "", ""), digest_stands=digest_stands)


def owners(row: str, name: str, content: str, member: str, seats: str, may_see: str = "") -> Value:
    """Something that one member's gateway keeps for some of its accounts."""
    return _value(
        row, name, content, member, seats, f"{may_see} {BEFORE}" if member == "settle-a" else may_see
    )


def _identities(certificates: dict[str, bytes]) -> Iterator[Value]:
    for client, members, seats, may_see in IDENTITIES:
        for what, content in (("name", NAME[client]), ("credit code", CODE[client])):
            yield _value(IDENTITY, f"{what} of {client}", content, members, seats, may_see)
        # No answer gives a whole certificate out, but for proofs, and those only in hexadecimal.  A payee's name goes without it.
        knowing = " ".join(name for name in members.split() if name != "settle-a")
        entitled = f"{may_see} {seats}".replace("settle-a", "")
        yield _value(IDENTITY, f"certificate of {client}", certificates[client], knowing, "", entitled)


def _promises_and_trades() -> Iterator[Value]:
    for place, (row, members, seats) in PLACES.items():
        rows = [
            ("contract", contract_of(place)),
            ("purpose", purpose_of(place)),
            ("amount", amount_of(place)),
        ]
        rows += [(f"invoice {n}", invoice) for n, invoice in enumerate(invoices_of(place), 1)]
        if place.startswith("promise"):
            rows.append(("text", text_of(place)))
        for what, content in rows:
            yield _value(row, f"{place}: {what}", content, members, seats)


def _payables() -> Iterator[Value]:
    for place, (_, members, seats) in PAYABLES.items():
        first, second, _ = invoices_of(place)
        for what, content in (
            ("relation", contract_of(place)),
            ("purpose", purpose_of(place)),
            ("invoice 1", first),
            ("invoice 2", second),
        ):
            yield _value(PAYABLE, f"{place}: {what}", content, members, seats)


def _documents() -> Iterator[Value]:
    for place, (row, name, content, members, seats) in DOCUMENTS.items():
        yield _value(row, f"{place}: file name", name, members, seats)
        yield replace(_value(row, f"{place}: content", content, members, seats), digest_stands=True)


def _payees() -> Iterator[Value]:
    for client, (_, branch, code, account) in ACCOUNTS_OF.items():
        sponsor = SPONSOR[client]
        for what, content in (("branch", branch), ("number of the branch", code), ("account", account)):
            yield _value(
                PAYEE,
                f"payee {client}: {what}",
                content,
                f"{sponsor} settle-a ce-a",
                f"{sponsor} settle-a ce-a {client}",
            )


def _people() -> Iterator[Value]:
    for member, name in PEOPLE_NAMES.items():
        yield owners(PEOPLE, f"name of a person of {member}", name, member, f"{member}/admin-1")
        yield nobodys(f"passphrase at {member}", passphrase_of(member))


def _value(cell: str, name: str, content: str | bytes, members: str, seats: str, may_see: str = "") -> Value:
    return Value(name, content, frozenset(members.split()), seats_of(seats), seats_of(may_see), cell)


def seats_of(text: str) -> frozenset[str]:
    """`s1` is a client's account; `ce-a` stands for every account of that member's own staff, `ce-a/maker` for one."""
    found = set()
    for name in text.split():
        if "/" in name:
            found.add(name)
        elif name in SPONSOR:
            found.add(f"{SPONSOR[name]}/{name}")
        else:
            found |= {f"{name}/{account}" for account in STAFF}
    return frozenset(found)


def _number(place: str) -> int:
    """A number of two digits that is this place's own."""
    return 10 + _ALL.index(place)


_ALL = (*PLACES, *PAYABLES, *PEOPLE_NAMES)
