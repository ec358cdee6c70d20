"""Guarantees: a guarantor stands for an issuer up to a limit, pays holders when the issuer is overdue, and becomes the creditor of what it paid."""
