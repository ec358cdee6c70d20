"""How a new person takes over an account: by the one-time code from an admin, a passphrase of the own choice, and a phone.

Also the way back after a second factor was reset.  On demonstrations nobody enrols.
"""

from tallychain.gateway.accounts import Account, Accounts
from tallychain.gateway.attempts import Attempts
from tallychain.gateway.factors import Factors, Pending
from tallychain.gateway.passphrases import Passphrases
from tallychain.gateway.problems import Problem
from tallychain.gateway.unlocking import Unlocking

_WRONG = frozenset({"GATEWAY_ENROLMENT_REFUSED", "GATEWAY_UNLOCK_REFUSED", "GATEWAY_SECOND_FACTOR_REFUSED"})


class Joining:
    """Takes people over the threshold."""

    def __init__(
        self,
        accounts: Accounts,
        factors: Factors,
        attempts: Attempts,
        passphrases: Passphrases,
        unlocking: Unlocking,
    ) -> None:
        self._accounts = accounts
        self._factors = factors
        self._attempts = attempts
        self._passphrases = passphrases
        self._unlocking = unlocking

    async def begin(self, account: str, code: str, passphrase: str, new_passphrase: str) -> Pending:
        """
        Check the one-time code, set the passphrase, and make a secret for the phone.

        `passphrase` is the present one; empty where the keys still lie under the one-time code.  `new_passphrase` is empty where the
        present one stays.  May be asked again until it is confirmed.  Raises `GATEWAY_ENROLMENT_REFUSED`, `GATEWAY_FIELD_NOT_VALID`,
        `GATEWAY_ACCOUNT_LOCKED`.
        """
        if not (passphrase or new_passphrase):
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail="choose a passphrase in new_passphrase")
        found = await self._known(account, code)
        if new_passphrase:
            self._passphrases.check(new_passphrase)
            try:
                await self._passphrases.change(found, passphrase or code, new_passphrase)
            except Problem as problem:
                raise await self._counted(found, problem) from None
        else:
            await self._present(found, passphrase)
        await self._unlocking.audit(found.id, "second-factor-begin", found.id)
        return await self._factors.begin(found.id)

    async def confirm(self, account: str, code: str, passphrase: str, factor_code: str) -> tuple[str, ...]:
        """
        Put the second factor in force by its first code, and end the one-time code; ten recovery codes.

        Raises `GATEWAY_ENROLMENT_REFUSED`, `GATEWAY_SECOND_FACTOR_REFUSED`, `GATEWAY_SECOND_FACTOR_NOT_BEGUN`, `GATEWAY_ACCOUNT_LOCKED`.
        """
        found = await self._known(account, code)
        await self._present(found, passphrase)
        try:
            codes = await self._factors.confirm(found.id, factor_code)
        except Problem as problem:
            raise await self._counted(found, problem) from None
        await self._attempts.forget(found.id)
        await self._unlocking.audit(found.id, "second-factor-confirm", found.id, "totp")
        return codes

    async def _known(self, account: str, code: str) -> Account:
        found = await self._accounts.get(account)
        if found is None or not found.active:
            # The time of one attempt is spent, and nothing is told about who has an account.
            await self._factors.need_enrolment_code("", code)
            raise Problem("GATEWAY_ENROLMENT_REFUSED")
        await self._attempts.need_open(found.id)
        try:
            await self._factors.need_enrolment_code(found.id, code)
        except Problem as problem:
            raise await self._counted(found, problem) from None
        return found

    async def _present(self, account: Account, passphrase: str) -> None:
        try:
            await self._unlocking.passphrase_only(account, passphrase)
        except Problem as problem:
            raise _as_refused(problem) from None

    async def _counted(self, account: Account, problem: Problem) -> Problem:
        if problem.code in _WRONG:
            await self._attempts.failed(account.id)
        return _as_refused(problem)


def _as_refused(problem: Problem) -> Problem:
    if problem.code == "GATEWAY_UNLOCK_REFUSED":
        return Problem("GATEWAY_ENROLMENT_REFUSED")
    return problem
