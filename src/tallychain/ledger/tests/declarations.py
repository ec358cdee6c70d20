"""What holds for the declaration of every operation, whatever its contract."""

import json
from pathlib import Path

import msgspec

from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation, fields_of


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
