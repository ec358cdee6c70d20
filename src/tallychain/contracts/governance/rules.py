"""One pure function per operation: it reads, refuses, refuses, refuses, then returns one Change.

Source: design page "alliance", section Governance; list of attacks, numbers 25 and 27.
"""

from msgspec.structs import replace

from tallychain.contracts.governance.changes import (
    Admit,
    AdoptRulePack,
    Exit,
    ProposedChange,
    SetPolicy,
    kind_of,
)
from tallychain.contracts.governance.constitution import WHOLE_PPM
from tallychain.contracts.governance.effects import NO_OTHERS, Others, effect
from tallychain.contracts.governance.events import BallotCast, ProposalOpened, ProposalWithdrawn
from tallychain.contracts.governance.nodechanges import AdmitNode, AdmitValidator
from tallychain.contracts.governance.noderefusals import NodeOfAnother
from tallychain.contracts.governance.operations import Cast, Open, Withdraw
from tallychain.contracts.governance.policies import day_after
from tallychain.contracts.governance.refusals import (
    BallotFinal,
    BallotsOfOthers,
    EffectiveTooEarly,
    ExitOfAnother,
    IntroducedByBankOnly,
    KindDiffers,
    NotVoting,
    NotYourProposal,
    NoVote,
    ProposalDiffers,
    ProposalUnknown,
    TooManyProposals,
)
from tallychain.contracts.governance.state import (
    ABSTAIN,
    ACTING,
    BALLOTS,
    LIVING,
    LIVING_OF_ONE_MEMBER,
    LIVING_PROPOSALS,
    NO,
    PASSED,
    PROPOSALS,
    REJECTED,
    VOTING,
    WITHDRAWN,
    YES,
    Ballot,
    Living,
    Proposal,
    ProposalText,
    rule_of,
    total_at,
    weight_at,
)
from tallychain.contracts.members import api as members
from tallychain.crypto.digest import digest
from tallychain.ledger import codec
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled
from tallychain.ledger.types import MEMBER_PREFIX, MemberId, TimeMs


def open_proposal(args: Open, call: Call, state: Reader, others: Others = NO_OTHERS) -> Change:
    """
    Put a change to the vote.

    What could not act at its instant even if nothing else happened is refused at once, by the same code by which it would act.
    """
    found = kind_of(args.data)
    if found != args.kind:
        raise KindDiffers(args.kind, found)
    proposer, height = _asking(call), call.now.height
    if weight_at(state, proposer, height) == 0:
        raise NoVote(proposer, height)
    living = state.scan(LIVING)
    own = sum(row.proposer == proposer for row in living)
    if len(living) >= LIVING_PROPOSALS or own >= LIVING_OF_ONE_MEMBER:
        raise TooManyProposals(LIVING_PROPOSALS, LIVING_OF_ONE_MEMBER)
    _check_proposer(args.data, proposer, state, call.now)
    rule = rule_of(state, args.kind)
    closes_ms = rule.closes_ms(call.now.time_ms)
    acts_ms = rule.acts_ms(closes_ms)
    _check_effective(args.data, acts_ms)
    effect(args.data, state, Moment(height, TimeMs(acts_ms), call.now.outages), others, call.now.time_ms)
    text = ProposalText(
        proposal=call.operation,
        proposer=proposer,
        kind=args.kind,
        words_zh=args.words_zh,
        words_en=args.words_en,
        change=args.data,
        rule=rule,
        opened_height=height,
        total=total_at(state, height),
        closes_ms=closes_ms,
        acts_ms=acts_ms,
    )
    row = Proposal(
        text=text,
        digest=text_digest(text),
        yes=0,
        no=0,
        abstain=0,
        failure="",
        failure_fields={},
        timeline=Timeline(VOTING, (Step(closes_ms, REJECTED),)),
    )
    return Change(
        (PROPOSALS.put(row), LIVING.put(Living(row.id, proposer))),
        (ProposalOpened(text, row.digest, row.timeline),),
    )


