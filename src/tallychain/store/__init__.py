"""The durable store of a ledger node: one atomic write per block, and logical snapshots of the whole state."""
