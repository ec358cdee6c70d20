"""Ports on loopback for programs that a test starts."""

from tallychain.network.ports import free_ports

__all__ = ["free_port", "free_ports"]


def free_port() -> int:
    """Nobody listens there, and the system gives it to no connection before the program does."""
    return free_ports(1)[0]
