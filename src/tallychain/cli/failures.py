"""How a command says no: one sentence and a stable code on standard error, and an exit status for scripts."""

from typing import Final

REFUSED: Final = 1
"""What was asked was understood and not done."""
NOT_POSSIBLE: Final = 2
"""The command was not understood, or what it needs could not be reached."""


class Failure(Exception):
    """What ends a command without success."""

    status = REFUSED

    def __init__(self, code: str, sentence: str, fields: dict[str, object] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.fields = fields or {}


class NotPossible(Failure):
    """The command was not understood, or what it needs could not be reached."""

    status = NOT_POSSIBLE


def of_exception(error: BaseException) -> Failure | None:
    """
    The failure that an expected exception stands for, or None for one that is nobody's expectation.

    Exceptions of this package that people meet carry a public `code`, and their text is a sentence.
    """
    if isinstance(error, Failure):
        return error
    code = getattr(error, "code", None)
    if isinstance(code, str) and code.isupper() and type(error).__module__.startswith("tallychain."):
        sentence = getattr(error, "sentence", None)
        shown = sentence if isinstance(sentence, str) else str(error)
        kind = NotPossible if code in _NOT_REACHED else Failure
        return kind(code, shown)
    name = _NAMED.get(type(error).__name__)
    if name is not None and type(error).__module__.startswith("tallychain."):
        return NotPossible(name, str(error))
    return None


_NOT_REACHED: Final = frozenset({"GATEWAY_NOT_REACHED", "NETWORK_NOT_RUNNING", "NOT_A_NETWORK"})
_NAMED: Final = {
    "AlreadyRunning": "ALREADY_RUNNING",
    "StartFailed": "START_FAILED",
    "EngineUnavailable": "LEDGER_NOT_REACHED",
    "ChainDiffers": "CHAIN_DIFFERS",
    "ConfigRefused": "SETTINGS_REFUSED",
    "GenesisRefused": "GENESIS_REFUSED",
    "DatabaseRefused": "DATABASE_REFUSED",
    "DatabaseLost": "DATABASE_LOST",
}
"""Exceptions that carry no code of their own, with the one under which a command answers."""
