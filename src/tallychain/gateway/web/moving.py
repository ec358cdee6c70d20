"""A client's wallet leaves this gateway, or comes to it."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.gateway.acts import UnlockBody
from tallychain.gateway.moving import WalletExport, WalletTaken
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json

_NOT_STORED: Final = {"Cache-Control": "no-store"}


class ExportWallet(Struct, frozen=True, forbid_unknown_fields=True):
    """The owner asks for the wallet."""

    unlock: UnlockBody
    leave: bool = True
    """Suspend the seat here, so that it makes no more tags; else what is given is a copy, for safekeeping."""


class ImportWallet(Struct, frozen=True, forbid_unknown_fields=True):
    """The owner brings the wallet."""

    wallet: WalletExport
    passphrase: Annotated[str, Meta(max_length=200)]
    """What opens the export: the passphrase under which it was made."""
    unlock: UnlockBody

    def __repr__(self) -> str:
        return "<wallet brought>"


async def export_wallet(asked: Asked) -> Answer:
    """The wallet of the caller's seat, under the caller's passphrase."""
    body = asked.read(ExportWallet)
    exported = await asked.gateway.moving.export(asked.caller, body.unlock.unlock(), is_left=body.leave)
    return json(exported, headers=_NOT_STORED)


async def import_wallet(asked: Asked) -> Answer:
    """A wallet from another sponsor's gateway, in place of the fresh one of the caller's seat."""
    body = asked.read(ImportWallet)
    taken = await asked.gateway.moving.take(
        asked.caller, body.wallet, body.passphrase, body.unlock.unlock(), asked.read_model
    )
    return json(taken)


ENDPOINTS: Final = (
    Endpoint(
        name="wallet-export",
        method="POST",
        path="/v1/wallet/export",
        summary="The wallet of the caller's seat, under its passphrase, to take along or to keep",
        handler=export_wallet,
        request=ExportWallet,
        response=WalletExport,
        tag="enrolment",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_OWN_KEYS",
            "GATEWAY_SEAT_SUSPENDED",
            "GATEWAY_UNLOCK_REFUSED",
        ),
    ),
    Endpoint(
        name="wallet-import",
        method="POST",
        path="/v1/wallet/import",
        summary="Bring a wallet from another sponsor's gateway to a fresh seat",
        handler=import_wallet,
        request=ImportWallet,
        response=WalletTaken,
        tag="enrolment",
        problems=(
            "GATEWAY_WALLET_NOT_TAKEN",
            "GATEWAY_NOT_FOUND",
            "GATEWAY_OWN_KEYS",
            "GATEWAY_SEAT_SUSPENDED",
            "GATEWAY_UNLOCK_REFUSED",
            "GATEWAY_IDENTITY_NOT_PROVEN",
        ),
    ),
)
