"""What contracts declare: receivers, identities and views, as texts and as rows."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from tallychain.ledger import codec
from tallychain.ledger.codec import Malformed
from tallychain.ledger.contract import Authority, Call, Words
from tallychain.ledger.holder import IdentityContent, Receiver
from tallychain.ledger.tests.toy import BoxOpened, Note
from tallychain.ledger.views import STATUS_UNTIL, Column, Fact, Opening, RowWrite, View

RECEIVER = Receiver("ed25519:" + "ab" * 32, "x25519:" + "cd" * 32, "bank-a")


def test_a_receiver_is_named_by_tag_sealing_key_and_sponsor() -> None:
    text = codec.encode(RECEIVER)

    assert codec.decode(Receiver, text) == RECEIVER
    for wrong in (text.replace(b"x25519", b"x448"), text.replace(b"bank-a", b"Bank A")):
        with pytest.raises(Malformed):
            codec.decode(Receiver, wrong)


def test_an_identity_names_a_person() -> None:
    identity = IdentityContent("衡通制造有限公司", "91310000MA0000001A", "ab" * 32, "cd" * 64, "", "")

    assert codec.decode(IdentityContent, codec.encode(identity)) == identity
    with pytest.raises(Malformed):
        codec.decode(IdentityContent, codec.encode(msgspec.structs.replace(identity, name="")))


def test_an_authority_names_its_roles_in_order() -> None:
    assert [authority.roles for authority in Authority] == [
        ("maker", "checker"),
        ("admin", "admin"),
        ("system",),
        ("holder",),
    ]
    assert "signers" in Call.__slots__


def test_a_view_turns_events_and_openings_into_rows() -> None:
    def opened(fact: Fact) -> Iterable[RowWrite]:
        if isinstance(fact.event, BoxOpened):
            yield RowWrite("boxes", (fact.event.box,), {"height": fact.height})

    def noted(opening: Opening) -> Iterable[RowWrite]:
        if isinstance(opening.content, Note):
            yield RowWrite("boxes", ("A",), {"note": opening.content.text})

    view = View(
        name="boxes",
        title=Words("Boxes", "箱"),
        key=("box",),
        columns=(Column("box", "text", Words("Box", "箱")),),
        project=opened,
        project_opening=noted,
    )

    assert view.project is not None
    assert view.project_opening is not None
    fact = Fact(BoxOpened("A"), "ab" * 32, "member:bank-a", "bank-a", 7, 0, 5)
    assert list(view.project(fact)) == [RowWrite("boxes", ("A",), {"height": 7})]
    opening = Opening(Note("hello"), RECEIVER, "box.carry", "note", "ab" * 32, "tag:x", "member", 7, 5)
    assert list(view.project_opening(opening)) == [RowWrite("boxes", ("A",), {"note": "hello"})]
    assert not view.timeline
    assert not view.private


def test_a_view_whose_status_time_changes_answers_until_when_too() -> None:
    columns = (
        Column("offer", "text", Words("Offer", "要约")),
        Column("status", "text", Words("Status", "状态")),
    )
    view = View(name="offers", title=Words("Offers", "要约"), key=("offer",), columns=columns)

    assert view.answered == columns
    assert replace(view, timeline=True).answered == (*columns, STATUS_UNTIL)
