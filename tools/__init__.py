"""Small programs that `make` runs."""
