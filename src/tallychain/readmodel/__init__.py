"""Committed blocks turned into SQL tables that people and systems ask.

Everything here is derived: it can be thrown away and rebuilt from height 0 with the same rows.
"""
