"""Figures of several validators on one machine: each a real engine with a real ledger process, under a real load."""
