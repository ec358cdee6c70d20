"""A funder's refinement of its own quoting: an expression over typed facts, entered by two persons, evaluated apart from the gateway."""
