"""Members of the alliance: who takes part, by which keys, and what a supervisor may do at once."""

from tallychain.contracts.members.declared import OPERATIONS, WORDS
from tallychain.contracts.members.events import (
    GatewaySet,
    KeyRegistered,
    KeyRevoked,
    MemberAdmitted,
    MemberHeldBack,
    MemberLetGo,
    MemberRestored,
    MemberSuspended,
    SealingKeySet,
    StandingVoted,
    SuspensionLapsed,
)
from tallychain.contracts.members.genesis import founders
from tallychain.contracts.members.invariants import full, touched
from tallychain.contracts.members.rules import write_lapse
from tallychain.contracts.members.state import CERTIFICATES, FALLS, HELD, MEMBER_KEYS, ROSTERS, SUSPENSIONS
from tallychain.contracts.members.views import VIEWS
from tallychain.ledger.contract import Contract, DueKind, Words
from tallychain.ledger.identity import KEYS, MEMBERS

CONTRACT = Contract(
    name="members",
    title=Words("Members", "成员"),
    operations=OPERATIONS,
    events=(
        MemberAdmitted,
        KeyRegistered,
        KeyRevoked,
        SealingKeySet,
        GatewaySet,
        MemberSuspended,
        MemberRestored,
        SuspensionLapsed,
        StandingVoted,
        MemberHeldBack,
        MemberLetGo,
    ),
    tables=(MEMBERS, KEYS, MEMBER_KEYS, ROSTERS, CERTIFICATES, SUSPENSIONS, FALLS, HELD),
    due=(
        DueKind(
            name="suspension",
            table=MEMBERS,
            budget=100,
            timeline=lambda row: row.standing,
            change=write_lapse,
        ),
    ),
    touched=touched,
    full=full,
    genesis=founders,
    views=VIEWS,
    words=WORDS,
)
