"""The constitution: how each kind of proposal is decided, and what no vote may go below.

Source: design page "alliance", section Governance.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tallychain.contracts.governance.refusals import BelowFloor, NotTheHighest

ADMIT: Final = "ADMIT"
SUSPEND: Final = "SUSPEND"
RESTORE: Final = "RESTORE"
REVOKE: Final = "REVOKE"
EXIT: Final = "EXIT"
KEY: Final = "KEY"
POLICY: Final = "POLICY"
RULE_PACK: Final = "RULE_PACK"
CALENDAR: Final = "CALENDAR"
QUARANTINE: Final = "QUARANTINE"
VALIDATOR_ADMIT: Final = "VALIDATOR_ADMIT"
VALIDATOR_POWER: Final = "VALIDATOR_POWER"
VALIDATOR_REMOVE: Final = "VALIDATOR_REMOVE"
NODE_ADMIT: Final = "NODE_ADMIT"
NODE_REMOVE: Final = "NODE_REMOVE"
PROTOCOL: Final = "PROTOCOL"
FINGERPRINT_KEY: Final = "FINGERPRINT_KEY"
CONSTITUTION: Final = "CONSTITUTION"
KINDS: Final = (
    ADMIT,
    SUSPEND,
    RESTORE,
    REVOKE,
    EXIT,
    KEY,
    POLICY,
    RULE_PACK,
    CALENDAR,
    QUARANTINE,
    VALIDATOR_ADMIT,
    VALIDATOR_POWER,
    VALIDATOR_REMOVE,
    NODE_ADMIT,
    NODE_REMOVE,
    PROTOCOL,
    FINGERPRINT_KEY,
    CONSTITUTION,
)

WHOLE_PPM: Final = 1_000_000
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000

KindName = Annotated[
    Literal[
        "ADMIT",
        "SUSPEND",
        "RESTORE",
        "REVOKE",
        "EXIT",
        "KEY",
        "POLICY",
        "RULE_PACK",
        "CALENDAR",
        "QUARANTINE",
        "VALIDATOR_ADMIT",
        "VALIDATOR_POWER",
        "VALIDATOR_REMOVE",
        "NODE_ADMIT",
        "NODE_REMOVE",
        "PROTOCOL",
        "FINGERPRINT_KEY",
        "CONSTITUTION",
    ],
    Meta(
        title="Kind",
        description="Kind of proposal: each is decided by its own row of the constitution.",
        examples=["CALENDAR"],
        extra={"zh": "提案类别"},
    ),
]
Share = Annotated[int, Meta(ge=0, le=WHOLE_PPM, extra={"unit": "ppm"})]


class KindRule(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the constitution: how proposals of one kind are decided."""

    kind: KindName
    share_ppm: Annotated[
        Share,
        Meta(
            title="Share",
            description="Least share of the weight cast for yes or no that must say yes.",
            examples=[500_001],
            extra={"zh": "赞成权重占比"},
        ),
    ]
    turnout_ppm: Annotated[
        Share,
        Meta(
            title="Turnout",
            description="Least share of all weight that must vote, abstentions included.",
            examples=[500_000],
            extra={"zh": "参与权重占比"},
        ),
    ]
    voting_days: Annotated[
        int,
        Meta(
            ge=1,
            le=60,
            title="Voting days",
            description="Days of 24 hours for which ballots are taken.",
            examples=[1],
            extra={"zh": "表决期", "unit": "days"},
        ),
    ]
    delay_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=720,
            title="Delay",
            description="Hours between the end of the vote and its effect.",
            examples=[0],
            extra={"zh": "生效等待期", "unit": "hours"},
        ),
    ]

    def closes_ms(self, opened_ms: int) -> int:
        """When voting ends that begins now."""
        return opened_ms + self.voting_days * DAY_MS

    def opened_ms(self, closes_ms: int) -> int:
        """When voting began that ends then."""
        return closes_ms - self.voting_days * DAY_MS

    def acts_ms(self, closed_ms: int) -> int:
        """When a vote that ended then has its effect."""
        return closed_ms + self.delay_hours * HOUR_MS


