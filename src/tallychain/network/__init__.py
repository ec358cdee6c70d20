"""A trial alliance on one machine: made in a folder, started, looked at and ended.

For trials and demonstrations: the keys of all members lie in one folder, which is exactly what real members never allow.
"""
