"""The console, tried against a real ledger and real gateways in this process."""
