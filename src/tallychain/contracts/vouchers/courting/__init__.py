"""Courts on the ledger: holdings frozen, queued for, released, and executed."""
