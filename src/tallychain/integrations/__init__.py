"""Files and messages that come from other systems: each is read strictly, bounded, or refused with a sentence."""
