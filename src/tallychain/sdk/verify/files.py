"""Whatever file is given: a proof of one operation, a certificate as a PDF or its attached file alone, an evidence bundle."""

from collections.abc import Sequence

from .alliance import Trusted
from .basics import Object
from .bundle import Proof, Report, authorities, told
from .certificate import FORMAT, check_sheet, state
from .evidence import check_evidence

_CERTIFICATE = b'{"format":"%s",' % FORMAT.encode()


def verify_file(
    file: bytes,
    *,
    genesis_digest: str | None = None,
    trusted_roots: Sequence[bytes] = (),
    language: str = "en",
    trusted_header: Trusted | None = None,
) -> Report:
    """As `verify`, for any file that this program reads; its first bytes say what it is."""
    roots, trusted = authorities(trusted_roots), trusted_header or Trusted()

    def check() -> list[tuple[str, Object]]:
        if file.startswith(b"%PDF-"):
            return check_sheet(file, roots, genesis_digest, trusted)
        if file.startswith(b"PK\x03\x04"):
            return check_evidence(file, roots, genesis_digest, trusted)
        if file.startswith(_CERTIFICATE):
            return [*state(file, roots, genesis_digest, trusted).said, ("unsealed", {})]
        return Proof(file, roots).check(genesis_digest, trusted)

    return told(check, language)
