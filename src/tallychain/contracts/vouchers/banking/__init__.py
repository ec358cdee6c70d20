"""Accounts of record: to which account a client is paid, tested by a bank that is not its sponsor, and changed only after time to stop it."""
