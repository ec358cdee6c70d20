"""Tests of the financial library."""
