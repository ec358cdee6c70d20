"""The simple model of a simulation follows what courts, time and buyers do to offers and title."""

from tallychain.contracts.vouchers.tests.model import Model, ModelOffer, ModelVoucher, Piece
from tests.simulation.following import told

NUMBER = "TEST-1"
NOW_MS = 1_000


def held_by_a() -> Model:
    model = Model()
    model.issued(ModelVoucher(NUMBER, "ce-a", "R", 100, "a", "", 10**6, 10**8, 10**9, "DUE"))
    model.accepted(NUMBER)
    return model


def offer_of_a(name: str) -> ModelOffer:
    return ModelOffer(name, NUMBER, 1, 60, "a", "b", 0, 10**7)


def test_an_offer_that_a_freeze_ended_may_be_made_again() -> None:
    model = held_by_a()
    model.offered(offer_of_a("first"), NOW_MS)

    told(model, {"event": "voucher.offer_ended", "offer": "first", "voucher": NUMBER}, NOW_MS)

    model.offered(offer_of_a("second"), NOW_MS)
    assert [offer.name for offer in model.open_offers(NUMBER, NOW_MS)] == ["second"]


def test_units_that_a_court_gave_away_or_a_funder_bought_are_theirs_once_however_often_it_is_said() -> None:
    model = held_by_a()
    moved = {"first": 40, "last": 100, "tag": "b", "layer": 2}
    bought = {"first": 51, "last": 100, "tag": "c", "layer": 3}

    for event in (
        {"event": "voucher.title_moved", "voucher": NUMBER, "taken": moved},
        {"event": "voucher.title_moved", "voucher": NUMBER, "taken": moved},
        {
            "event": "voucher.divided",
            "voucher": NUMBER,
            "pieces": [{**moved, "last": 50}, {**moved, "first": 51}],
        },
        {"event": "financing.completed", "voucher": NUMBER, "taken": [bought]},
    ):
        told(model, event, NOW_MS)

    assert model.vouchers[NUMBER].pieces == [
        Piece(1, 39, "a", 1),
        Piece(40, 50, "b", 2),
        Piece(51, 100, "c", 3),
    ]
    assert model.conserved()
