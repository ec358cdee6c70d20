"""Changes of keys as rows, and what a gateway could open of the statements about clients."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.contracts.vouchers.rekeying import events
from tallychain.contracts.vouchers.rekeying.contents import ClientContent
from tallychain.contracts.vouchers.rekeying.operations import ConsentRekey, ProposeRekey
from tallychain.contracts.vouchers.rekeying.state import (
    CONSENTED,
    FORGOTTEN,
    PROPOSED,
    REKEYED,
    TAKEABLE,
    VETOED,
)
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import Timeline, settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    PROPOSED: Words("proposed", "已申请"),
    CONSENTED: Words("confirmed, may be objected to", "已确认，异议期内"),
    TAKEABLE: Words("may be taken over", "可接管"),
    REKEYED: Words("taken over", "已接管"),
    VETOED: Words("objected to", "已提出异议"),
    FORGOTTEN: Words("over", "已结束"),
}


def _proposed(event: events.RekeyProposed, fact: Fact) -> Rows:
    return set_row(
        "rekeys",
        (event.rekey,),
        {
            "voucher": event.voucher,
            "issuer": event.issuer,
            "holding": event.holding,
            "tag": event.tag,
            "sponsor": event.sponsor,
            "receiver": event.receiver.tag,
            "proposer": event.proposer,
            "second": event.second,
            "operation": fact.operation,
            "height": fact.height,
            "proposed_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _ended(name: str, status: Timeline, fact: Fact) -> Rows:
    """By an act, or by time, which is none."""
    act: Values = {"last_act": fact.operation} if fact.operation else {}
    return set_row("rekeys", (name,), {**act, "status": status})


REKEYS_VIEW = View(
    name="rekeys",
    title=Words("Changes of keys", "密钥更换"),
    key=("rekey",),
    columns=(
        columns.text("rekey", "Change of keys", "密钥更换编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("holding", "Holding when proposed", "申请时持有份额"),
        columns.text("tag", "Old tag", "原标签"),
        columns.text("sponsor", "Sponsor when proposed", "申请时接入机构"),
        columns.text("receiver", "New tag", "新标签"),
        columns.text("proposer", "Proposed by", "申请机构"),
        columns.text("second", "Second bank", "复核银行"),
        columns.text("operation", "Operation", "操作"),
        columns.text("consent", "Consent of the second bank", "复核银行确认操作"),
        columns.text("last_act", "Act that ended it", "终止操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("proposed_at", "Proposed at", "申请时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.RekeyProposed, _proposed),
        of(
            events.RekeyConsented,
            lambda e, f: set_row("rekeys", (e.rekey,), {"consent": f.operation, "status": e.timeline}),
        ),
        of(events.RekeyVetoed, lambda e, f: _ended(e.rekey, e.timeline, f)),
        of(events.HolderRekeyed, lambda e, f: _ended(e.rekey, settled(REKEYED), f)),
        of(events.RekeyEnded, lambda e, f: _ended(e.rekey, settled(e.status), f)),
    ),
)


def _client(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, ClientContent) and isinstance(args, ProposeRekey | ConsentRekey):
        yield RowWrite(
            "rekey_clients",
            (opening.seat, opening.operation),
            {
                "rekey": opening.operation if isinstance(args, ProposeRekey) else args.rekey,
                "act": opening.type,
                "name": content.name,
                "uscc": content.uscc,
                "certificate": content.certificate,
                "ground": content.ground,
                "said_at": opening.time_ms,
            },
        )


CLIENTS_VIEW = View(
    name="rekey_clients",
    title=Words("Statements about clients that have lost their wallets", "钱包遗失客户说明"),
    key=("seat", "operation"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("operation", "Operation", "操作"),
        columns.text("rekey", "Change of keys", "密钥更换编号"),
        columns.text("act", "Act", "业务"),
        columns.text("name", "Client", "客户名称"),
        columns.text("uscc", "Unified social credit code", "统一社会信用代码"),
        columns.text("certificate", "Digest of the certificate", "证书摘要"),
        columns.text("ground", "Ground", "事由与核验方式"),
        columns.time("said_at", "Said at", "说明时间"),
    ),
    private=True,
    project_opening=_client,
)

VIEWS = (REKEYS_VIEW, CLIENTS_VIEW)
