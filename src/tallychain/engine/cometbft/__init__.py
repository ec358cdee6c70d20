"""The ledger on CometBFT: several validators, one order, and no party whose absence or lie stops or changes it.

CometBFT orders, and the ledger process beside it executes, keeps and serves.
"""
