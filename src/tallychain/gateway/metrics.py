"""Figures for operators: counts and sizes, never a payload, a name or a passphrase."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)
