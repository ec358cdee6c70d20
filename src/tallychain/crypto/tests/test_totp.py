"""One-time codes against the vectors of RFC 6238, and what is refused."""

import pytest

from tallychain.crypto import totp

# RFC 6238, appendix B: time in seconds, the code of 8 digits (SHA-1).
VECTORS = (
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
)
SECRET = b"12345678901234567890"
AT_MS = 1_111_111_111_000


@pytest.mark.parametrize(("at_s", "code"), VECTORS)
def test_codes_are_those_of_the_standard(at_s: int, code: str) -> None:
    assert totp.code_of(SECRET, totp.step_at(at_s * 1000), 8) == code
    assert totp.code_of(SECRET, totp.step_at(at_s * 1000)) == code[2:]


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_clock_one_step_away_is_taken(away: int) -> None:
    step = totp.step_at(AT_MS) + away
    assert totp.matching_step(SECRET, totp.code_of(SECRET, step), AT_MS) == step


@pytest.mark.parametrize("away", [-2, 2])
def test_a_clock_two_steps_away_is_not_taken(away: int) -> None:
    assert totp.matching_step(SECRET, totp.code_of(SECRET, totp.step_at(AT_MS) + away), AT_MS) is None


def test_a_code_is_taken_once() -> None:
    step = totp.step_at(AT_MS)
    code = totp.code_of(SECRET, step)
    assert totp.matching_step(SECRET, code, AT_MS, used=step - 1) == step
    assert totp.matching_step(SECRET, code, AT_MS, used=step) is None
    assert totp.matching_step(SECRET, totp.code_of(SECRET, step - 1), AT_MS, used=step) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"])
def test_what_is_no_code_is_not_taken(code: str) -> None:
    assert totp.matching_step(SECRET, code, AT_MS) is None


def test_at_the_beginning_of_time_there_is_no_step_before() -> None:
    assert totp.matching_step(SECRET, totp.code_of(SECRET, 0), 0) == 0


def test_an_app_reads_secret_and_names_from_the_address() -> None:
    uri = totp.enrolment_uri(SECRET, issuer="bank-a 测试", account="maker:1")
    assert uri.startswith("otpauth://totp/bank-a%20%E6%B5%8B%E8%AF%95:maker%3A1?secret=GEZDGNBVGY3TQOJQ")
    assert uri.endswith("&algorithm=SHA1&digits=6&period=30")
    assert len(totp.new_secret()) == totp.SECRET_BYTES
    assert totp.new_secret() != totp.new_secret()


def test_a_recovery_code_is_known_again_however_it_is_typed() -> None:
    code, salt = totp.new_recovery_code(), b"s" * totp.RECOVERY_SALT_BYTES
    kept = totp.recovery_digest(code, salt, n=2)
    assert totp.recovery_digest(code.upper().replace("-", " "), salt, n=2) == kept
    assert totp.recovery_digest(code, b"t" * totp.RECOVERY_SALT_BYTES, n=2) != kept
    assert totp.recovery_digest(totp.new_recovery_code(), salt, n=2) != kept


@pytest.mark.parametrize(
    ("text", "has_form"),
    [
        ("k7m2p-k7m2p-k7m2p", True),
        ("K7M2P k7m2pk7m2p", True),
        ("123456", False),
        ("k7m2p-k7m2p-k7m21", False),
    ],
)
def test_the_form_of_a_recovery_code_is_known(text: str, has_form: bool) -> None:
    assert totp.is_recovery_code(text) is has_form
    assert totp.is_recovery_code(totp.new_recovery_code())
