"""Instants as people here read them."""

from datetime import UTC, datetime, timedelta
from typing import Final

_SHANGHAI: Final = timedelta(hours=8)


def local(time_ms: int) -> str:
    """UTC milliseconds as the time of day in Shanghai, in which the ledger counts its days."""
    return (datetime.fromtimestamp(time_ms / 1000, UTC) + _SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
