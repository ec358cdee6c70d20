"""What the financial library says when it cannot do what was asked.

A contract turns these into refusals of its own; the sentence is for people, the class and its
fields are for programs.
"""


class InstrumentError(ValueError):
    """Base of every error of this library.  ``str(error)`` is one plain sentence."""
