"""The folder of one member's gateway: settings, key files, seats and accounts, ready to be started."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Final

from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.keyfile import Kind, StoredSecret, write_key_file
from tallychain.gateway.accounts import HOUSE, Account, Accounts
from tallychain.gateway.certificates import Certificates, Chain
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.config import Folder
from tallychain.gateway.database import Database
from tallychain.gateway.seats import Seat, Seats
from tallychain.network.alliance import DescribedClient, DescribedMember
from tallychain.network.certificates import nodes_to_ask
from tallychain.network.keys import ClientKeys, ClientPerson, MemberKeys, StaffKey
from tallychain.network.layout import Access, Layout, MemberPlace

_SHOWN: Final = {
    "maker": "经办 maker",
    "checker": "复核 checker",
    "admin-1": "管理员 admin 1",
    "admin-2": "管理员 admin 2",
    "system": "系统 system",
}


class Provision:
    """Writes the folders of members."""

    def __init__(
        self, layout: Layout, passphrase: str, scrypt_n: int, places: dict[str, MemberPlace]
    ) -> None:
        """`passphrase` opens every key of the trial; `scrypt_n` is the cost of trying one; `places` are those of all members."""
        self._places = places
        self._layout = layout
        self._passphrase = passphrase
        self._cost = scrypt_n

    def member(
        self,
        member: DescribedMember,
        place: MemberPlace,
        keys: MemberKeys,
        clients: list[tuple[DescribedClient, ClientKeys]],
        *,
        demo: bool,
    ) -> list[Access]:
        """Make one member's folder; who may sign in there."""
        folder = Folder(self._layout.member(member.id))
        folder.make()
        _settings(folder, self._layout, member, place, self._places, demo=demo)
        shutil.copytree(self._layout.authority, folder.root / "trusted")
        (folder.root / "revocations").mkdir(mode=0o700)
        self._member_keys(folder, keys)
        for client, client_keys in clients:
            self._wallet(folder.seats / client.id, client_keys)
        asyncio.run(_tables(folder, member, keys, clients))
        staff = [_staff_access(member, place, one) for one in keys.staff]
        others = [
            _client_access(member, place, client, person)
            for client, client_keys in clients
            for person in client_keys.persons
        ]
        return staff + others

    def _member_keys(self, folder: Folder, keys: MemberKeys) -> None:
        for staff in keys.staff:
            self._write(folder.keys / f"{staff.name}.key", "signing", staff.key.public, staff.seed)
        self._write(folder.keys / "sealing-1.key", "sealing", keys.sealing.public, keys.sealing_seed)
        self._write(folder.keys / "secret.key", "secret", "", keys.secret)
        self._write(folder.keys / "fingerprint-1.key", "secret", "", keys.fingerprint)

    def _wallet(self, folder: Path, keys: ClientKeys) -> None:
        folder.mkdir(mode=0o700)
        keys.wallet.view.save(folder / "view.key", self._passphrase, n=self._cost)
        for person in keys.persons:
            keys.wallet.sign.save(folder / f"sign-{person.account}.key", self._passphrase, n=self._cost)
            if person.identity_key is not None:
                public = person.identity_key.public
                self._write(
                    folder / f"identity-{person.account}.key", "signing", public, person.identity_seed
                )

    def _write(self, path: Path, kind: Kind, public: str, secret: bytes) -> None:
        write_key_file(path, StoredSecret(kind, public, secret), self._passphrase, n=self._cost)


def _settings(
    folder: Folder,
    layout: Layout,
    member: DescribedMember,
    place: MemberPlace,
    places: dict[str, MemberPlace],
    *,
    demo: bool,
) -> None:
    nearest, others = nodes_to_ask(layout, place, places) if place.follows else (str(layout.socket), [])
    lines = [
        f'member = "{member.id}"',
        *([f'engine = "{nearest}"'] if nearest else []),
        *([f"ledger = {json.dumps(others)}"] if others else []),
        f'genesis = "{layout.genesis}"',
        'listen_host = "127.0.0.1"',
        f"listen_port = {place.port}",
        f'public_url = "{place.url}"',
    ]
    if not demo:
        lines.append(f'passphrase_file = "{layout.passphrase}"')
    (folder.root / "gateway.toml").write_text("\n".join(lines) + "\n")


async def _tables(
    folder: Folder,
    member: DescribedMember,
    keys: MemberKeys,
    clients: list[tuple[DescribedClient, ClientKeys]],
) -> None:
    database = Database(folder.database)
    clock = ChainClock(driven=True)
    seats, accounts = Seats(database, folder.seats), Accounts(database, clock.now_ms)
    certificates = Certificates(database, clock)
    try:
        for staff in keys.staff:
            chain = Chain(staff.certificate)
            await certificates.keep(chain, name=member.name_zh, uscc=member.uscc, sender="")
            await accounts.add(_staff_account(member, staff))
        for client, client_keys in clients:
            await seats.add(
                Seat(
                    id=client.id,
                    name=client.name_zh,
                    uscc=client.uscc,
                    two_persons=client.two_persons,
                    findable=True,
                    active=True,
                    hosted=True,
                )
            )
            for person in client_keys.persons:
                chain = Chain(person.certificate)
                await certificates.keep(chain, name=client.name_zh, uscc=client.uscc, sender="")
                await accounts.add(_client_account(client, person))
    finally:
        database.close()


def _staff_account(member: DescribedMember, staff: StaffKey) -> Account:
    return Account(
        id=staff.name,
        name=f"{member.name_zh} {_SHOWN[staff.name]}",
        seat=HOUSE,
        person=staff.person,
        roles=staff.rights,
        key_file=f"{staff.name}.key",
        certificate=staff.certificate_digest,
        active=True,
    )


def _client_account(client: DescribedClient, person: ClientPerson) -> Account:
    return Account(
        id=person.account,
        name=f"{client.name_zh} {_SHOWN[person.role]}",
        seat=client.id,
        person=person.person,
        roles=(person.role,),
        key_file=f"sign-{person.account}.key",
        certificate=certificate_digest(person.certificate),
        active=True,
    )


def _staff_access(member: DescribedMember, place: MemberPlace, staff: StaffKey) -> Access:
    return Access(
        name=f"{member.id}-{staff.name}",
        shown=f"{member.name_zh} {_SHOWN[staff.name]}",
        member=member.id,
        url=place.url,
        account=staff.name,
        seat=HOUSE,
        uscc=member.uscc,
        roles=staff.rights,
    )


def _client_access(
    member: DescribedMember, place: MemberPlace, client: DescribedClient, person: ClientPerson
) -> Access:
    return Access(
        name=person.account,
        shown=f"{client.name_zh} {_SHOWN[person.role]}",
        member=member.id,
        url=place.url,
        account=person.account,
        seat=client.id,
        uscc=client.uscc,
        roles=(person.role,),
    )
