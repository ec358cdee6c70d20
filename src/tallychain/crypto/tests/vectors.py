"""Reads the language-neutral vectors beside the code."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "vectors"


def cases(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text())["cases"]
    return loaded


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)
