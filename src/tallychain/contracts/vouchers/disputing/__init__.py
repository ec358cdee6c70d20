"""Disputes of an issuer with its first holder, about what the evidence covers."""
