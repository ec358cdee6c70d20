"""Proof bundles: an operation with the sealed parts that the caller may open, provable without the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallychain.crypto.errors import CryptoRefusal
from tallychain.engine.port import Engine, EngineUnavailable
from tallychain.gateway.certificates import Certificates
from tallychain.gateway.concern import Concerns
from tallychain.gateway.problems import Problem
from tallychain.gateway.proof_port import ProofNotReady
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.ledger import codec
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body, SealedPart, SignedOperation
from tallychain.sdk.build import IDENTITY
from tallychain.sdk.opening import open_part, part_keys
from tallychain.sdk.proof import OpenedPart, ProofMaterial, ProofUnavailable, Shown, gather, make_bundle


@dataclass(frozen=True, slots=True)
class Cited:
    """Versions of policies, and years of calendars, that a proof cites."""

    policies: tuple[tuple[str, int], ...] = ()
    calendars: tuple[int, ...] = ()


class EngineProver:
    """Makes bundles from the engine's answers and the keys that stand open here."""

    def __init__(
        self,
        engine: Engine,
        genesis: bytes,
        concerns: Concerns,
        sealing: SealingKeys,
        certificates: Certificates,
    ) -> None:
        self._engine = engine
        self._genesis = genesis
        self._concerns = concerns
        self._sealing = sealing
        self._certificates = certificates

    async def bundle(self, operation: str, seats: tuple[str, ...]) -> bytes | None:
        """The bundle, with the sealed parts that these seats may open; None if there is no such operation."""
        material = await self.material(operation, seats)
        return None if material is None else make_bundle(material)

    async def material(
        self,
        operation: str,
        seats: tuple[str, ...],
        stating: Sequence[tuple[str, bytes]] = (),
        cited: Cited = Cited(),
    ) -> ProofMaterial | None:
        """What a bundle is made of, and further records of the state by table and key, under the same header.  Raises `ProofNotReady`."""
        signed = await self._concerns.operation(operation)
        if signed is None:
            return None
        shown = await self._shown(signed, seats)
        shown = replace(shown, policies=cited.policies, calendars=cited.calendars)
        try:
            return await gather(self._engine, operation, self._genesis, shown, stating=stating)
        except ProofUnavailable as error:
            if error.code == "NO_RECEIPT":
                return None
            raise ProofNotReady from None
        except EngineUnavailable:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2) from None

    async def _shown(self, signed: SignedOperation, seats: tuple[str, ...]) -> Shown:
        body = codec.trusted(Body, signed.body)
        opened: list[OpenedPart] = []
        for part in body.sealed:
            found = await self._open(body, part, signed, seats)
            if found is not None:
                opened.append(found)
        certificates: list[bytes] = []
        for item in opened:
            if item.label == IDENTITY:
                content = codec.trusted(IdentityContent, item.content)
                for digest in (content.certificate, content.checker_certificate):
                    chain = await self._certificates.get(digest)
                    if chain is not None:
                        certificates += [chain.certificate, *chain.intermediates]
        return Shown(opened=tuple(opened), certificates=tuple(dict.fromkeys(certificates)))

    async def _open(
        self, body: Body, part: SealedPart, signed: SignedOperation, seats: tuple[str, ...]
    ) -> OpenedPart | None:
        box = signed.boxes.get(part.box)
        for seat in seats:
            own = await self._sealing.own(part, seat)
            if own is None or box is None:
                continue
            try:
                keys = part_keys(part, await self._sealing.of_members(part))
                made = open_part(body, part, box, keys, own.name, own.key)
            except (CryptoRefusal, KeyError):
                continue
            return OpenedPart(part.label, made.salt, made.content)
        return None
