"""What a reason to refuse consists of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to refuse: HTTP status, short title, and its sentence in both languages with typed fields."""

    status: int
    title: str
    en: str
    zh: str
