"""Seeds that once failed, with what they found.

A seed means the same schedule only until the workload or the faults change; so what it found also has a test of its own where it was mended.
"""

KEPT = {
    9: "a holder's claim on its new sponsor, carried by the one claimed before, stopped every node (tested in contracts/vouchers/tests/test_sponsoring.py)",
    284: "an offer that a court's freeze had ended was made again after it, and the simple model took the first for open (tested in test_following.py)",
    1042: "a gateway ended an operation that came too early for a block, and its old envelope was executed later (tested in gateway/tests/test_outbox.py)",
}
