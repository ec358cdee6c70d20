"""tallychain: a permissioned ledger that banks, factors and large enterprises run together."""
