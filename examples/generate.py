"""Writes the data set of `examples/chain`: an invented manufacturing chain, the same bytes every time.

Run it from the root of the project: ``python examples/generate.py``.  A test compares the files with what
this script would write, so they never drift apart.
"""

import csv
import sys
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tallychain.instruments.calendar import CalendarYear
from tallychain.instruments.money import Fen, format_amount
from tallychain.instruments.numbers import uscc_check_digit
from tallychain.integrations.einvoice import EInvoice, InvoiceLine, InvoiceParty, write_einvoice

FOLDER: Final = Path(__file__).parent / "chain"


class Member(NamedTuple):
    """One institution or enterprise of the alliance; ``body`` are the first 8 characters of its own code."""

    id: str
    name_zh: str
    name_en: str
    prefix: str
    body: str
    kinds: tuple[str, ...]
    follows: tuple[str, ...] = ()


class Client(NamedTuple):
    """One supplier, served by a sponsor; tier 1 sells to the core enterprise."""

    id: str
    name_zh: str
    name_en: str
    prefix: str
    body: str
    sponsor: str
    tier: int
    size_class: str


class Sale(NamedTuple):
    """One delivery with its invoice and the buyer's payable.  ``total_fen`` includes 13 % tax."""

    seller: str
    buyer: str
    issued: date
    due: date
    total_fen: int
    goods: str
    category: str
    order: str


# Region 99 does not exist, so no code is that of a real company.
MEMBERS: Final = (
    Member("core-a", "云杼重型装备股份有限公司", "Yunzhu Heavy Equipment Co., Ltd.", "91990101", "MA1CE0A1", ("CORE_ENTERPRISE",), ("bank-a", "bank-b")),
    Member("bank-a", "澜渡银行股份有限公司", "Landu Bank Co., Ltd.", "91990102", "MA1BK0A1", ("BANK",)),
    Member("bank-b", "栖岭银行股份有限公司", "Qiling Bank Co., Ltd.", "91990103", "MA1BK0B2", ("BANK",)),
    Member("factor-a", "禾榫商业保理有限公司", "Hesun Commercial Factoring Co., Ltd.", "91990104", "MA1FA0A1", ("FACTOR",)),
    Member("settle-a", "凝川清算银行股份有限公司", "Ningchuan Settlement Bank Co., Ltd.", "91990105", "MA1CH0A1", ("SETTLEMENT_BANK",)),
    Member("supervisor", "栎州金融监督管理局", "Lizhou Financial Supervision Bureau", "11990100", "00100203", ("SUPERVISOR",), ("settle-a", "factor-a")),
)  # fmt: skip
CLIENTS: Final = (
    Client("s1", "桐舟精密机械有限公司", "Tongzhou Precision Machinery Ltd.", "91990201", "MA2Y1N01", "bank-a", 1, "MEDIUM"),
    Client("s2", "砚峰铸造有限公司", "Yanfeng Foundry Ltd.", "91990202", "MA2Y2N02", "bank-b", 2, "SMALL"),
    Client("s3", "汐岚表面处理有限公司", "Xilan Surface Treatment Ltd.", "91990203", "MA2Y3N03", "bank-a", 2, "SMALL"),
    Client("s4", "赤坞炉料有限公司", "Chiwu Furnace Charge Ltd.", "91990204", "MA2Y4N04", "bank-b", 3, "MICRO"),
    Client("s5", "青笠型砂材料有限公司", "Qingli Moulding Materials Ltd.", "91990205", "MA2Y5N05", "bank-a", 3, "MICRO"),
    Client("s6", "朔望电控设备有限公司", "Shuowang Electric Control Ltd.", "91990206", "MA2Y6N06", "bank-b", 1, "MEDIUM"),
    Client("s7", "穗桥线缆有限公司", "Suiqiao Cable Ltd.", "91990207", "MA2Y7N07", "factor-a", 2, "SMALL"),
    Client("s8", "铜屿金属制品有限公司", "Tongyu Metal Products Ltd.", "91990208", "MA2Y8N08", "bank-b", 3, "MICRO"),
)  # fmt: skip