def cast(args: Cast, call: Call, state: Reader) -> Change:
    """
    Vote, with the weight as of the opening.  A suspended member votes too; one admitted or taken back in meanwhile does not.

    A ballot is final: the text that it signs cannot change, so nothing new can be learnt about it, and nobody can turn a vote
    at its last instant by taking a yes back.
    """
    proposal = the_proposal(args.proposal, state)
    text = proposal.text
    member = _asking(call)
    _check_voting(proposal, call.now)
    if args.digest != proposal.digest:
        raise ProposalDiffers(proposal.digest)
    weight = weight_at(state, member, text.opened_height)
    if weight == 0:
        raise NoVote(member, text.opened_height)
    before = state.get(BALLOTS, text.proposal, member)
    if before is not None:
        raise BallotFinal(member, before.choice)
    counted = replace(
        proposal,
        yes=proposal.yes + weight * (args.choice == YES),
        no=proposal.no + weight * (args.choice == NO),
        abstain=proposal.abstain + weight * (args.choice == ABSTAIN),
    )
    end = PASSED if is_passing(counted) else REJECTED
    counted = replace(counted, timeline=Timeline(VOTING, (Step(text.closes_ms, end),)))
    ballot = Ballot(text.proposal, member, args.choice, weight, call.now.height)
    event = BallotCast(
        text.proposal,
        member,
        args.choice,
        weight,
        counted.yes,
        counted.no,
        counted.abstain,
        counted.timeline,
    )
    return Change((PROPOSALS.put(counted), BALLOTS.put(ballot)), (event,))


def withdraw(args: Withdraw, call: Call, state: Reader) -> Change:
    """Take a proposal back, before any other member has voted on it."""
    proposal = the_proposal(args.proposal, state)
    proposer = proposal.text.proposer
    if _asking(call) != proposer:
        raise NotYourProposal(proposer)
    _check_voting(proposal, call.now)
    for ballot in state.scan(BALLOTS, proposal.id):
        if ballot.member != proposer:
            raise BallotsOfOthers(ballot.member)
    withdrawn = replace(proposal, timeline=settled(WITHDRAWN))
    return Change(
        (PROPOSALS.put(withdrawn), LIVING.delete(Living(proposal.id, proposer))),
        (ProposalWithdrawn(proposal.id),),
    )


def text_digest(text: ProposalText) -> str:
    """What a ballot signs: the digest of everything that is put to the vote, thresholds and instants included."""
    return digest("ballot", codec.encode(text)).hex()


def is_passing(proposal: Proposal) -> bool:
    """Whether the vote as it stands is a yes: enough weight took part, and enough of what said yes or no said yes."""
    rule, yes, no = proposal.text.rule, proposal.yes, proposal.no
    turnout = yes + no + proposal.abstain
    return (
        yes > 0
        and turnout * WHOLE_PPM >= rule.turnout_ppm * proposal.text.total
        and yes * WHOLE_PPM >= rule.share_ppm * (yes + no)
    )


def passed(proposal: Proposal, closed_ms: int) -> Timeline:
    """What a vote that ended with a yes waits for: the instant at which it acts, the whole delay after its end."""
    return Timeline(PASSED, (Step(proposal.text.rule.acts_ms(closed_ms), ACTING),))


def the_proposal(name: str, state: Reader) -> Proposal:
    """A proposal of record.  Raises `ProposalUnknown`."""
    proposal = state.get(PROPOSALS, name)
    if proposal is None:
        raise ProposalUnknown(name)
    return proposal


def _check_proposer(change: ProposedChange, proposer: MemberId, state: Reader, now: Moment) -> None:
    if isinstance(change, Exit) and change.member != proposer:
        raise ExitOfAnother(change.member)
    if isinstance(change, AdmitValidator | AdmitNode) and change.member != proposer:
        raise NodeOfAnother(change.member)
    introduced = isinstance(change, Admit) and CORE_ENTERPRISE in change.member.kinds
    if introduced and not members.is_active_kind(state, proposer, BANK, now):
        raise IntroducedByBankOnly(proposer)


def _check_effective(change: ProposedChange, acts_ms: int) -> None:
    """What holds by days begins on a day that has not begun when the vote acts, so no day is under two policies."""
    if isinstance(change, SetPolicy | AdoptRulePack) and change.effective_from < day_after(acts_ms):
        raise EffectiveTooEarly(day_after(acts_ms))


def _check_voting(proposal: Proposal, now: Moment) -> None:
    status = proposal.status_at(now)
    if status != VOTING:
        raise NotVoting(proposal.id, status)


def _asking(call: Call) -> MemberId:
    """The member that asks: no operation of this contract is a holder's."""
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))
