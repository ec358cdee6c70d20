"""Members and their keys under any sequence of operations, beside a model that a clerk could keep on paper."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tallychain.contracts.members import state
from tallychain.contracts.members.operations import (
    KeyRegister,
    KeyRevoke,
    KeyRotate,
    Restore,
    SealingKeyRotate,
    Suspend,
)
from tallychain.contracts.members.tests import strategies as world
from tallychain.instruments.calendar import LOCAL_OFFSET_MS
from tallychain.ledger.identity import ACTIVE, SUSPENDED
from tallychain.ledger.refusals import Refused
from tallychain.ledger.types import Height

DAY_MS = 86_400_000
DONE = "DONE"


@dataclass(slots=True)
class ModelKey:
    """One line of the clerk's list of keys."""

    member: str
    person: str
    certificate: str
    is_admin: bool
    begins: int
    ends: int | None = None


@dataclass(slots=True)
class Model:
    """What a clerk would know, without tables, timelines or events."""

    keys: dict[str, ModelKey] = field(default_factory=dict)
    suspended: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Member to supervisor and end of the last suspension, which may have been lifted."""
    replaced_ms: dict[str, int] = field(default_factory=dict)
    """When a member replaced its sealing key last."""
    sealing: dict[str, list[str]] = field(default_factory=dict)

    def admins(self, member: str, height: int, without: str) -> int:
        """How many persons are admins from the next block on, without one key."""
        return len(
            {
                key.person
                for name, key in self.keys.items()
                if key.member == member and key.is_admin and key.ends is None and name != without
                if key.begins <= height + 1
            }
        )

    def owner(self, member: str, certificate: str) -> str | None:
        """Whose certificate it is."""
        owners = [
            key.person for key in self.keys.values() if (key.member, key.certificate) == (member, certificate)
        ]
        return owners[0] if owners else None

    def is_suspended(self, member: str, now_ms: int) -> bool:
        """Whether a suspension runs."""
        return member in self.suspended and now_ms < self.suspended[member][1]


def end_of_suspension(now_ms: int) -> int:
    """00:00 local time after the third weekday that follows."""
    day = (now_ms + LOCAL_OFFSET_MS) // DAY_MS
    counted = 0
    while counted < 3:
        day += 1
        counted += (day + 3) % 7 < 5
    return (day + 1) * DAY_MS - LOCAL_OFFSET_MS


class Members(RuleBasedStateMachine):
    """The contract and the model side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.book = world.Book().founded()
        self.model = Model()
        for member in world.KINDS:
            self.model.sealing[member] = [member]
            for number, rights in enumerate(world.STAFF):
                name = f"{member}-{number}"
                self.model.keys[name] = ModelKey(member, name, name, rights == ("admin",), 0)

    def outcome(self, name: str, args: object, by: str) -> str:
        """DONE, or the code of the refusal."""
        try:
            self.book.ask(name, args, by)  # type: ignore[arg-type]  # arguments of several types
        except Refused as refusal:
            return refusal.code
        return DONE

    @rule(
        member=world.members,
        name=world.key_names,
        person=world.person_names,
        certificate=world.person_names,
        rights=world.right_sets,
        ahead=world.heights_ahead,
    )
    def register(
        self, member: str, name: str, person: str, certificate: str, rights: tuple[str, ...], ahead: int
    ) -> None:
        height = self.book.height
        asked = height + ahead if ahead else 0
        owner = self.model.owner(member, certificate)
        expected = DONE
        if name in self.model.keys:
            expected = "KEY_KNOWN"
        elif owner not in (None, person):
            expected = "CERTIFICATE_OF_ANOTHER_PERSON"
        elif ahead < 0:
            expected = "HEIGHT_OUT_OF_RANGE"
        args = KeyRegister(
            world.key_text(name),
            world.person_of(person),
            rights,
            0,
            world.certificate_of(certificate),
            asked,
        )
        assert self.outcome("member.key_register", args, member) == expected
        if expected == DONE:
            begins = asked or height + 1
            self.model.keys[name] = ModelKey(member, person, certificate, "admin" in rights, begins)

    @rule(member=world.members, old=world.key_names, new=world.key_names, ahead=world.heights_ahead)
    def rotate(self, member: str, old: str, new: str, ahead: int) -> None:
        height = self.book.height
        asked = height + ahead if ahead else 0
        known = self.model.keys.get(old)
        expected = DONE
        if known is None or known.member != member:
            expected = "KEY_UNKNOWN"
        elif ahead < 0:
            expected = "HEIGHT_OUT_OF_RANGE"
        elif known.ends is not None:
            expected = "KEY_NOT_IN_FORCE"
        elif new in self.model.keys:
            expected = "KEY_KNOWN"
        certificate = known.certificate if known else old
        args = KeyRotate(world.key_text(old), world.key_text(new), world.certificate_of(certificate), asked)
        outcome = self.outcome("member.key_rotate", args, member)
        assert outcome == expected
        if known is not None and expected == DONE:
            known.ends = asked or height + 1
            self.model.keys[new] = ModelKey(
                member, known.person, certificate, known.is_admin, max(known.begins, height + 1)
            )

    @rule(member=world.members, name=world.key_names, ahead=world.heights_ahead)
    def revoke(self, member: str, name: str, ahead: int) -> None:
        height = self.book.height
        asked = height + ahead if ahead else 0
        ends = asked or height + 1
        known = self.model.keys.get(name)
        expected = DONE
        if known is None or known.member != member:
            expected = "KEY_UNKNOWN"
        elif ahead < 0:
            expected = "HEIGHT_OUT_OF_RANGE"
        elif known.ends is not None and known.ends <= ends:
            expected = "KEY_NOT_IN_FORCE"
        elif known.is_admin and self.model.admins(member, height, name) < 2:
            expected = "LAST_ADMINS"
        args = KeyRevoke(world.key_text(name), asked, "trial")
        assert self.outcome("member.key_revoke", args, member) == expected
        if known is not None and expected == DONE:
            known.ends = ends

    @rule(member=world.members, key=st.sampled_from(["bank-a", "ce-a", "s1", "s2", "s3"]))
    def rotate_sealing(self, member: str, key: str) -> None:
        used = [name for names in self.model.sealing.values() for name in names]
        expected = "KEY_KNOWN" if key in used else DONE
        now_ms = self.book.time_ms
        if expected == DONE and now_ms - self.model.replaced_ms.get(member, -DAY_MS * 9) <= 2 * DAY_MS:
            expected = "SEALING_KEY_REPLACED_RECENTLY"
        args = SealingKeyRotate(world.sealing_text(key))
        assert self.outcome("member.sealing_key_rotate", args, member) == expected
        if expected == DONE:
            self.model.sealing[member].append(key)
            self.model.replaced_ms[member] = now_ms

    @rule(member=world.suspects, by=world.supervisors)
    def suspend(self, member: str, by: str) -> None:
        now_ms = self.book.time_ms
        last = self.model.suspended.get(member)
        expected = DONE
        if member == "nobody":
            expected = "MEMBER_UNKNOWN"
        elif member == "supervisor":
            expected = "SUSPENDED_BY_VOTE_ONLY"
        elif self.model.is_suspended(member, now_ms):
            expected = "NOT_IN_GOOD_STANDING"
        elif any(self.model.is_suspended(other, now_ms) for other in self.model.suspended):
            expected = "ANOTHER_IS_SUSPENDED"
        elif last is not None and now_ms < last[1] + state.RENEWAL_PAUSE_MS:
            expected = "SUSPENDED_RECENTLY"
        assert self.outcome("member.suspend", Suspend(member, "trial"), by) == expected
        if expected == DONE:
            self.model.suspended[member] = (by, end_of_suspension(now_ms))

    @rule(member=world.suspects, by=world.supervisors)
    def restore(self, member: str, by: str) -> None:
        expected = DONE
        if member == "nobody":
            expected = "MEMBER_UNKNOWN"
        elif not self.model.is_suspended(member, self.book.time_ms):
            expected = "NOT_SUSPENDED"
        elif self.model.suspended[member][0] != by:
            expected = "NOT_YOUR_SUSPENSION"
        assert self.outcome("member.restore", Restore(member), by) == expected
        if expected == DONE:
            self.model.suspended[member] = (by, self.book.time_ms)

    @rule(pause_ms=world.pauses_ms)
    def go_on(self, pause_ms: int) -> None:
        self.book.next_block(self.book.time_ms + pause_ms)

    @rule(pause_ms=world.pauses_ms)
    def pass_time_without_due_work(self, pause_ms: int) -> None:
        self.book.time_ms += pause_ms

    @invariant()
    def keys_sign_when_the_model_says_so(self) -> None:
        for name, key in self.model.keys.items():
            row = self.book.key(name)
            assert (row.member, row.person) == (key.member, world.person_of(key.person))
            for height in range(self.book.height, self.book.height + 7):
                signs = key.begins <= height and (key.ends is None or height < key.ends)
                assert row.signs_at(Height(height)) == signs

    @invariant()
    def standing_is_what_the_model_says(self) -> None:
        for member in world.KINDS:
            suspended = self.model.is_suspended(member, self.book.time_ms)
            assert self.book.status(member) == (SUSPENDED if suspended else ACTIVE)
            keys = self.book.member(member).sealing
            assert [key.key for key in keys] == [world.sealing_text(k) for k in self.model.sealing[member]]

    @invariant()
    def what_must_hold_holds(self) -> None:
        self.book.check()


TestMembers = Members.TestCase
TestMembers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
