"""Where the consensus engine's program is: built in this checkout by `make engine`, or wherever a setting says."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SETTING: Final = "TALLYCHAIN_ENGINE"
NAME: Final = "tally-engine"
NEXT_NAME: Final = "tally-engine-next"
_CHECKOUT: Final = Path(__file__).resolve().parents[4]


class EngineMissing(Exception):
    """There is no engine to run."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The consensus engine is missing: {detail}. Run make engine, or name it with {SETTING}."
        )


def engine_binary(environment: Mapping[str, str] = os.environ, *, name: str = NAME) -> Path:
    """
    The program to run: what `TALLYCHAIN_ENGINE` names, else the checkout's, else the one on the path.

    Raises `EngineMissing`, also where the setting names something that cannot be run.
    """
    named = environment.get(SETTING)
    if named:
        if not _runs(Path(named)):
            raise EngineMissing(f"{SETTING} names {named}, which is no program")
        return Path(named)
    built = _CHECKOUT / "engine" / "bin" / name
    if _runs(built):
        return built
    found = shutil.which(name, path=environment.get("PATH", ""))
    if found is None:
        raise EngineMissing(f"there is neither {built} nor {name} on the path")
    return Path(found)


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
