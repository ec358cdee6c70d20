"""A program for tests of supervision: `python -m … MODE [--ready-fd N]`."""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer


class Healthy(BaseHTTPRequestHandler):
    """Says that all is well."""

    def do_GET(self) -> None:
        """Status 200."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(port: int) -> None:
    """Answer on a port until asked to end."""
    HTTPServer(("127.0.0.1", port), Healthy).serve_forever()


def main(arguments: list[str]) -> int:
    """Behave as asked: serve, fail, stay silent, or ignore being asked to end."""
    mode = arguments[0]
    if mode == "fail":
        sys.stderr.write("The key file is missing.\n")
        return 2
    if mode == "http":
        serve(int(arguments[1]))
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode != "silent":
        os.write(int(arguments[arguments.index("--ready-fd") + 1]), b"ready\n")
    if mode == "short":
        return 3
    time.sleep(120)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
