"""Benchmarks: each prints its machine, versions, settings and raw samples, and writes JSON."""
