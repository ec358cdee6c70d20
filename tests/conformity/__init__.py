"""Whether our files are what their standards ask, judged by programs of others."""
