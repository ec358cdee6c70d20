"""A holder and its sponsor: leaving it, and acting without it when it does not answer."""
