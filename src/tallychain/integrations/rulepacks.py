"""
Rule packs that come with the package: what regulators' documents say, as values of policies and as rules that the ledger holds by itself.

A pack is data, with its document, its date, and how surely its author knew the text.  Nothing holds because it lies here: the members adopt a
pack by vote, read the document themselves, and may adopt other values under the same name.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

Confidence = Literal["text", "summary", "memory"]
Text = Annotated[str, Meta(min_length=1, max_length=600)]
_PACKS: Final = "packs"


class RulePackUnknown(Exception):
    """No rule pack of this name comes with the package."""


class PackValue(Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a policy, and the article that it comes from."""

    policy: Text
    value: Text
    set: int
    article: Text
    confidence: Confidence
    en: Text
    zh: Text


class PackRule(Struct, frozen=True, forbid_unknown_fields=True):
    """What the ledger holds whatever members vote."""

    article: Text
    confidence: Confidence
    en: Text
    zh: Text
    codes: tuple[str, ...]
    """Refusals that hold it; none where there is no way to break it."""


class RulePack(Struct, frozen=True, forbid_unknown_fields=True):
    """What one document of a regulator comes to on this ledger."""

    name: Text
    edition: Annotated[int, Meta(ge=1, le=999)]
    """Of this pack; the document has its own dates."""
    made: Text
    en: Text
    zh: Text
    document: Text
    issued: Text
    in_force: Text
    read_in_original: bool
    caution_en: Text
    caution_zh: Text
    values: tuple[PackValue, ...]
    rules: tuple[PackRule, ...]

    @property
    def title(self) -> str:
        """Name and edition, as refusals cite it."""
        return f"{self.name}/{self.edition}"

    def change(self, effective_from: str) -> dict[str, Any]:
        """The change that a proposal of the kind RULE_PACK puts to the vote."""
        policies: dict[str, dict[str, Any]] = {}
        for item in self.values:
            of = policies.setdefault(item.policy, {"policy": item.policy, "values": {}, "articles": {}})
            of["values"][item.value] = item.set
            of["articles"][item.value] = item.article
        return {
            "kind": "RULE_PACK",
            "name": self.title,
            "article": self.document,
            "effective_from": effective_from,
            "policies": list(policies.values()),
        }


@cache
def rule_packs() -> tuple[RulePack, ...]:
    """Every rule pack that comes with the package, by name."""
    found = [
        msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), RulePack)
        for file in files(__package__).joinpath(_PACKS).iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda pack: pack.name))


def rule_pack(name: str) -> RulePack:
    """The pack of this name, with or without its edition; raises `RulePackUnknown`."""
    for pack in rule_packs():
        if name in {pack.name, pack.title}:
            return pack
    raise RulePackUnknown(name)


class Changed(Struct, frozen=True):
    """One value of a policy as it would be, beside what it is."""

    policy: str
    value: str
    before: int | str
    after: int | str
    article: str
    """What a refusal that rests on it would cite."""


def changed(facts: list[dict[str, Any]], versions: list[dict[str, Any]]) -> list[Changed]:
    """Which values a dry run would change, from the facts that it would publish and the versions on record; a new article is a change too."""
    found: list[Changed] = []
    for fact in facts:
        if fact.get("event") != "governance.policy_set":
            continue
        known = [row for row in versions if row["policy"] == fact["policy"]]
        last = max(known, key=lambda row: int(row["version"]), default=None)
        before = {} if last is None else msgspec.json.decode(str(last["settings"]))
        cited = {} if last is None else msgspec.json.decode(str(last["articles"]))
        for name, value in fact["values"].items():
            article = fact.get("articles", {}).get(name, fact["article"])
            was = cited.get(name, "" if last is None else last["article"])
            if before.get(name) != value or article != was:
                found.append(Changed(fact["policy"], name, before.get(name, ""), value, article))
    return found
