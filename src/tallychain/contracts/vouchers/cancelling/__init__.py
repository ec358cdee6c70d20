"""A voucher that its issuer and all its holders give up together."""
