"""Acts that are on record as false, as rows for every member."""

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.challenging.events import IdentityShownFalse
from tallychain.contracts.vouchers.challenging.state import FORM, PERSON, SIGNATURE
from tallychain.contracts.vouchers.projections import Rows, of, set_row
from tallychain.ledger.contract import Words
from tallychain.ledger.views import Fact, View

WORDS = {
    FORM: Words("not the form of an identity", "不具主体信息格式"),
    PERSON: Words("the certificate names somebody else", "证书主体不符"),
    SIGNATURE: Words("not signed by the certified key", "证书密钥未签署"),
}


def _shown(event: IdentityShownFalse, fact: Fact) -> Rows:
    return set_row(
        "false_identities",
        (event.challenged,),
        {
            "voucher": event.voucher,
            "issuer": event.issuer,
            "kind": event.kind,
            "tag": event.tag,
            "sponsor": event.sponsor,
            "challenger": event.challenger,
            "ground": event.ground,
            "ended": ", ".join(event.ended),
            "operation": fact.operation,
            "height": fact.height,
            "shown_at": fact.time_ms,
        },
    )


FALSE_IDENTITIES_VIEW = View(
    name="false_identities",
    title=Words("False identities", "虚假主体信息"),
    key=("act",),
    columns=(
        columns.text("act", "Act", "被质疑操作"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("kind", "Kind", "操作类型"),
        columns.text("tag", "Tag", "标签"),
        columns.text("sponsor", "Carried by", "承办机构"),
        columns.text("challenger", "Shown by", "质疑机构"),
        columns.text("ground", "Ground", "理由"),
        columns.text("ended", "Ended with it", "随之终止"),
        columns.text("operation", "Operation", "操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("shown_at", "Shown at", "质疑时间"),
    ),
    project=of(IdentityShownFalse, _shown),
)

VIEWS = (FALSE_IDENTITIES_VIEW,)
