"""Contracts are of one shape, keep to themselves and name each refusal once."""

import pytest

from tests.architecture import layout
from tests.architecture.layout import RefusalCode, contract_names
from tests.architecture.sources import (
    PACKAGE,
    ROOT,
    Source,
    all_sources,
    demand_nothing,
    demand_nothing_from,
    shipped,
)


def refusal_files() -> list[Source]:
    """The files in which refusals are declared, contracts and ledger alike."""
    return [source for source in shipped() if source.path.endswith("/refusals.py")]


@pytest.mark.parametrize("contract", contract_names())
def test_a_contract_has_the_files_that_every_contract_has(contract: str) -> None:
    folder = ROOT / PACKAGE / "contracts" / contract
    present = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]

    demand_nothing(layout.missing_files(contract, present))


@pytest.mark.parametrize("contract", contract_names())
def test_a_contract_imports_only_the_api_of_others(contract: str) -> None:
    sources = [source for source in shipped("contracts") if f"/contracts/{contract}/" in source.path]

    demand_nothing(finding for source in sources for finding in layout.foreign_imports(contract, source))


@pytest.mark.parametrize("contract", contract_names())
def test_every_refusal_of_a_contract_is_in_its_readme(contract: str) -> None:
    folder = ROOT / PACKAGE / "contracts" / contract
    files = [source for source in refusal_files() if f"/contracts/{contract}/" in source.path]
    page = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("README.md")))

    codes = [code for file in files for code in layout.refusal_codes(file)]
    demand_nothing(layout.undocumented_codes(codes, page))


def test_refusal_codes_are_in_capitals_and_unique() -> None:
    codes = [code for source in refusal_files() for code in layout.refusal_codes(source)]

    demand_nothing(layout.misnamed_codes(codes))


def test_the_offline_verifier_imports_nothing_else_of_tallychain() -> None:
    verifiers = [source for source in all_sources() if source.path.startswith(layout.VERIFIER)]

    demand_nothing_from(layout.verifier_imports, verifiers)


@pytest.mark.parametrize("lacking", [*layout.FILES, "rules.py"])
def test_a_planted_contract_without_one_of_its_files_is_found(lacking: str) -> None:
    present = {*layout.FILES, "rules.py"} - {lacking}

    assert layout.missing_files("pawn", present) == [f"contracts/pawn has no {lacking}"]


def test_rules_may_be_a_package_of_their_own() -> None:
    assert not layout.missing_files("pawn", [*layout.FILES, "rules/__init__.py"])


@pytest.mark.parametrize(
    "planted",
    [
        "from tallychain.contracts.risk import state",
        "from tallychain.contracts.risk.rules import use",
        "import tallychain.contracts.risk.state",
    ],
)
def test_a_planted_import_of_another_contract_is_found(planted: str) -> None:
    assert layout.foreign_imports("vouchers", Source("a.py", planted))


def test_the_api_of_another_contract_and_all_of_its_own_are_accepted() -> None:
    accepted = (
        "from tallychain.contracts.risk import api as risk\n"
        "from tallychain.contracts.risk.api import use\n"
        "from tallychain.contracts.vouchers.state import Voucher\n"
    )

    assert not layout.foreign_imports("vouchers", Source("a.py", accepted))


def test_codes_are_read_with_and_without_annotation() -> None:
    text = 'class A(Refused):\n    code = "OFFER_CLOSED"\n\nclass B(Refused):\n    code: ClassVar[str] = "TOO_LATE"\n    en = "no"\n'

    assert [item.code for item in layout.refusal_codes(Source("a.py", text))] == ["OFFER_CLOSED", "TOO_LATE"]


@pytest.mark.parametrize("code", ["offer_closed", "OFFER-CLOSED", "OFFER__CLOSED", "_OFFER"])
def test_a_planted_misnamed_code_is_found(code: str) -> None:
    assert layout.misnamed_codes([RefusalCode(code, "a.py:1")])


def test_a_planted_code_that_stands_twice_is_found() -> None:
    twice = [RefusalCode("TOO_LATE", "a.py:1"), RefusalCode("TOO_LATE", "b.py:2")]

    assert layout.misnamed_codes(twice) == ["b.py:2: TOO_LATE is already the code of a.py:1"]


def test_a_planted_undocumented_code_is_found() -> None:
    codes = [RefusalCode("TOO_LATE", "a.py:1")]

    assert layout.undocumented_codes(codes, "| `TOO_LATE_BY_FAR` | … |")
    assert not layout.undocumented_codes(codes, "| `TOO_LATE` | the offer has expired |")


def test_a_planted_import_by_the_verifier_is_found() -> None:
    for planted in (
        "from tallychain.crypto import digest",
        "from ..build import seal",
        "from .. import build",
    ):
        assert layout.verifier_imports(Source("light.py", planted))
    assert not layout.verifier_imports(Source("light.py", "import hashlib\nfrom .wire import uvarint"))
