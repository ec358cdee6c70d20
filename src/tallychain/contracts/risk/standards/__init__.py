"""Standards of funders (资金方准入标准): on what terms a bank or factor would finance, published so that everybody can evaluate them."""
