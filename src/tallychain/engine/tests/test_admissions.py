"""What is remembered of an envelope never outlives the state that it rests on."""

from tallychain.crypto.pool import VerifierPool
from tallychain.engine.admissions import Admissions
from tallychain.ledger.admission import AdmittedEnvelope
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.tests.chain import pack
from tallychain.ledger.tests.test_rolling_upgrade import FROM, NEWER, node, pour


def test_an_envelope_refused_before_a_protocol_holds_is_judged_anew_when_it_does() -> None:
    chain = node(NEWER)
    envelope = pack([pour(chain)], "bank-a", chain.ledger.time_ms)
    with VerifierPool(0) as pool:
        admissions = Admissions(pool)

        early = admissions.judge([envelope], chain.ledger)[0]
        while chain.ledger.height < FROM - 1:
            chain.block()
        late = admissions.judge([envelope], chain.ledger)[0]

    assert isinstance(early, Inadmissible)
    assert early.code == "TYPE_UNKNOWN"
    assert isinstance(late, AdmittedEnvelope)
