"""What a gateway refuses before the ledger is asked, as RFC 9457 problem documents.

Codes of a gateway begin with `GATEWAY_`, so that nobody takes them for the ledger's: nothing was submitted and nothing stands
on record.  A code never changes once published.
"""

from typing import Final

import msgspec

from tallychain.gateway.reasons import REASONS

MEDIA_TYPE: Final = "application/problem+json"
_BASE: Final = "https://tallychain.dev/problems/"


_CODED: Final = frozenset({"state", "wanted"})
_ZH: Final[dict[str, str]] = {
    "approved": "通过",
    "refused": "退回",
    "expired": "过期",
    "decided": "处理",
    "damaged": "损坏",
    "in_force": "生效",
    "replaced": "已被替换",
    "a listed media type": "所列类型",
    "the body as it is": "未经编码的内容",
}
"""What Chinese sentences say for the values of these fields."""


class Problem(Exception):
    """A request that is not done; `fields` are public and typed, never a payload or a secret."""

    def __init__(
        self, code: str, /, *, retry_after_s: int | None = None, detail_zh: str = "", **fields: str | int
    ) -> None:
        """`detail_zh` is what the Chinese sentence says where the field `detail` or `why` is a sentence in English."""
        super().__init__(code)
        self.code = code
        self.reason = REASONS[code]
        self.fields = fields
        self.retry_after_s = retry_after_s
        self._zh = {"detail": detail_zh, "why": detail_zh} if detail_zh else {}

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.reason.status

    def sentence(self, language: str = "en") -> str:
        """The refusal as one sentence, in `en` or `zh`."""
        if language == "zh":
            said = {name: _ZH.get(str(value), value) for name, value in self.fields.items() if name in _CODED}
            return self.reason.zh.format(**(self.fields | said | self._zh))
        return self.reason.en.format(**self.fields)


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    detail_zh: str
    instance: str
    fields: dict[str, str | int]


def document(problem: Problem, instance: str) -> bytes:
    """The problem document for a request; `instance` is the request's id."""
    return msgspec.json.encode(
        ProblemDocument(
            type=_BASE + problem.code.lower().replace("_", "-"),
            title=problem.reason.title,
            status=problem.status,
            code=problem.code,
            detail=problem.sentence(),
            detail_zh=problem.sentence("zh"),
            instance=instance,
            fields=problem.fields,
        )
    )
