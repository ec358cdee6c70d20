"""The one ancestor of every refusal in this folder."""

from typing import ClassVar


class CryptoRefusal(Exception):
    """Something cryptographic is not acceptable.

    ``code`` is stable and may be stored or compared; the text is a sentence for a person and never
    contains a secret.
    """

    code: ClassVar[str] = "CRYPTO"
