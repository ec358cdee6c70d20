"""Build, sign, submit and follow operations; open sealed parts; verify proofs without a ledger."""
