"""Tests of the cryptography, with vectors that another implementation can run too."""
