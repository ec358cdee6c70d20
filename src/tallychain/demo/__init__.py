"""The demonstration: a trial alliance on which a story is played through the public API, as its users would."""
