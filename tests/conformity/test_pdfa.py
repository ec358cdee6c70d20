"""A certificate is PDF/A-3b by the judgement of veraPDF, which `make verapdf` fetches."""

import subprocess
from pathlib import Path

import pytest

from tallychain.integrations.tests.certifying import Certifying
from tallychain.sdk.tests.story import told

_JARS = Path(".cache/verapdf")
_PROGRAM = Path(__file__).with_name("Validate.java")


@pytest.mark.slow
def test_certificates_are_pdf_a_3b_by_the_validator_of_others(tmp_path: Path) -> None:
    assert any(_JARS.glob("*.jar")), "veraPDF is not here: run make verapdf"
    made = Certifying(told())
    files = []
    for kind in ("holding", "voucher"):
        file = tmp_path / f"{kind}.pdf"
        file.write_bytes(made.sheet(kind))
        files.append(str(file))
    spoiled = tmp_path / "spoiled.pdf"
    spoiled.write_bytes(Path(files[0]).read_bytes().replace(b"pdfaid:part", b"pdfaid:bart"))
    found = subprocess.run(
        ["java", "-cp", f"{_JARS}/*", str(_PROGRAM), *files, str(spoiled)],
        capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    verdicts = [line.split()[0] for line in found.stdout.splitlines() if line.split()[0] in ("true", "false")]
    assert verdicts == ["true", "true", "false"], found.stdout
