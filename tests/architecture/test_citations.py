"""Whatever is refused for a governed figure says which figure of which policy it rests on, and cites where that figure comes from."""

import ast
from collections.abc import Iterator

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.ledger.refusals import Governed, Refused
from tests.architecture.sources import PACKAGE, ROOT

CONTRACTS = ROOT / PACKAGE / "contracts"
_POLICIES = frozenset({"policy", "split"})
"""Names under which rules hold a policy that they have read."""
_NOT_A_LIMIT = frozenset({"version", "source"})
REFUSALS: dict[str, type[Refused]] = {
    refusal.__name__: refusal for kind in CATALOGUE.operation_types() for refusal in kind.refusals
}
GOVERNED = sorted({one for one in REFUSALS.values() if issubclass(one, Governed)}, key=lambda one: one.code)


def raised(tree: ast.AST) -> Iterator[tuple[ast.If, ast.Call]]:
    """Every refusal that is raised at once under a condition, with that condition."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            for inner in node.body:
                if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call):
                    yield node, inner.exc


def figures(node: ast.AST) -> set[str]:
    """The figures of policies that an expression reads."""
    return {
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id in _POLICIES
        and part.attr not in _NOT_A_LIMIT
    }


def cited(call: ast.Call) -> list[str]:
    """The figures whose articles a refusal is given."""
    return [
        str(part.args[-1].value)
        for part in ast.walk(call)
        if isinstance(part, ast.Call)
        and name_of(part) in {"article_of", "article_on"}
        and isinstance(part.args[-1], ast.Constant)
    ]


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def test_a_refusal_whose_condition_reads_a_figure_rests_on_it_and_cites_it() -> None:
    found = 0
    for path in sorted(CONTRACTS.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for condition, call in raised(ast.parse(path.read_text(encoding="utf-8"))):
            read = figures(condition.test) | figures(call)
            refusal = REFUSALS.get(name_of(call))
            if not read or refusal is None:
                continue
            found += 1
            assert issubclass(refusal, Governed), (path.name, refusal.code, read)
            assert refusal.rests_on[1] in read or refusal.rests_on[1] in cited(call), (
                path.name,
                refusal.code,
            )
            assert cited(call) == [refusal.rests_on[1]], (path.name, refusal.code)
    assert found >= 8


def test_every_article_that_is_read_is_that_of_the_figure_that_the_refusal_names() -> None:
    met: set[str] = set()
    for path in sorted(CONTRACTS.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and cited(node.exc):
                refusal = REFUSALS[name_of(node.exc)]
                assert issubclass(refusal, Governed), (path.name, refusal.code)
                assert cited(node.exc) == [refusal.rests_on[1]], (path.name, refusal.code)
                met.add(refusal.code)
    assert met == {refusal.code for refusal in GOVERNED}


@pytest.mark.parametrize("refusal", GOVERNED, ids=lambda refusal: refusal.code)
def test_its_sentences_name_policy_and_article_where_there_is_one(refusal: type[Governed]) -> None:
    named: dict[str, str | int] = dict.fromkeys(refusal.__dataclass_fields__, "1")
    for article, language in (("CN-77-2025/1: article 11", "en"), ("CN-77-2025/1：第十一条", "zh")):
        said = refusal.said({**named, "article": article}, language)
        assert article in said
        assert refusal.rests_on[0] in said
        assert "{" not in said
        assert refusal.rests_on[0] not in refusal.said({**named, "article": ""}, language)


def test_what_a_refusal_rests_on_is_a_figure_of_a_policy() -> None:
    from tallychain.network.policies import usual_policies

    policies = {policy.kind: policy.values for policy in usual_policies(CATALOGUE, "2026-01-01", "embedded")}
    for refusal in GOVERNED:
        policy, figure = refusal.rests_on
        assert figure in policies[policy], refusal.code