_V1_DUE: Final = date(2026, 9, 14)
_V2_DUE: Final = date(2026, 10, 4)
SALES: Final = (
    Sale("s1", "core-a", date(2026, 3, 2), _V1_DUE, 60_000_000, "*通用设备*主轴箱总成", "1090119000000000000", "4500017001"),
    Sale("s1", "core-a", date(2026, 3, 9), _V1_DUE, 52_000_000, "*通用设备*进给机构总成", "1090119000000000000", "4500017002"),
    Sale("s6", "core-a", date(2026, 3, 12), _V2_DUE, 88_000_000, "*配电控制设备*数控电气柜", "1090402000000000000", "4500017003"),
    Sale("s6", "core-a", date(2026, 3, 27), _V2_DUE, 23_650_000, "*配电控制设备*操作面板", "1090402000000000000", "4500017004"),
    Sale("s2", "s1", date(2026, 2, 9), _V1_DUE, 30_000_000, "*金属制品*床身铸件", "1080199000000000000", "CG2026020011"),
    Sale("s3", "s1", date(2026, 2, 12), _V1_DUE, 12_500_001, "*金属制品*表面处理加工件", "1080199000000000000", "CG2026020012"),
    Sale("s7", "s6", date(2026, 2, 26), _V2_DUE, 31_000_000, "*电线电缆*拖链控制电缆", "1090405000000000000", "CG2026020031"),
    Sale("s4", "s2", date(2026, 1, 19), _V1_DUE, 18_000_000, "*黑色金属冶炼压延品*铸造生铁", "1080101000000000000", "PO-26-0107"),
    Sale("s5", "s2", date(2026, 1, 22), _V1_DUE, 4_680_000, "*非金属矿石*树脂型砂", "1020502000000000000", "PO-26-0109"),
    Sale("s8", "s7", date(2026, 1, 28), _V2_DUE, 15_000_000, "*有色金属及稀有金属*无氧铜丝", "1080201000000000000", "PO-26-0115"),
)  # fmt: skip


class MemberEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One member as the alliance file lists it."""

    id: str
    name_zh: str
    name_en: str
    uscc: str
    kinds: tuple[str, ...]
    follows: tuple[str, ...] = ()


class ClientEntry(msgspec.Struct, frozen=True):
    """One client as the alliance file lists it."""

    id: str
    name_zh: str
    name_en: str
    uscc: str
    sponsor: str
    tier: int
    size_class: str


class Alliance(msgspec.Struct, frozen=True):
    """Who takes part.  ``code`` stands in voucher numbers."""

    code: str
    members: tuple[MemberEntry, ...]
    clients: tuple[ClientEntry, ...]


class Allocation(msgspec.Struct, frozen=True):
    """How much of an invoice backs a voucher."""

    invoice: str
    amount_fen: int


class PlannedVoucher(msgspec.Struct, frozen=True):
    """One voucher that the story issues."""

    reference: str
    issuer: str
    first_holder: str
    face_fen: int
    issue_date: date
    maturity: date
    settlement_bank: str
    allocations: tuple[Allocation, ...]


class PlannedTransfer(msgspec.Struct, frozen=True):
    """One part that a holder passes on, for the invoice of its own supplier."""

    voucher: str
    giver: str
    receiver: str
    amount_fen: int
    invoice: str


class Story(msgspec.Struct, frozen=True):
    """What happens, in order."""

    vouchers: tuple[PlannedVoucher, ...]
    transfers: tuple[PlannedTransfer, ...]


def files() -> dict[str, bytes]:
    """Every file of the data set: its path below `examples/chain` and its bytes."""
    invoices = [invoice(number, sale) for number, sale in enumerate(SALES, start=1)]
    written = {
        "alliance.json": _pretty(alliance()),
        "calendar-2026.json": _pretty(CALENDAR_2026),
        "story.json": _pretty(story(invoices)),
        "payables/core-a-sap.csv": _sap("core-a", invoices).encode(),
        "payables/s1-kingdee.csv": _kingdee("s1", invoices).encode("gbk"),
        "payables/s6-kingdee.csv": _kingdee("s6", invoices).encode("gbk"),
        "payables/s2-yonyou.csv": _yonyou("s2", invoices).encode("utf-8-sig"),
        "payables/s7-yonyou.csv": _yonyou("s7", invoices).encode("utf-8-sig"),
    }
    for made in invoices:
        written[f"invoices/{made.number}.xml"] = write_einvoice(made)
    return written | _mistakes(invoices[0], invoices)


def alliance() -> Alliance:
    """The members and clients with their credit codes."""
    members = (MemberEntry(m.id, m.name_zh, m.name_en, uscc(m), m.kinds, m.follows) for m in MEMBERS)
    clients = (
        ClientEntry(c.id, c.name_zh, c.name_en, uscc(c), c.sponsor, c.tier, c.size_class) for c in CLIENTS
    )
    return Alliance("TALY", tuple(members), tuple(clients))


def uscc(party: Member | Client) -> str:
    """A credit code with right check digits: that of the organisation code inside (mod 11) and its own."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(alphabet.index(c) * weight for c, weight in zip(party.body, weights, strict=True))
    inner = "0123456789X"[-total % 11]
    body = party.prefix + party.body + inner
    return body + uscc_check_digit(body)


