"""What a certificate says, line by line, from rows that are proven: the same words for whoever draws the page and whoever checks it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from .basics import Object, demand

KINDS = ("payable", "voucher", "holding", "settlement", "default")
UNPAID = ("UNPAID_PENDING", "OVERDUE")

# Titles, words and notes as name | English | Chinese.
_WORDS = """
payable | Supply Chain Financing Confirmation: Payable | 供应链融资确权证明（应付账款） || voucher | Supply Chain Financing Confirmation: Voucher | 供应链融资确权证明（电子凭证） || holding | Supply Chain Financing Confirmation: Holding | 供应链融资确权证明（持有证明） || settlement | Settlement Statement | 清分结算证明 || default | Statement of Default | 逾期未付证明 ||
ISSUED | waits for acceptance | 待签收 || ACTIVE | active | 有效 || REJECTED | rejected | 已拒签 || EXPIRED | expired | 已失效 || WITHDRAWN | withdrawn | 已撤回 || DUE | due | 已到期 || DUE_UNDATED | due, day not fixed | 已到期（日期未定） || CANCELLED | cancelled by all | 已注销 || UNPAID_PENDING | unpaid at the cut-off | 截止未付 || OVERDUE | overdue | 已逾期 || SETTLED | settled | 已结清 || SETTLED_LATE | settled late | 逾期结清 || RELEASED | released | 已豁免 ||
PRESENTED | waits for the debtor | 待确权 || CONFIRMED | confirmed | 已确权 || CONTESTED | contested | 有异议 || LAPSED | lapsed, not answered | 逾期未答复 || PAST_DUE | due | 已到应付日 || ORDER | order | 订单 || DELIVERY | delivery | 交付 || INVOICE | invoice | 发票 ||
FIRM | firm | 已确定 || PROVISIONAL | provisional | 暂定 || ISSUE | by issue | 开立取得 || TRANSFER | by transfer | 受让取得 || SPLIT_REST | rest of a split | 拆分剩余 || COURT | by a court | 司法取得 || FINANCED | by financing | 融资取得 || RECOURSE_BUYBACK | bought back | 回购取得 || FREEZE | freeze | 冻结 || PLEDGE | pledge | 质押 || FINANCING | financing | 融资锁定 || OFFER | offer | 转让锁定 || DISPUTE | dispute | 争议 || REDEMPTION | early redemption agreed | 提前兑付锁定 || RECOURSE | buy-back agreed | 回购锁定 ||
STANDING | stands for what holders are owed | 担保中 || CALLED | has to pay | 待代偿 || DEFAULTED | has not paid in time | 逾期未代偿 || SUBROGATED | has paid, the issuer owes it | 已代偿 || REPAID | has been repaid by the issuer | 已获偿还 || FREED | free | 已解除 ||
note_facts | Every line is taken from the ledger's records as they stood after the block named above. The attached file certificate.json holds these records with what proves them. | 以上各项均取自账本在上述区块之后的记载；附件 certificate.json 含有该等记载及其证明。 || note_names | A name of an enterprise stands here only where the seat that asked for this page could open it; its certified key signed the operation that is attached. | 企业名称仅在申请本证明的席位有权查看时列示，并以其经认证密钥签署的操作为据。 || note_height | It says how things stood at that block, not how they stand today. | 本证明反映该区块时点的状态，不代表当前状态。 || note_check | To check it without any network: python -m verify FILE --genesis DIGEST, or tally certificate verify FILE. The code on this page names the attached file by its digest. | 离线核验：python -m verify 文件 --genesis 摘要，或 tally certificate verify 文件。页面二维码载有附件摘要。
"""
WORDS = {row[0]: row[1:] for row in (text.strip().split(" | ") for text in _WORDS.split("||"))}
_DIGITS, _PLACES, _GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿", "兆")


class Line(NamedTuple):
    """One line of a page: what it is, in both languages, and what is so."""

    en: str
    zh: str
    value: str


class Party(NamedTuple):
    """Who stands behind a tag, as its own certified key has shown."""

    name: str
    uscc: str


class Facts(NamedTuple):
    """What is proven: the kind and subject of a certificate, its rows by table, and where they stand."""

    kind: str
    subject: str
    rows: dict[str, list[Object]]
    names: dict[str, Party]
    """By tag."""
    opened: Object
    """Content of the sealed part that tells of the trade, where it is shown; else empty."""
    chain: str
    genesis: str
    height: int
    time_ms: int
    """Of the header that carries the state after this height."""
    header: str
    """Digest of that header."""
    maker: str


class Page(NamedTuple):
    """A page: titles, lines, notes."""

    titles: tuple[str, str]
    lines: tuple[Line, ...]
    notes: tuple[tuple[str, str], ...]

    def texts(self) -> Iterable[str]:
        """Every text in the order in which it is drawn."""
        yield self.titles[1]
        yield self.titles[0]
        for line in self.lines:
            yield from (line.zh, line.en, line.value)
        for en, zh in self.notes:
            yield from (zh, en)


def page(facts: Facts, digest: str) -> Page:
    """The page that states these facts; `digest` names the attached file.  Refuses facts that do not belong together."""
    en, zh = WORDS[facts.kind]
    lines = [
        *_OF_KIND[facts.kind](facts),
        Line("Chain", "链", facts.chain),
        Line("Genesis document", "创世文件", facts.genesis),
        Line("State after block", "截至区块", f"{facts.height}"),
        Line("Proven by the header of block", "据以证明的区块头", f"{facts.height + 1} · {facts.header}"),
        Line("Time of that header (UTC)", "该区块头时间（UTC）", _time(facts.time_ms)),
        Line("Made by the system of", "出具机构", _member(facts, facts.maker)),
        Line("Digest of the attached file", "附件摘要", digest),
    ]
    notes = [WORDS[name] for name in ("note_facts", "note_names", "note_height", "note_check")]
    return Page((en, zh), tuple(lines), tuple((note[0], note[1]) for note in notes))


def money(fen: int) -> str:
    """An amount in figures and in Chinese capitals, as it is written on bills."""
    return f"CNY {fen // 100:,}.{fen % 100:02}（人民币{capitals(fen)}）"


def capitals(fen: int) -> str:
    """
    An amount in fen in Chinese capitals: 1,000,000.05 yuan is 壹佰万元零伍分.

    Follows the rules for filling in bills (支付结算办法, annex 1): one 零 for a row of zeros between digits, 整 where there are no fen.
    """
    yuan, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    said = _whole(yuan) + "元" if yuan else ""
    if not jiao and not cent:
        return (said or "零元") + "整"
    if jiao:
        # Where the yuan end in a zero, 零 may stand before the jiao; it does here.
        said += ("零" if yuan and yuan % 10 == 0 else "") + _DIGITS[jiao] + "角"
    elif yuan:
        said += "零"
    return said + (_DIGITS[cent] + "分" if cent else "整")


def _whole(number: int) -> str:
    text, gap = "", False
    for group in range(len(_GROUPS) - 1, -1, -1):
        four = number // 10 ** (4 * group) % 10_000
        if four:
            text += ("零" if text and (gap or four < 1_000) else "") + _four(four) + _GROUPS[group]
        gap = not four
    return text


def _four(number: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place]
        gap = digit == 0
    return text


def _payable(facts: Facts) -> list[Line]:
    row = _one(facts, "payable")
    demand(row["payable"] == facts.subject, "CERTIFICATE_ROWS_DIFFER", what="payable")
    presenter = row["presenter"]
    told = facts.opened
    return [
        Line("Payable", "应付账款编号", row["payable"]),
        Line("Debtor", "债务人", _member(facts, row["issuer"])),
        Line("Creditor", "债权人", _holder(facts, presenter["tag"], presenter["sponsor"])),
        Line("Amount", "金额", money(row["amount"])),
        Line("Due on", "到期日", row["due_day"]),
        Line("Rests on", "基础单据类别", _word(row["kind"])),
        Line("Papers named by fingerprint", "单据指纹数", f"{len(row['invoices'])}"),
        Line(
            "Taken by vouchers (living and awaiting acceptance)",
            "已被凭证占用（含待签收）",
            money(sum(use["amount"] for use in row["uses"])),
        ),
        *_status(row),
        *_told(told, (("relation", "Contract or order", "合同或订单"), ("purpose", "Purpose", "用途"))),
    ]


def _voucher_lines(facts: Facts, row: Object) -> list[Line]:
    return [
        Line("Voucher", "凭证编号", row["number"]),
        Line("Issuer", "开立方", _member(facts, row["issuer"])),
        Line("Face", "票面金额", money(row["face"])),
        Line("Issued on", "开立日", row["issue_day"]),
        Line("Maturity", "到期日", f"{row['effective_maturity']}（{_word(row['maturity'])}）"),
        Line("Settlement bank", "清分行", _member(facts, row["settlement_bank"])),
        Line("Paid, paid outside, or released", "已付、直接支付或豁免", money(row["discharged"])),
        *_status(row),
        *_guarantor(facts, row),
    ]


def _guarantor(facts: Facts, voucher: Object) -> list[Line]:
    """Who stands for the issuer, where the record of it is given; nothing is said where none is."""
    lines: list[Line] = []
    for row in facts.rows.get("guarantee", []):
        right = row["voucher"] == voucher["number"] and row["issuer"] == voucher["issuer"]
        demand(right and not lines, "CERTIFICATE_ROWS_DIFFER", what="guarantee")
        timeline = row["timeline"]
        lines = [
            Line("Guarantor", "担保机构", _member(facts, row["guarantor"])),
            Line("The guarantor stands for", "担保余额", money(row["liable"])),
            Line("Paid by the guarantor", "担保机构已代偿", money(row["paid"])),
            Line("Of it repaid by the issuer", "其中开立方已偿还", money(row["repaid"])),
            Line("Guarantee as recorded", "账本记载担保状态", _word(timeline["status"])),
            *_later(timeline),
        ]
    return lines


def _voucher(facts: Facts) -> list[Line]:
    row = _one(facts, "voucher")
    demand(row["number"] == facts.subject, "CERTIFICATE_ROWS_DIFFER", what="voucher")
    first = row["receiver"]
    shown = (
        ("promise", "Promise to pay", "付款承诺"),
        ("contract", "Contract", "合同"),
        ("invoices", "Invoices", "发票"),
        ("purpose", "Purpose", "用途"),
    )
    return [
        *_voucher_lines(facts, row),
        Line("Promised to", "签收方", _holder(facts, first["tag"], first["sponsor"])),
        Line("Digest of the promise's text", "付款承诺摘要", row["promise"]),
        *_told(facts.opened, shown),
    ]


def _holding(facts: Facts) -> list[Line]:
    row, voucher = _one(facts, "holding"), _one(facts, "voucher")
    name = f"{row['voucher']}:{row['first']}-{row['last']}:{row['seq']}"
    right = name == facts.subject and row["voucher"] == voucher["number"]
    demand(right, "CERTIFICATE_ROWS_DIFFER", what="holding")
    bound = [
        Line(
            "Bound",
            "权利负担",
            f"{_word(item['kind'])} · {item['first']}-{item['last']} · {money(item['last'] - item['first'] + 1)} · {item['by']}"
            + (f" · ≤ {_time(item['until_ms'])}" if item["until_ms"] else ""),
        )
        for item in row["encumbrances"]
    ]
    return [
        Line("Holding", "持有份额编号", facts.subject),
        Line("Holder", "持有人", _holder(facts, row["tag"], row["sponsor"])),
        Line("Amount held", "持有金额", money(row["last"] - row["first"] + 1)),
        Line("Units of 0.01 yuan", "单位区间（每单位 0.01 元）", f"{row['first']}-{row['last']}"),
        Line("Layer of transfer", "流转层级", f"{row['layer']}"),
        Line("Acquired", "取得方式", _word(row["acquired_by"])),
        *(bound or [Line("Bound", "权利负担", "无 none")]),
        *_voucher_lines(facts, voucher),
    ]


def _settlement(facts: Facts) -> list[Line]:
    voucher, row = _one(facts, "voucher"), _one(facts, "settlement")
    right = voucher["number"] == row["voucher"] == facts.subject
    demand(right, "CERTIFICATE_ROWS_DIFFER", what="settlement")
    return [
        *_voucher_lines(facts, voucher),
        Line("Attested as received", "清分行确认到账", money(row["received"])),
        Line("Of it booked by the cut-off", "其中截止前到账", money(row["in_time"])),
        Line("Late interest received", "到账逾期利息", money(row["interest"])),
        Line("Paid out to holders", "已兑付", money(row["paid_out"])),
        Line("Payable now and not yet paid out", "可兑付未兑付", money(row["payable"])),
        Line("Attestations", "到账确认次数", f"{row['attestations']}"),
        *_portions(facts, voucher),
    ]


def _portions(facts: Facts, voucher: Object) -> list[Line]:
    rows = facts.rows.get("shares", [])
    demand(all(row["voucher"] == voucher["number"] for row in rows), "CERTIFICATE_ROWS_DIFFER", what="shares")
    return [
        Line(
            "Holding from unit",
            "自单位起的份额",
            f"{part['first']} · {money(part['share'])}"
            + (f" · +{money(part['interest'])}" if part["interest"] else "")
            + (" · 暂缓支付 withheld" if part["withheld"] else ""),
        )
        for row in rows
        for part in row["portions"]
    ]


def _default(facts: Facts) -> list[Line]:
    voucher = _one(facts, "voucher")
    demand(voucher["number"] == facts.subject, "CERTIFICATE_ROWS_DIFFER", what="voucher")
    timeline = voucher["timeline"]
    demand(timeline["status"] in UNPAID, "CERTIFICATE_NO_DEFAULT", status=timeline["status"])
    missed = [row for row in facts.rows.get("missed", []) if row["voucher"] == voucher["number"]]
    demand(len(missed) == len(facts.rows.get("missed", [])), "CERTIFICATE_ROWS_DIFFER", what="missed")
    return [
        *_voucher_lines(facts, voucher),
        Line("Still owed", "尚欠金额", money(voucher["face"] - voucher["discharged"])),
        Line("Was to be paid by (UTC)", "付款截止时间（UTC）", _time(voucher["cutoff_ms"])),
        *(
            [Line("Overdue from (UTC)", "逾期起始（UTC）", _time(voucher["overdue_ms"]))]
            if voucher["overdue_ms"]
            else []
        ),
        *(
            Line("Missed payment on record since (UTC)", "未付记录起始（UTC）", _time(row["since_ms"]))
            for row in missed
        ),
        *_portions(facts, voucher),
    ]


_OF_KIND = {
    "payable": _payable,
    "voucher": _voucher,
    "holding": _holding,
    "settlement": _settlement,
    "default": _default,
}


def _one(facts: Facts, table: str) -> Object:
    rows = facts.rows.get(table, [])
    demand(len(rows) == 1, "CERTIFICATE_ROWS_DIFFER", what=table)
    return rows[0]


def _member(facts: Facts, member: str) -> str:
    found = [row for row in facts.rows.get("member", []) if row["member"] == member]
    demand(len(found) == 1, "CERTIFICATE_ROWS_DIFFER", what=f"member {member}"[:60])
    return f"{found[0]['name']}（{found[0]['uscc']}）"


def _holder(facts: Facts, tag: str, sponsor: str) -> str:
    found = facts.names.get(tag)
    name = f"{found.name}（{found.uscc}）" if found else "（未披露 not disclosed）"
    return f"{name} · {tag} · 接入机构 sponsor {_member(facts, sponsor)}"


def _status(row: Object) -> list[Line]:
    timeline = row["timeline"]
    said = Line("Status as recorded", "账本记载状态", _word(timeline["status"]))
    return [said, *_later(timeline)]


def _later(timeline: Object) -> list[Line]:
    return [
        Line(
            "Later, if nothing happens, from (UTC)",
            "其后如无变化，自（UTC）",
            f"{_time(step['at_ms'])} {_word(step['status'])}",
        )
        for step in timeline["steps"]
    ]


def _told(content: Object, fields: tuple[tuple[str, str, str], ...]) -> list[Line]:
    lines = []
    for field, en, zh in fields:
        value = content.get(field, "")
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        lines += [Line(en, zh, text)] if text else []
    return lines


def _word(name: str) -> str:
    en, zh = WORDS.get(name, (name, name))
    return f"{zh} {en}" if en != zh else en


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d %H:%M:%S}"
