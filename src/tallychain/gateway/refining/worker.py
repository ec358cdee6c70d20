"""
A process that evaluates one expression for some rows and ends: `python -m tallychain.gateway.refining.worker`.

It reads `{"expression": …, "rows": [{…}, …]}` and writes a list with `true`, `false` or a text that says what failed.  It may use 5 s of processor time
and 1 GiB of addresses, opens no file and knows nothing but what it is given; whatever an expression does to the library, the gateway goes on.
"""

import json
import resource
import sys
from typing import Any, Final

CPU_S: Final = 5
MEMORY: Final = 1 << 30
NOT_INSTALLED: Final = 3
"""Exit code where the library is missing."""
NOT_READ: Final = 4
"""Exit code where the library does not read the expression; the reason is on the standard output."""
_SHOWN: Final = 160


def main() -> int:
    """Evaluate what the standard input holds."""
    for what, most in ((resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    try:
        import cel  # noqa: PLC0415 - an extra that not every installation has
    except ImportError:
        return NOT_INSTALLED
    asked: dict[str, Any] = json.load(sys.stdin)
    try:
        program = cel.compile(asked["expression"])
    except (ValueError, TypeError, RuntimeError) as error:
        sys.stdout.write(str(error).splitlines()[0][:_SHOWN])
        return NOT_READ
    answers = [_answer(program, cel.Context(variables=row)) for row in asked["rows"]]
    sys.stdout.write(json.dumps(answers))
    return 0


def _answer(program: Any, context: Any) -> bool | str:
    try:
        found = program.execute(context)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        return str(error).splitlines()[0][:_SHOWN] or type(error).__name__
    return found if isinstance(found, bool) else "it is neither true nor false"


if __name__ == "__main__":
    sys.exit(main())