def invoice(serial: int, sale: Sale) -> EInvoice:
    """The e-invoice of one sale: 13 % tax inside the total; year 26, region 99."""
    net = (2 * sale.total_fen * 100 + 113) // (2 * 113)
    tax = sale.total_fen - net
    return EInvoice(
        number=f"26992{serial:015d}",
        issue_date=sale.issued,
        seller=_invoice_party(sale.seller),
        buyer=_invoice_party(sale.buyer),
        amount_fen=Fen(net),
        tax_fen=Fen(tax),
        total_fen=Fen(sale.total_fen),
        lines=(InvoiceLine(sale.goods, sale.category, net, tax, "0.13"),),
    )


def story(invoices: list[EInvoice]) -> Story:
    """Two vouchers of the core enterprise, passed down three tiers."""
    numbers = [made.number for made in invoices]
    v1 = PlannedVoucher(
        "V1", "core-a", "s1", 100_000_000, date(2026, 3, 16), _V1_DUE, "settle-a",
        (Allocation(numbers[0], 60_000_000), Allocation(numbers[1], 40_000_000)),
    )  # fmt: skip
    v2 = PlannedVoucher(
        "V2", "core-a", "s6", 50_000_000, date(2026, 4, 8), _V2_DUE, "settle-a",
        (Allocation(numbers[2], 50_000_000),),
    )  # fmt: skip
    transfers = [("V1", SALES[n], numbers[n]) for n in (4, 5, 7, 8)] + [
        ("V2", SALES[n], numbers[n]) for n in (6, 9)
    ]
    return Story(
        (v1, v2),
        tuple(
            PlannedTransfer(v, sale.buyer, sale.seller, sale.total_fen, number)
            for v, sale, number in transfers
        ),
    )


def main() -> None:
    """Write every file."""
    for name, content in files().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sys.stdout.write(f"{path.relative_to(FOLDER.parent)}: {len(content):,} bytes\n")


def _party(party_id: str) -> Member | Client:
    return next(party for party in (*MEMBERS, *CLIENTS) if party.id == party_id)


def _invoice_party(party_id: str) -> InvoiceParty:
    party = _party(party_id)
    return InvoiceParty(party.name_zh, uscc(party))


