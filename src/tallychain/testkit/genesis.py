"""The beginning of the trial chain: its members, clients, policies and the calendar of 2026."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tallychain.contracts.admission import api as admission
from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance.api import usual_section
from tallychain.contracts.members.genesis import GenesisKey, GenesisMember
from tallychain.contracts.risk import api as risk
from tallychain.contracts.risk.genesis import GenesisCeiling
from tallychain.contracts.vouchers import api as vouchers
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import codec, identity
from tallychain.ledger.founders import COMETBFT, EMBEDDED, GenesisNode, GenesisValidator
from tallychain.ledger.genesis import Genesis
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.possession import node_id
from tallychain.ledger.validators import VALIDATOR
from tallychain.sdk.fingerprint import EpochKey
from tallychain.testkit.people import TrialMember, derived

CHAIN: Final = "trial-1"
START_MS: Final = instant_ms(parse_date("2026-03-16"), 9)
"""09:00 local on the day on which the study's voucher V1 is issued."""

MEMBERS: Final = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "ce-b": (identity.CORE_ENTERPRISE,),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK, identity.SETTLEMENT_BANK),
    "factor-a": (identity.FACTOR,),
    "settle-a": (identity.SETTLEMENT_BANK, identity.BANK),
    "supervisor": (identity.SUPERVISOR,),
    "court": (identity.COURT_GATEWAY,),
}
CLIENTS: Final = {"s1": "bank-a", "s2": "bank-a", "s3": "bank-a", "s4": "bank-b"}
"""Client to sponsor."""

CALENDAR_2026: Final = CalendarYear(
    year=2026,
    version=1,
    holidays=(
        "2026-01-01",
        "2026-01-02",
        "2026-02-16",
        "2026-02-17",
        "2026-02-18",
        "2026-02-19",
        "2026-02-20",
        "2026-02-23",
        "2026-04-06",
        "2026-05-01",
        "2026-05-04",
        "2026-05-05",
        "2026-06-19",
        "2026-09-25",
        "2026-10-01",
        "2026-10-02",
        "2026-10-05",
        "2026-10-06",
        "2026-10-07",
    ),
    make_up_working_days=("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
)

ISSUERS: Final = ("ce-a", "ce-b")
SETTLEMENT_BANKS: Final = ("settle-a",)

POWER: Final = 10
"""Of each founder's validator."""

CEILINGS: Final = tuple(
    GenesisCeiling(issuer, "bank-a", 1_000_000_000_000_000, "2026-01-01", "2099-12-31") for issuer in ISSUERS
)
"""So much that a test meets no ceiling unless it grants its own."""


def trial_genesis(
    seed: int,
    members: Sequence[TrialMember],
    start_ms: int = START_MS,
    *,
    clock: str = "driven",
    tree_depth: int = 12,
    demo: bool = True,
    ceilings: Sequence[GenesisCeiling] = CEILINGS,
    seats: Sequence[str] = (),
    calendars: Sequence[CalendarYear] = (CALENDAR_2026,),
) -> bytes:
    """
    The genesis document of the trial chain; without `demo`, a chain that takes neither known passphrases nor trial certificates.

    `seats` are the members that validate on an engine of several validators; without any, the engine is the embedded one.
    """
    section = tuple(_founder(member) for member in members)
    return codec.encode(
        Genesis(
            chain=CHAIN,
            alliance="TEST",
            time_ms=start_ms,
            demo=demo,
            clock=clock,
            tree_depth=tree_depth,
            outages=clock == "system",
            outage_grace_ms=30 * 60 * 1000,
            engine=COMETBFT if seats else EMBEDDED,
            sequencer="" if seats else sequencer_key(seed).public,
            validators=tuple(
                GenesisValidator(member, validator_key(seed, member).public, POWER) for member in seats
            ),
            nodes=tuple(
                GenesisNode(node_id(node_key(seed, member).public), member, VALIDATOR) for member in seats
            ),
            supervisors=("supervisor",),
            policies=(
                *admission.usual_policies("2026-01-01"),
                *vouchers.usual_policies("2026-01-01"),
                *documents.usual_policies("2026-01-01"),
                *risk.usual_policies("2026-01-01"),
                *disclosure.usual_policies("2026-01-01"),
            ),
            calendars=tuple(calendars),
            contracts={
                "documents": msgspec.Raw(codec.encode(documents.founding_section(_commitment(seed)))),
                "members": msgspec.Raw(codec.encode(section)),
                "governance": msgspec.Raw(codec.encode(usual_section([member.id for member in members]))),
                "risk": msgspec.Raw(codec.encode(tuple(ceilings))),
                "vouchers": msgspec.Raw(codec.encode(vouchers.founding_section(ISSUERS, SETTLEMENT_BANKS))),
            },
        )
    )


def _commitment(seed: int) -> str:
    return EpochKey(1, derived(seed, "fingerprint")).commitment()


def sequencer_key(seed: int) -> SigningKey:
    """The key under which the trial chain's headers are signed."""
    return signing_key_from_seed(ED25519, derived(seed, "sequencer"))


def validator_key(seed: int, member: str) -> SigningKey:
    """The key with which a member's node signs blocks, where there are several validators."""
    return signing_key_from_seed(ED25519, derived(seed, "validator", member))


def node_key(seed: int, member: str) -> SigningKey:
    """The key by which other nodes know a member's node."""
    return signing_key_from_seed(ED25519, derived(seed, "node", member))


def _founder(member: TrialMember) -> GenesisMember:
    return GenesisMember(
        member=member.id,
        name=member.name,
        uscc=member.uscc,
        kinds=member.kinds,
        licences=(),
        gateway=f"http://{member.id}.invalid",
        sealing=member.sealing.public,
        keys=tuple(
            GenesisKey(staff.key.public, staff.person, staff.rights, 0, staff.certificate_digest)
            for staff in member.staff.values()
        ),
    )
