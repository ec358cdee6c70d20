"""Every setting of a node stands in the page for those who run one."""

from pathlib import Path

import msgspec
import pytest

from tallychain.engine.cometbft.settings import EngineSettings, SyncSettings
from tallychain.network.founding import FoundingNode
from tallychain.node.config import NodeSettings

DOCS = Path(__file__).resolve().parents[4] / "docs"
PAGES = "\n".join((DOCS / name).read_text(encoding="utf-8") for name in ("nodes.md", "operating.md"))


@pytest.mark.parametrize(
    "name",
    [
        field.name
        for settings in (EngineSettings, SyncSettings, NodeSettings)
        for field in msgspec.structs.fields(settings)
        if field.name not in ("sync", "engine")
    ],
)
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGES


def test_defaults_are_those_of_the_page() -> None:
    usual = EngineSettings()
    for name in ("rpc_port", "metrics_port", "propose_ms", "vote_ms", "idle_ms", "rate_bytes", "waiting"):
        assert f"| `{name}` | {getattr(usual, name)} |" in PAGES
    assert f"| `log_level` | `{usual.log_level}` |" in PAGES


def test_the_table_of_a_founders_node_is_described_where_it_is_read() -> None:
    import tallychain.network.founding as page

    described = page.__doc__ or ""
    names = [field.name for field in msgspec.structs.fields(FoundingNode)]
    assert all(f"    {name} = " in described for name in names)
