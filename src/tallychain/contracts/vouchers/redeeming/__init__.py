"""Early redemption: an issuer pays a holder before the maturity, less a discount that both have agreed."""
