"""Units for systemd that run a real node: the ledger, the engine and the gateway as services of their own, with nothing more than they need."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.node.config import Node

LEDGER_UNIT: Final = "tally-ledger.service"
ENGINE_UNIT: Final = "tally-engine.service"
GATEWAY_UNIT: Final = "tally-gateway.service"
BACKUP_UNIT: Final = "tally-backup.service"
BACKUP_TIMER: Final = "tally-backup.timer"

_UNIT: Final = """[Unit]
Description={description}
Documentation=https://tallychain.dev/operating
{order}
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
User={user}
Group={user}
WorkingDirectory={root}
LoadCredential=passphrase:{passphrase}
Restart=on-failure
RestartSec=2
# 2: it said why it cannot start; to begin again helps only when that has changed.
RestartPreventExitStatus=2
KillMode=mixed
TimeoutStartSec={start_s}
TimeoutStopSec=60
SyslogIdentifier={name}
{hardening}
[Install]
WantedBy=multi-user.target
"""

_BACKUP: Final = """[Unit]
Description=Backup of the tallychain node of {member}
Documentation=https://tallychain.dev/operating
After=tally-ledger.service

[Service]
Type=oneshot
ExecStart={command}
User={user}
Group={user}
WorkingDirectory={root}
{hardening}"""

_TIMER: Final = """[Unit]
Description=Backup of the tallychain node of {member}, every night

[Timer]
OnCalendar=*-*-* 02:30:00 Asia/Shanghai
RandomizedDelaySec=600
Persistent=yes

[Install]
WantedBy=timers.target
"""

_HARDENING: Final = """UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writes}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies={families}
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=
AmbientCapabilities=
LimitCORE=0
LimitNOFILE=65536
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """As whom the services run, and with what."""

    user: str = "tally"
    passphrase: Path = Path("/etc/tally/passphrase")
    """File from which the service manager hands the passphrase over; only root needs to read it."""
    backups: Path = Path("/var/backups/tally")
    metrics_port: int = 9464
    python: str = sys.executable


def units(node: Node, running: Running) -> dict[str, str]:
    """Name and text of each unit."""
    return {
        LEDGER_UNIT: _ledger(node, running),
        **({} if node.engine is None else {ENGINE_UNIT: _engine(node, running)}),
        GATEWAY_UNIT: _gateway(node, running),
        BACKUP_UNIT: _backup(node, running),
        BACKUP_TIMER: _TIMER.format(member=node.gateway.member),
    }


def _ledger(node: Node, running: Running) -> str:
    command = _ledger_command(node, running)
    return _UNIT.format(
        name="tally-ledger",
        description=f"tallychain ledger, run by {node.gateway.member}",
        order="After=local-fs.target network.target",
        command=command,
        user=running.user,
        root=node.root,
        passphrase=running.passphrase,
        # A long chain is read whole when it is opened.
        start_s=900,
        hardening=_HARDENING.format(
            writes=_places(node.ledger, node.socket.parent), families="AF_UNIX AF_INET AF_INET6"
        ),
    )


def _ledger_command(node: Node, running: Running) -> str:
    if node.engine is not None:
        return f"{running.python} -m tallychain.engine.cometbft {' '.join(node.ledger_arguments)}"
    return (
        f"{running.python} -m tallychain.engine.embedded --dir {node.ledger} --genesis {node.genesis} --socket {node.socket}"
        f" --key-file {node.sequencer_key} --passphrase-file %d/passphrase --workers {node.workers} --metrics-port {running.metrics_port}"
    )


def _engine(node: Node, running: Running) -> str:
    # Without the ledger the engine ends by itself; it is begun again once the ledger serves.
    order = f"After=network-online.target {LEDGER_UNIT}\nWants=network-online.target\nRequires={LEDGER_UNIT}\nPartOf={LEDGER_UNIT}"
    text = _UNIT.format(
        name="tally-engine",
        description=f"tallychain engine of the node of {node.gateway.member}",
        order=order,
        command=f"{running.python} -m tallychain.node.engine --config {node.file}",
        user=running.user,
        root=node.root,
        passphrase=running.passphrase,
        start_s=900,
        hardening=_HARDENING.format(
            writes=_places(node.home.root, node.ledger), families="AF_UNIX AF_INET AF_INET6"
        ),
    )
    # It says nothing to the service manager, ends with status 1 for every reason, and needs no passphrase.
    text = text.replace("Type=notify\nNotifyAccess=main\n", "Type=exec\n").replace("on-failure", "always")
    return text.replace(f"LoadCredential=passphrase:{running.passphrase}\n", "")


def _gateway(node: Node, running: Running) -> str:
    return _UNIT.format(
        name="tally-gateway",
        description=f"tallychain gateway and console of {node.gateway.member}",
        order=f"After=network-online.target {LEDGER_UNIT}\nWants=network-online.target {LEDGER_UNIT}",
        command=f"{running.python} -m tallychain.console --config {node.gateway_file}",
        user=running.user,
        root=node.root,
        passphrase=running.passphrase,
        start_s=300,
        hardening=_HARDENING.format(
            writes=_places(node.gateway_folder.root), families="AF_UNIX AF_INET AF_INET6"
        ),
    )


def _backup(node: Node, running: Running) -> str:
    command = f"{running.python} -m tallychain.cli node backup --config {node.file} --to {running.backups} --keep 14"
    places = _places(node.ledger, node.gateway_folder.root, running.backups)
    return _BACKUP.format(
        member=node.gateway.member,
        command=command,
        user=running.user,
        root=node.root,
        hardening=_HARDENING.format(writes=places, families="AF_UNIX AF_INET AF_INET6"),
    )


def _places(*paths: Path) -> str:
    return " ".join(sorted({str(path) for path in paths}))
