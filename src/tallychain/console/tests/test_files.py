"""What stands in the folder of static files is what its page says, and goes out with the package."""

import re
from pathlib import Path

from tallychain import console
from tallychain.crypto.digest import sha256

STATIC = Path(console.__file__).parent / "static"


def test_the_vendored_script_is_the_published_file() -> None:
    said = re.search(r"`([0-9a-f]{64})`", (STATIC / "README.md").read_text(encoding="utf-8"))

    assert said is not None
    assert sha256((STATIC / "htmx.min.js").read_bytes()).hex() == said.group(1)


def test_every_static_file_is_named_on_its_page() -> None:
    page = (STATIC / "README.md").read_text(encoding="utf-8")

    assert [
        path.name for path in STATIC.iterdir() if path.name not in page and path.name != "README.md"
    ] == []
