"""Commands derived from declarations ask for what the declarations say."""

import json

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.cli import derived, root
from tallychain.ledger.contract import AnyOperation

KINDS = [pytest.param(kind, id=kind.name) for kind in CATALOGUE.operation_types()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_argument_has_an_option_with_a_label(kind: AnyOperation) -> None:
    options = [item for item in derived.arguments(kind) if not item.part]

    assert [item.field for item in options] == list(kind.args.__struct_fields__)
    assert all(item.option.help for item in options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_printed_example_is_a_valid_request(
    kind: AnyOperation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.run(["do", kind.name, "--example"]) == 0

    example = json.loads(capsys.readouterr().out)
    assert msgspec.convert(example["args"], kind.args) == kind.example
    contents = {rule.label: rule.content for rule in derived.parts(kind)}
    for label, content in example["sealed"].items():
        msgspec.convert(content, contents[label])


def test_options_become_arguments_and_sealed_parts(capsys: pytest.CaptureFixture[str]) -> None:
    status = root.run(
        [
            *("do", "voucher.issue", "--face", "1,000.00", "--reference", "HT-1", "--currency", "CNY"),
            *("--receiver", "91990202MA2Y2N021W@bank-b", "--nominal-maturity", "2026-09-14"),
            *(
                "--settlement-bank",
                "settle-a",
                "--trade-promise",
                "We pay.",
                "--trade-invoices",
                "1",
                "--trade-invoices",
                "2",
            ),
            "--dry-run",
        ]
    )

    assert status == 0
    assert json.loads(capsys.readouterr().out) == {
        "args": {
            "reference": {"keyed": "HT-1"},
            "receiver": {"sponsor": "bank-b", "uscc": "91990202MA2Y2N021W"},
            "currency": "CNY",
            "face": 100_000,
            "nominal_maturity": "2026-09-14",
            "settlement_bank": "settle-a",
        },
        "sealed": {"trade": {"promise": "We pay.", "invoices": ["1", "2"]}},
    }


def test_options_win_over_the_json_given_besides(capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.dumps({"args": {"voucher": "EVOLD", "more": 1}})

    assert root.run(["do", "voucher.withdraw", "--json", whole, "--voucher", "EVNEW", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["args"] == {"voucher": "EVNEW", "more": 1}


def test_a_change_that_has_many_forms_is_given_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    change = {"kind": "EXIT", "member": "factor-a", "reason": "Left"}

    assert root.run(["do", "proposal.open", "--kind", "EXIT", "--data", json.dumps(change), "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["args"] == {"kind": "EXIT", "data": change}
