"""How a voucher is paid: agreements with settlement banks, payees, money booked, shares, payouts, and what happens if none comes.

It is a part of the contract `vouchers`, with files of the same names; `vouchers/__init__.py` joins both.
"""
