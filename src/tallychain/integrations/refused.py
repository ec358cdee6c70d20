"""How a reader says no: a stable code for programs and one sentence for people."""


class InputRefused(Exception):
    """Nothing was taken from the input.  Each reader has a subclass and lists its codes."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


def quoted(text: str, length: int = 40) -> str:
    """A piece of foreign text for a sentence: short, on one line, without control characters."""
    shown = text if len(text) <= length else text[:length] + "…"
    return repr(shown)
