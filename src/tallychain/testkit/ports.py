"""A port on loopback for a program that a test starts."""

from tallychain.network.ports import free_ports


def free_port() -> int:
    """Nobody listens there, and the system gives it to no connection before the program does."""
    return free_ports(1)[0]
