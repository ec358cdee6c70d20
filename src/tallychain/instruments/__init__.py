"""Arithmetic and calendars of financial instruments, shared by every contract.  Pure: no clock, no floats."""
