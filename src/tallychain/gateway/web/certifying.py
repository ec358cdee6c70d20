"""Certificates over HTTP: a PDF with the proof inside."""

from typing import Final

from tallychain.gateway.problems import Problem
from tallychain.gateway.proof_port import ProofNotReady
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint

PDF: Final = "application/pdf"


async def certificate(asked: Asked) -> Answer:
    """A certificate on a payable, voucher, holding, settlement or default, with what the caller's seat can open."""
    if asked.gateway.certifier is None:
        raise Problem("GATEWAY_NOT_FOUND")
    kind, subject = asked.path["kind"], asked.path["subject"]
    try:
        made = await asked.gateway.certifier.certificate(kind, subject, asked.seats)
    except ProofNotReady:
        raise Problem("GATEWAY_PROOF_NOT_READY", retry_after_s=5) from None
    shown = "".join(letter if letter.isalnum() else "-" for letter in subject)[:60]
    name = f'attachment; filename="{kind}-{shown}.pdf"'
    return Answer(made, 200, PDF, {"Content-Disposition": name})


ENDPOINTS: Final = (
    Endpoint(
        name="certificate",
        method="GET",
        path="/v1/certificates/{kind}/{subject}",
        summary="A page with its proof inside, as PDF/A-3",
        handler=certificate,
        response=bytes,
        media_type=PDF,
        tag="operations",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_PROOF_NOT_READY",
            "GATEWAY_CERTIFICATE_NOT_POSSIBLE",
            "GATEWAY_CERTIFICATES_NOT_INSTALLED",
        ),
    ),
)