def _pretty(value: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _bought_by(buyer: str, invoices: list[EInvoice]) -> list[tuple[int, Sale, EInvoice]]:
    pairs = zip(SALES, invoices, strict=True)
    return [(n, sale, made) for n, (sale, made) in enumerate(pairs, start=1) if sale.buyer == buyer]


SAP_HEAD: Final = [
    "BUKRS",
    "BELNR",
    "GJAHR",
    "BLART",
    "LIFNR",
    "NAME1",
    "STCD5",
    "XBLNR",
    "BLDAT",
    "WRBTR",
    "WAERS",
    "NETDT",
    "EBELN",
]


def _sap(buyer: str, invoices: list[EInvoice]) -> str:
    """Technical field names, dates with dots, amounts with separators."""
    rows = [
        ("1000", f"51056001{n:02d}", "2026", "RE", f"00001000{sale.seller[1:]}0", made.seller.name, made.seller.uscc,
         made.number, f"{made.issue_date:%Y.%m.%d}", format_amount(made.total_fen), "CNY", f"{sale.due:%Y.%m.%d}", sale.order)
        for n, sale, made in _bought_by(buyer, invoices)
    ]  # fmt: skip
    return _table(SAP_HEAD, rows)


def _kingdee(buyer: str, invoices: list[EInvoice]) -> str:
    """Chinese column heads, currency in words, dates with slashes."""
    head = [
        "单据编号",
        "业务日期",
        "供应商",
        "统一社会信用代码",
        "发票号",
        "价税合计",
        "币别",
        "到期日",
        "采购订单号",
        "备注",
    ]
    rows = [
        (f"AP2026{n:05d}", f"{made.issue_date:%Y/%m/%d}", made.seller.name, made.seller.uscc, made.number,
         format_amount(made.total_fen).replace(",", ""), "人民币", f"{sale.due:%Y/%m/%d}", sale.order, "")
        for n, sale, made in _bought_by(buyer, invoices)
    ]  # fmt: skip
    return _table(head, rows)


def _yonyou(buyer: str, invoices: list[EInvoice]) -> str:
    """Other Chinese column heads, currency as RMB, dates with hyphens."""
    head = [
        "单据号",
        "单据日期",
        "供应商名称",
        "纳税人登记号",
        "发票号",
        "原币金额",
        "币种",
        "到期日期",
        "订单号",
    ]
    rows = [
        (f"YF-26-{n:04d}", f"{made.issue_date}", made.seller.name, made.seller.uscc, made.number,
         format_amount(made.total_fen), "RMB", f"{sale.due}", sale.order)
        for n, sale, made in _bought_by(buyer, invoices)
    ]  # fmt: skip
    return _table(head, rows)


def _mistakes(sound: EInvoice, invoices: list[EInvoice]) -> dict[str, bytes]:
    """Files that have to be refused, each for one reason, and a table of which some rows are."""
    xml = write_einvoice(sound).decode()
    head, body = xml.split("\n", 1)
    wrong_digit = sound.seller.uscc[:17] + ("0" if sound.seller.uscc[17] != "0" else "1")
    entity = f'{head}\n<!DOCTYPE EInvoice [<!ENTITY who SYSTEM "file:///etc/hostname">]>\n{body}'
    table = _sap("core-a", invoices).split("\r\n")
    cells = next(csv.reader(table[1:2]))
    wrong_rows = [
        {1: "5105600191", 6: wrong_digit},
        {1: "5105600192", 7: "2.6992E+19"},
        {1: "5105600193", 9: "45,000.00-"},
        {1: "5105600194", 11: "14.09.2026"},
    ]
    rows = [[change.get(place, cell) for place, cell in enumerate(cells)] for change in [{}, *wrong_rows]]
    return {
        "refused/entity.xml": entity.replace(sound.seller.name, "&who;").encode(),
        "refused/wrong-check-digit.xml": xml.replace(sound.seller.uscc, wrong_digit).encode(),
        "refused/totals-differ.xml": xml.replace("600000.00", "600000.01", 1).encode(),
        "refused/red-letter.xml": xml.replace(">530973.45", ">-530973.45").encode(),
        "refused/some-rows-wrong.csv": _table(SAP_HEAD, rows).encode(),
    }


def _days(month: int, *days: int) -> tuple[date, ...]:
    return tuple(date(2026, month, day) for day in days)


#: Business days of mainland China in 2026 as announced: free weekdays, worked weekend days.
CALENDAR_2026: Final = CalendarYear(
    year=2026,
    holidays=(
        *_days(1, 1, 2), *_days(2, 16, 17, 18, 19, 20, 23), *_days(4, 6), *_days(5, 1, 4, 5),
        *_days(6, 19), *_days(9, 25), *_days(10, 1, 2, 5, 6, 7),
    ),
    make_up_working_days=(
        *_days(1, 4), *_days(2, 14, 28), *_days(5, 9), *_days(9, 20), *_days(10, 10),
    ),
    version=1,
)  # fmt: skip


if __name__ == "__main__":
    main()
