"""What orders envelopes into blocks: one narrow port, and the engines behind it."""
