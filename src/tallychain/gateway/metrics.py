"""Figures for operators: counts and sizes, never a payload, a name or a passphrase."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tallychain.gateway.outbox import End

CODES: Final = 300
"""More codes than these are not told apart."""
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "tally_gateway_requests", "Requests answered.", ("endpoint", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "tally_gateway_request_seconds", "Time to answer.", ("endpoint",), registry=self._registry
        )
        self.height = Gauge("tally_gateway_height", "Last block seen.", registry=self._registry)
        self.outbox = Gauge(
            "tally_gateway_outbox_open", "Operations without an end.", registry=self._registry
        )
        self.letters = Gauge(
            "tally_gateway_letters_waiting", "Letters not acknowledged.", registry=self._registry
        )
        self.webhooks = Gauge(
            "tally_gateway_webhook_deliveries",
            "Deliveries to webhooks.",
            ("state",),
            registry=self._registry,
        )
        self.streams = Gauge("tally_gateway_streams", "Open event streams.", registry=self._registry)

        self.rows_height = self._gauge("rows_height", "Last block in the rows for queries.")
        self.ledger_lag = self._gauge("rows_behind", "Blocks that the rows are behind the last block seen.")
        self.outbox_age = self._gauge("outbox_oldest_seconds", "Age of the operation that waits longest.")
        self.disk_free = self._gauge("disk_free_bytes", "Room on the disk of this gateway.")
        self.validators_silent = self._gauge(
            "validators_silent", "Validators that have signed none of the last hundred blocks."
        )
        self.payouts_late = self._gauge(
            "payouts_late", "Vouchers that this settlement bank should have paid out."
        )
        self.returns_late = self._gauge(
            "returns_late", "Amounts that this settlement bank should have returned."
        )
        self.payees_missing = self._gauge(
            "payees_missing", "Holdings whose account could not be named by this gateway itself."
        )
        self.ready = self._gauge("ready", "1 while acts are worth sending here.")
        self.alarms = Gauge(
            "tally_gateway_alarm",
            "1 while an alarm of this kind is raised.",
            ("kind",),
            registry=self._registry,
        )
        self._ends = Counter(
            "tally_gateway_operations", "Operations that ended.", ("end", "code"), registry=self._registry
        )
        self._codes: set[str] = set()

    def ended(self, ends: Sequence[End]) -> None:
        """Count how operations ended.  Codes are few and public; should they ever be many, the rest count as OTHER."""
        for end in ends:
            if end.code not in self._codes and len(self._codes) >= CODES:
                self._ends.labels(end.state, "OTHER").inc()
                continue
            self._codes.add(end.code)
            self._ends.labels(end.state, end.code).inc()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"tally_gateway_{name}", text, registry=self._registry)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)
