"""An envelope whose form and signatures were found good, as engines keep it between its arrival and its block."""

from dataclasses import dataclass

from tallychain.ledger.admission import AdmittedEnvelope


@dataclass(frozen=True, slots=True)
class Admitted:
    """An envelope whose form and signatures were found good, and the key that its standing still depends on."""

    key: str
    envelope: AdmittedEnvelope
