"""Whole stories through HTTP: from the issue of a voucher to its end, between gateways on one ledger, every figure from an answer of the API."""
