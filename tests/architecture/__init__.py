"""Lints of our own, each a function over source text that is shown to fail on a planted sample."""
