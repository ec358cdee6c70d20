"""One process per member: it builds, seals, signs and submits for its seats, and answers their questions."""
