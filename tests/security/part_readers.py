"""
Who opens each sealed part, written down by hand from docs/confidentiality.md, for the honest case of each operation.

Members stand under their names and tags under the client's; `new s1` is the tag of s1's new wallet.  In these cases ce-a has issued, s1 holds as a client of
bank-a, s2 is another client of it, factor-a is the funder or the pledgee, settle-a the settlement bank, the paying bank and the second bank.
"""

from typing import Final

READERS: Final = {
    # Who holds: own tag and sponsor, issuer, supervisor; the counterpart where one is named.
    **{
        f"{name} identity": "bank-a ce-a s1 supervisor"
        for name in (
            "payable.present",
            "payable.withdraw",
            "voucher.accept",
            "voucher.reject",
            "voucher.consent",
            "dispute.answer",
            "redemption.agree",
            "redemption.decline",
            "settlement.outside.consent",
            "debt.write_off",
            "debt.release",
            "debt.revoke",
        )
    },
    **{
        f"{name} identity": "bank-a ce-a s1 s2 supervisor"
        for name in ("voucher.offer", "voucher.take", "voucher.decline", "voucher.recall")
    },
    **{
        f"{name} identity": "bank-a ce-a factor-a s1 supervisor"
        for name in (
            "pledge.create",
            "pledge.recall",
            "pledge.contest",
            "financing.request",
            "financing.challenge",
            "financing.award",
            "financing.close",
            "financing.complete",
            "financing.refute",
            "recourse.buy_back",
            "recourse.contest",
        )
    },
    # The sponsor until now has no business with it any more; while a claim is unanswered both have.
    "holder.port identity": "bank-b ce-a s1 supervisor",
    "sponsor.claim identity": "bank-a bank-b ce-a s1 supervisor",
    # Papers and reasons.
    "payable.present papers": "bank-a ce-a s1",
    "payable.contest reason": "bank-a ce-a s1",
    "invoice.credit reason": "bank-a ce-a",
    "invoice.review reason": "bank-a ce-a",
    "voucher.issue trade": "bank-a ce-a s1",
    "voucher.reject reason": "bank-a ce-a s1",
    "voucher.offer trade": "bank-a s1 s2",
    "voucher.decline reason": "bank-a s1 s2",
    # Pledge: no sponsor.
    "pledge.create terms": "factor-a s1",
    "pledge.claim claim": "factor-a s1 settle-a",
    "pledge.contest reason": "factor-a s1",
    # Courts, and disputes.
    "court.freeze order": "bank-a ce-a court s1 settle-a supervisor",
    "court.renew order": "bank-a ce-a court s1 settle-a supervisor",
    "court.unfreeze order": "bank-a ce-a court s1 settle-a supervisor",
    "court.execute order": "bank-a ce-a court s1 settle-a supervisor",
    "court.execute payee": "bank-a ce-a court s1 settle-a supervisor",
    "court.transfer order": "bank-a ce-a court s1 s2 settle-a supervisor",
    "dispute.open ground": "bank-a ce-a s1 settle-a supervisor",
    "dispute.refer ground": "bank-a ce-a s1 settle-a supervisor",
    "dispute.close ground": "bank-a ce-a s1 settle-a supervisor",
    # Financing: bank-a is the seller's bank here, and its sponsor reads nothing as such.
    "financing.request reasons": "factor-a s1",
    "financing.reveal quote": "factor-a s1",
    "financing.award payment": "bank-a factor-a s1 settle-a",
    "financing.refute reason": "bank-a factor-a s1 settle-a",
    # Early redemption, recourse: the price is nobody's business but of those who pay and are paid.
    "redemption.offer terms": "ce-a s1 settle-a",
    "redemption.agree payee": "bank-a ce-a s1 settle-a",
    "recourse.claim claim": "factor-a s1 settle-a",
    "recourse.claim payee": "factor-a s1 settle-a",
    "recourse.contest reason": "factor-a s1",
    # Lost wallets: both tags, so that the true holder can object.
    "holder.rekey.propose client": "bank-a ce-a new s1 s1 settle-a supervisor",
    "holder.rekey.consent client": "bank-a ce-a new s1 s1 settle-a supervisor",
    "holder.rekey.veto identity": "bank-a ce-a new s1 s1 settle-a supervisor",
    "holder.rekey.take identity": "bank-a ce-a new s1 s1 settle-a supervisor",
    # Accounts of record: settle-a tests; the code is nobody's business but the bank's and the client's.
    "account.set identity": "bank-a s1 settle-a supervisor",
    "account.set account": "bank-a s1 settle-a",
    "account.change identity": "bank-a s1 settle-a supervisor",
    "account.change account": "bank-a s1 settle-a",
    "account.send code": "settle-a",
    "account.return identity": "bank-a s1 settle-a supervisor",
    "account.return code": "s1 settle-a",
    "account.refuse reason": "bank-a s1 settle-a",
    "account.stop identity": "bank-a s1 settle-a supervisor",
    # Accounts, from the black-out on.
    "settlement.payee payee": "bank-a ce-a s1 settle-a",
}
