"""The rules of the ledger itself: what an operation is, who may make it, how blocks change the state and how that is proven.

Pure: no clock, randomness, floats, I/O or set order.  Business rules live in `tallychain.contracts`.
"""
