"""Tests of what crosses folders; the rest live beside the code that they test."""
