"""The words of the pages: files per language, and the words that contracts declare for what stands in their rows."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tallychain.ledger.machine import Catalogue

LANGUAGES: Final = ("zh", "en")
_FOLDER: Final = Path(__file__).parent / "languages"


class WordMissing(Exception):
    """Our own mistake: a page asks for a word that the catalogue lacks."""


class WordTwice(Exception):
    """Our own mistake: two files give the same word."""


@lru_cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every word of a language by its dotted name, from all files that end with the language's name."""
    found: dict[str, str] = {}
    for path in sorted(_FOLDER.glob(f"*{language}.toml")):
        for name, said in _flat(tomllib.loads(path.read_text(encoding="utf-8")), ""):
            if name in found:
                raise WordTwice(f"{path.name}: {name}")
            found[name] = said
    return found


class Words:
    """The words of one language."""

    def __init__(self, language: str, declared: Catalogue) -> None:
        self.language = language
        self._known = catalogue(language)
        self._declared = {name: said for item in declared.contracts for name, said in item.words.items()}
        self._of = {item.name: item.words for item in declared.contracts}

    def __call__(self, name: str, /, **fields: object) -> str:
        """A word or sentence with its fields filled in; raises `WordMissing`."""
        if name not in self._known:
            raise WordMissing(name)
        return self._known[name].format(**fields) if fields else self._known[name]

    def maybe(self, name: str) -> str:
        """A word, or nothing where the catalogue lacks it: for names that are given by votes and not by us."""
        return self._known.get(name, "")

    def status(self, code: str, of: str = "") -> str:
        """
        A status, or another value of a row, as its contract words it; the code itself where no contract has words.

        Contracts use some codes in senses of their own: `of` names the one whose row it is.
        """
        said = self._of.get(of, {}).get(code) or self._declared.get(code)
        if said is None:
            return self._known.get(f"status.{code}", code)
        return said.zh if self.language == "zh" else said.en

    def either(self, en: str, zh: str) -> str:
        """Of two texts the one in this language."""
        return zh if self.language == "zh" else en


def _flat(table: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((f"{before}{name}", str(value)))
    return found
