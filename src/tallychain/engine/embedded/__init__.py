"""The engine for one institution and for tests: one process that orders, executes, keeps and serves the chain.

It has one operator and tolerates no fault of that operator; every status says so.
"""
