"""Recourse: a funder whose issuer is overdue claims from the seller, which buys back (追索、回购)."""
