"""Check a proof bundle or a certificate without a ledger; this folder, Python and the `cryptography` library are enough.  Copy it anywhere and run
`python -m verify FILE [--genesis DIGEST] [--trusted-header HEIGHT:HASH] [--root CERTIFICATE] [--language zh]` beside it.

Every rule that a proof rests on is written here a second time, plainly, so that nobody has to trust the program that made the
bundle.  Whatever no signature or digest binds is refused, so one changed byte anywhere makes a bundle invalid (docs/proofs.md).
"""

from .bundle import BUNDLE_BYTES, Failure, Report, verify
from .files import verify_file

__all__ = ["BUNDLE_BYTES", "Failure", "Report", "verify", "verify_file"]
