"""What holds for the declaration of every operation, whatever its contract."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

import msgspec

from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation, fields_of
from tallychain.ledger.refusals import Refused
from tallychain.ledger.views import View


def check_bytes(kind: AnyOperation, vectors: Path) -> None:
    """The example has the bytes of the vector, is read back from them, and holds allowed characters only; so do its sealed parts."""
    text = codec.encode(kind.example)
    codec.check_texts(text)
    assert text.decode() == json.loads(vectors.read_text(encoding="utf-8"))[kind.name]
    assert codec.decode(kind.args, text) == kind.example
    for part in kind.seals:
        assert part.example is not None
        content = codec.encode(part.example)
        codec.check_texts(content)
        assert codec.decode(part.content, content) == part.example


def check_words(kind: AnyOperation) -> None:
    """Title, summary and every field, also of sealed parts, have words in both languages."""
    for struct in (kind.args, *(part.content for part in kind.seals if part.label != "identity")):
        for field in fields_of(struct):
            assert isinstance(field.type, msgspec.inspect.Metadata), field.name
            assert field.type.extra_json_schema is not None, field.name
            assert field.type.extra_json_schema["title"], field.name
            assert field.type.extra is not None, field.name
            assert field.type.extra["zh"], field.name
    for words in (kind.title, kind.summary):
        assert words.en
        assert not words.zh.isascii()


def check_precedence(page: str, declared: Mapping[str, Iterable[type[Refused]]]) -> None:
    """The page lists the refusals of each operation, or use of an api, in their order of precedence."""
    for name, refusals in declared.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` | refused as"))
        assert re.findall(r"`([A-Z_]+)`", row) == [refusal.code for refusal in refusals]


def refusals_of(kinds: Iterable[AnyOperation]) -> set[type[Refused]]:
    """What these operations may be refused as."""
    return {refusal for kind in kinds for refusal in kind.refusals}


def written_in(module: ModuleType) -> set[type[Refused]]:
    """The refusals that a module declares itself."""
    types = [item for item in vars(module).values() if isinstance(item, type)]
    return {item for item in types if issubclass(item, Refused) and item.__module__ == module.__name__}


def check_named(page: str, events: Iterable[type[msgspec.Struct]], views: Iterable[View] = ()) -> None:
    """The page names every event and every view."""
    for event in events:
        assert f"`{event.__struct_config__.tag}`" in page
    for view in views:
        assert f"`{view.name}`" in page


def invariants_of(*files: Path) -> set[str]:
    """The numbers of the invariants that these files check."""
    return {
        number for file in files for number in re.findall(r"yield (\d+), ", file.read_text(encoding="utf-8"))
    }