def _table(*rows: tuple[KindName, int, int, int, int]) -> Mapping[str, KindRule]:
    return MappingProxyType({row[0]: KindRule(*row) for row in rows})


FLOORS: Final = _table(
    (ADMIT, 500_001, 500_000, 1, 0),
    (SUSPEND, 500_001, 500_000, 1, 0),
    (RESTORE, 500_001, 500_000, 1, 0),
    (REVOKE, 666_666, 500_000, 3, 24),
    (EXIT, 500_001, 500_000, 1, 0),
    (KEY, 500_001, 500_000, 1, 24),
    (POLICY, 500_001, 500_000, 3, 24),
    (RULE_PACK, 500_001, 500_000, 3, 24),
    (CALENDAR, 500_001, 500_000, 1, 0),
    (QUARANTINE, 500_001, 500_000, 1, 0),
    (VALIDATOR_ADMIT, 666_666, 500_000, 1, 0),
    (VALIDATOR_POWER, 666_666, 500_000, 1, 0),
    (VALIDATOR_REMOVE, 666_666, 500_000, 1, 0),
    (NODE_ADMIT, 500_001, 500_000, 1, 0),
    (NODE_REMOVE, 500_001, 500_000, 1, 0),
    (PROTOCOL, 666_666, 500_000, 3, 24),
    (FINGERPRINT_KEY, 500_001, 500_000, 1, 24),
    (CONSTITUTION, 666_666, 666_666, 7, 72),
)
"""What no amendment goes below.  500,001 is a simple majority, 666,666 two thirds (a third has no exact ppm).

Who validates orders everything, so no simple majority decides on that; a failing validator must be gone in a day.  A new fingerprint key
waits a day, so that a gateway that was away has it when papers are named with it."""

USUAL: Final = _table(
    (ADMIT, 666_666, 500_000, 7, 24),
    (SUSPEND, 666_666, 500_000, 2, 0),
    (RESTORE, 666_666, 500_000, 2, 0),
    (REVOKE, 750_000, 666_666, 7, 72),
    (EXIT, 500_001, 500_000, 3, 24),
    (KEY, 666_666, 500_000, 2, 24),
    (POLICY, 666_666, 500_000, 7, 24),
    (RULE_PACK, 666_666, 500_000, 7, 24),
    (CALENDAR, 500_001, 500_000, 1, 0),
    (QUARANTINE, 666_666, 500_000, 1, 0),
    (VALIDATOR_ADMIT, 666_666, 666_666, 3, 24),
    (VALIDATOR_POWER, 666_666, 666_666, 3, 24),
    (VALIDATOR_REMOVE, 666_666, 666_666, 2, 0),
    (NODE_ADMIT, 500_001, 500_000, 1, 0),
    (NODE_REMOVE, 500_001, 500_000, 1, 0),
    (PROTOCOL, 666_666, 666_666, 7, 24),
    (FINGERPRINT_KEY, 666_666, 500_000, 3, 24),
    (CONSTITUTION, 750_000, 666_666, 14, 168),
)
"""With what an alliance usually begins; two days for a suspension, so that a vote can confirm one before it lapses."""


def check_rules(rules: Iterable[KindRule]) -> None:
    """Refuse a constitution below a floor, or one that anything changes less easily than itself.  Raises `BelowFloor`, `NotTheHighest`."""
    known = {rule.kind: rule for rule in rules}
    for rule in known.values():
        floor = FLOORS[rule.kind]
        for name in ("share_ppm", "turnout_ppm", "voting_days", "delay_hours"):
            least: int = getattr(floor, name)
            if getattr(rule, name) < least:
                raise BelowFloor(rule.kind, name, least)
    highest = known[CONSTITUTION]
    for rule in known.values():
        if rule.share_ppm > highest.share_ppm or rule.turnout_ppm > highest.turnout_ppm:
            raise NotTheHighest(rule.kind)
