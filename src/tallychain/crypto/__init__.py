"""Signatures, digests, sealing and key storage: the only folder that touches a cryptography library."""
