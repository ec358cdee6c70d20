"""The genesis document of a trial alliance."""

import time
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.admission import api as admission
from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance.api import usual_section
from tallychain.contracts.members.genesis import GenesisKey, GenesisMember
from tallychain.contracts.vouchers import api as vouchers
from tallychain.contracts.vouchers.api import VouchersSection
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import codec
from tallychain.ledger.founders import COMETBFT, EMBEDDED, GenesisNode, GenesisValidator
from tallychain.ledger.genesis import Genesis
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE, SETTLEMENT_BANK
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.validators import VALIDATOR
from tallychain.network.alliance import Alliance, DescribedMember
from tallychain.network.keys import KeySource, MemberKeys
from tallychain.network.layout import MemberPlace
from tallychain.network.policies import usual_policies
from tallychain.sdk.fingerprint import EpochKey

DRIVEN: Final = "driven"
SYSTEM: Final = "system"
START_MS: Final = instant_ms(parse_date("2026-03-16"), 9)
"""09:00 local on the day on which the study's voucher V1 is issued; where a driven clock begins."""
POWER: Final = 10
"""Of each validator of a trial: all count the same."""

_TREE_DEPTH: Final = 12
_OUTAGE_GRACE_MS: Final = 30 * 60 * 1000
_POLICIES_FROM: Final = "2026-01-01"


def genesis_document(
    chain: str,
    alliance: Alliance,
    calendar: CalendarYear,
    keys: Mapping[str, MemberKeys],
    places: Mapping[str, MemberPlace],
    source: KeySource,
    *,
    demo: bool,
    clock: str,
    engine: str,
) -> bytes:
    """The document of a chain with these members, the usual policies and one published calendar."""
    founders = tuple(_founder(member, keys[member.id], places[member.id]) for member in alliance.members)
    start_ms = START_MS if clock == DRIVEN else time.time_ns() // 1_000_000
    return codec.encode(
        Genesis(
            chain=chain,
            alliance=alliance.code,
            time_ms=start_ms,
            demo=demo,
            clock=clock,
            tree_depth=_TREE_DEPTH,
            outages=clock == SYSTEM,
            outage_grace_ms=_OUTAGE_GRACE_MS,
            engine=EMBEDDED if engine == EMBEDDED else COMETBFT,
            sequencer=source.sequencer.public if engine == EMBEDDED else "",
            validators=_validators(places.values(), source),
            nodes=_nodes(places.values()),
            supervisors=alliance.supervisors,
            policies=usual_policies(CATALOGUE, _POLICIES_FROM, engine),
            calendars=(calendar,),
            contracts={
                "admission": msgspec.Raw(codec.encode(_admissions(alliance, start_ms))),
                "documents": msgspec.Raw(codec.encode(documents.founding_section(_commitment(keys)))),
                "members": msgspec.Raw(codec.encode(founders)),
                "vouchers": msgspec.Raw(codec.encode(_agreements(alliance, demo=demo))),
                "governance": msgspec.Raw(
                    codec.encode(usual_section([member.id for member in alliance.members]))
                ),
            },
        )
    )


def _commitment(keys: Mapping[str, MemberKeys]) -> str:
    """Of the alliance's fingerprint key, which all members have alike."""
    return EpochKey(1, next(iter(keys.values())).fingerprint).commitment()


def _validators(places: Iterable[MemberPlace], source: KeySource) -> tuple[GenesisValidator, ...]:
    return tuple(
        GenesisValidator(place.id, source.engine(place.id)[0].public, POWER)
        for place in places
        if place.node is not None
    )


def _nodes(places: Iterable[MemberPlace]) -> tuple[GenesisNode, ...]:
    return tuple(
        GenesisNode(place.node.id, place.id, VALIDATOR) for place in places if place.node is not None
    )


def _admissions(alliance: Alliance, start_ms: int) -> tuple[admission.FoundingReview, ...]:
    """Founding banks answer for founding core enterprises; each is reviewed within a year."""

    def of_kind(kind: str) -> list[str]:
        return [member.id for member in alliance.members if kind in member.kinds]

    return admission.founding_section(of_kind(CORE_ENTERPRISE), of_kind(BANK), start_ms)


def _agreements(alliance: Alliance, *, demo: bool) -> VouchersSection:
    """On a demonstration chain every settlement bank pays out for every issuer; elsewhere they agree by themselves."""

    def of_kind(kind: str) -> list[str]:
        return [member.id for member in alliance.members if demo and kind in member.kinds]

    return vouchers.founding_section(of_kind(CORE_ENTERPRISE), of_kind(SETTLEMENT_BANK))


def _founder(member: DescribedMember, keys: MemberKeys, place: MemberPlace) -> GenesisMember:
    return GenesisMember(
        member=member.id,
        name=member.name_zh,
        uscc=member.uscc,
        kinds=member.kinds,
        licences=(),
        gateway=place.url,
        sealing=keys.sealing.public,
        keys=tuple(
            GenesisKey(staff.key.public, staff.person, staff.rights, 0, staff.certificate_digest)
            for staff in keys.staff
        ),
    )
