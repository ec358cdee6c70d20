"""How values are written on pages: amounts in yuan, local days and instants, short names of keys, status shapes."""

import re
from datetime import datetime, timedelta, timezone
from typing import Final

import msgspec

from tallychain.instruments.money import format_amount

_LOCAL: Final = timezone(timedelta(hours=8))
_SHAPES: Final = {
    "ISSUED": "wait", "OPEN": "wait", "open": "wait", "queued": "wait", "submitted": "wait",
    "ACTIVE": "good", "LIVE": "good", "TAKEN": "good", "done": "good", "approved": "good",
    "PRESENTED": "wait", "VOTING": "wait", "PASSED": "wait", "PLANNED": "wait", "PENDING": "wait", "IN_REVIEW": "wait", "SUSPECT": "wait",
    "CONFIRMED": "good", "ENACTED": "good", "IN_FORCE": "good", "COUNTED": "good", "CLEAR": "good", "IN_ORDER": "good",
    "PROPOSED": "wait", "PAYING": "wait", "TO_RETURN": "wait", "RELEASING": "wait", "COLLECTED": "due",
    "SETTLED": "good", "PAID": "good", "RETURNED": "good", "SETTLED_LATE": "good",
    "UNPAID_PENDING": "bad", "OVERDUE": "bad", "UNPAID": "bad", "WITHHELD": "bad", "PAYOUT_LATE": "bad", "RETURN_LATE": "bad",
    "STATED": "wait", "PENNY_SENT": "wait", "CODE_RETURNED": "wait", "TESTED": "due", "STOPPED": "bad",
    "CONSENTED": "wait", "TAKEABLE": "due", "REKEYED": "good", "VETOED": "bad",
    "OFFERED": "wait", "AGREED": "wait", "REDEEMED": "good", "DEMANDED": "wait", "BOUGHT_BACK": "good",
    "BIDDING": "wait", "REVEALING": "wait", "CHOOSING": "wait", "REGISTERED": "wait", "UNCONFIRMED": "wait", "DISBURSED": "wait",
    "COMPLETED": "good", "TO_DEREGISTER": "wait", "DEREGISTER_LATE": "bad",
    "SHARING_GIVEN": "good", "SHARING_ASKED": "wait", "SHARING_REFUSED": "bad", "SHARING_SILENT": "bad",
    "persons_approved": "good", "persons_refused": "bad",
    "WITHOUT_BANK": "wait", "MISSED": "bad",
    "CONTESTED": "bad", "FAILED": "bad", "USED": "bad",
    "JOINING": "wait", "CHANGING": "wait", "LEAVING": "wait", "VALIDATING": "good", "ADMITTED": "good",
    "DUE": "due", "DUE_UNDATED": "due", "PAST_DUE": "due",
    "DOSSIER_WHOLE": "good", "DOSSIER_PROVEN": "good", "DOSSIER_UNPROVEN": "due", "DOSSIER_INCOMPLETE": "bad", "DOSSIER_MISSING": "bad",
    "REJECTED": "bad", "DECLINED": "bad", "refused": "bad", "turned_away": "bad", "SUSPENDED": "bad", "REVOKED": "bad",
}  # fmt: skip


def amount(fen: object) -> str:
    """Fen as yuan with thousands separators."""
    return format_amount(int(str(fen)))


def instant(time_ms: object) -> str:
    """UTC milliseconds as local date and time; a dash for none."""
    number = int(str(time_ms or 0))
    if number <= 0:
        return "–"
    return datetime.fromtimestamp(number / 1000, _LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def day(time_ms: object) -> str:
    """UTC milliseconds as a local date; a dash for none."""
    return instant(time_ms)[:10]


def short(text: object) -> str:
    """A key, digest or id, abbreviated in the middle; the page has the whole of it as well."""
    plain = str(text).rpartition(":")[2] if str(text).startswith(("ed25519:", "x25519:")) else str(text)
    return plain if len(plain) <= 16 else f"{plain[:8]}…{plain[-4:]}"


def shape(status: object) -> str:
    """The shape that stands beside a status, so that colour is never alone: wait, good, due, bad or ended."""
    return _SHAPES.get(str(status), "ended")


def size(number: object) -> str:
    """A number of bytes with the unit that reads best, rounded up, so that nothing is said to be smaller than it is."""
    count = int(str(number))
    for unit, name in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if count >= unit:
            tenths = -(-count * 10 // unit)
            return f"{tenths // 10}.{tenths % 10} {name}"
    return f"{count} B"


def slug(text: object) -> str:
    """A media type as the last part of a word's name."""
    return re.sub("[^a-z0-9]+", "_", str(text).rpartition("/")[2].lower())[:30].strip("_")


def pretty(text: object) -> str:
    """Canonical JSON with line breaks, for reading; the signed bytes have none.  What is no JSON stays as it is."""
    try:
        return msgspec.json.format(str(text).encode(), indent=2).decode()
    except msgspec.DecodeError:
        return str(text)
