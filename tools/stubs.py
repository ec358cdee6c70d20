"""
Makes the Python classes of the messages that the consensus engine exchanges with its application, from the engine's own .proto files.

The files are those of the version that engine/go.mod pins, so that the classes cannot speak of another version than the one that is built.
Run by make, and again only when that version or this file changes:

    python -m tools.stubs /path/to/go
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = "tallychain/engine/cometbft/stubs"
_ENGINE: Final = "github.com/cometbft/cometbft"
_ANNOTATIONS: Final = "github.com/cosmos/gogoproto"
_FILES: Final[Mapping[str, str]] = {
    "tendermint/abci/types.proto": "abci",
    "tendermint/crypto/keys.proto": "crypto_keys",
    "tendermint/crypto/proof.proto": "crypto_proof",
    "tendermint/types/block.proto": "types_block",
    "tendermint/types/canonical.proto": "types_canonical",
    "tendermint/types/evidence.proto": "types_evidence",
    "tendermint/types/params.proto": "types_params",
    "tendermint/types/types.proto": "types",
    "tendermint/types/validator.proto": "types_validator",
    "tendermint/version/types.proto": "version",
}
"""Each file by its place in the engine's module, with the name that it has here."""
_GOGO: Final = "gogoproto/gogo.proto"
_IMPORT: Final = re.compile(r'^import "([^"]+)";', re.MULTILINE)
_SAYS: Final = (
    '"""Messages of the consensus engine, made from its own .proto files by `python -m tools.stubs`."""\n'
)


def main(go: str) -> int:
    """Make the package anew; whole or not at all."""
    try:
        engine, annotations = (_module(go, name) for name in (_ENGINE, _ANNOTATIONS))
    except subprocess.CalledProcessError as error:
        print(f"The engine's module cannot be had: {error.stderr.strip()}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        sources, made = Path(scratch, "sources"), Path(scratch, "made")
        made.mkdir()
        for name, short in _FILES.items():
            _lay(engine / "proto" / name, sources / PACKAGE / f"{short}.proto")
        _lay(annotations / _GOGO, sources / PACKAGE / "gogo.proto")
        _compile(sources, made)
        target = ROOT / "src" / PACKAGE
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made / PACKAGE, target)
    (target / "__init__.py").write_text(_SAYS, encoding="utf-8")
    return 0


def _module(go: str, name: str) -> Path:
    """Where the sources of a module lie, of the version that engine/go.mod pins, fetched if need be."""
    found = subprocess.run(
        [go, "mod", "download", "-json", name],
        cwd=ROOT / "engine",
        env=os.environ | {"GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(json.loads(found.stdout)["Dir"])


def _lay(source: Path, target: Path) -> None:
    """Copy a file under its name here, with imports of those names; the messages' own names stay as they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    target.write_text(_IMPORT.sub(_renamed, text), encoding="utf-8")


def _renamed(found: re.Match[str]) -> str:
    name = found.group(1)
    short = "gogo" if name == _GOGO else _FILES.get(name)
    return found.group(0) if short is None else f'import "{PACKAGE}/{short}.proto";'


def _compile(sources: Path, made: Path) -> None:
    files = sorted(str(path.relative_to(sources)) for path in sources.rglob("*.proto"))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--proto_path={sources}",
            f"--python_out={made}",
            f"--pyi_out={made}",
            *files,
        ],
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
