"""Every word of every page is in both languages, and no text stands in a template."""

import re
import string
from pathlib import Path

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.console import words
from tallychain.console.words import WordMissing, Words
from tallychain.ledger.founders import COMETBFT
from tallychain.network.policies import usual_policies

FOLDER = Path(words.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
CODE = sorted(FOLDER.glob("*.py")) + sorted((FOLDER / "pages").glob("*.py"))
ASKED = re.compile(r"""\bt\(\s*["']([a-zA-Z_.]+)["']\s*[,)]""")
FAMILY = re.compile(r"""\bt\(\s*["']([a-z_.]+)["']\s*~""")
IN_CODE = re.compile(r"""words\(\s*f?["']([a-z_.]+)""")
EXPRESSION = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
SPOKEN = re.compile(r"""\b(title|aria-label|placeholder|alt)=["']([^"']*)["']""")


def literal_text(template: str) -> str:
    """What a reader would see of a template that does not come from an expression."""
    bare = EXPRESSION.sub("", template)
    spoken = " ".join(value for _, value in SPOKEN.findall(bare))
    return "".join(letter for letter in TAG.sub(" ", bare) + spoken if letter.isalpha())


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_words_with_the_same_fields() -> None:
    zh, en = words.catalogue("zh"), words.catalogue("en")

    assert zh.keys() == en.keys()
    assert {name for name in zh if fields(zh[name]) != fields(en[name])} == set()
    assert [name for name in zh if not zh[name].strip() or not en[name].strip()] == []


def test_every_word_that_a_page_asks_for_is_there() -> None:
    known = words.catalogue("zh")
    asked = {name for path in TEMPLATES for name in ASKED.findall(path.read_text(encoding="utf-8"))}
    families = {name for path in TEMPLATES for name in FAMILY.findall(path.read_text(encoding="utf-8"))}
    families |= {name for path in CODE for name in IN_CODE.findall(path.read_text(encoding="utf-8"))}

    assert asked - known.keys() == set()
    assert {name for name in families if not any(word.startswith(name) for word in known)} == set()


def test_every_refusal_of_the_console_has_its_sentence() -> None:
    raised = {
        code for path in CODE for code in re.findall(r'"(CONSOLE_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }

    assert {f"refusal.{code}" for code in raised} == {
        name for name in words.catalogue("en") if name.startswith("refusal.")
    }


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_in_a_template(path: Path) -> None:
    assert literal_text(path.read_text(encoding="utf-8")) == ""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_script_or_a_style_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\|\s*safe\b", text)
    ours = ['<script src="/static/htmx.min.js" defer>', '<script src="/static/console.js" defer>']
    assert re.findall(r"<script[^>]*>", text) in ([], ours)


def test_planted_text_in_a_template_is_found() -> None:
    assert literal_text('<p title="Hello">{{ t("x") }}</p>') == "Hello"
    assert literal_text("<p>{{ t('x') }} 元</p>") == "元"


def test_a_word_that_nobody_has_is_our_own_mistake() -> None:
    with pytest.raises(WordMissing):
        Words("en", CATALOGUE)("no.such.word")


def test_every_policy_with_which_a_chain_begins_is_named_with_its_figures() -> None:
    known = words.catalogue("zh").keys()
    policies = usual_policies(CATALOGUE, "2026-01-01", COMETBFT)

    assert {policy.kind for policy in policies if f"policy.name.{policy.kind}" not in known} == set()
    assert {name for policy in policies for name in policy.values if f"figure.{name}" not in known} == set()
