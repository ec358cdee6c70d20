"""An alliance in one process on a driven clock: real ledger, contracts and cryptography, nothing else.

For tests, strategies and benches.  Product code never imports it.
"""
