"""The contracts of the alliance, one folder each, all of one shape: having read one, you know where to look in the others."""
