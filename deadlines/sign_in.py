"""Signing in: which roles there are, which passwords are good enough, how long to wait after wrong ones, how long a
session lasts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import normalize

ROLES = ("viewer", "receiver", "desk", "administrator")  # each may do what those before it may
SHORTEST, LONGEST = 12, 200  # characters of a password
_FREE_TRIES = 5
_LONGEST_WAIT = timedelta(minutes=30)
_FEWEST_KINDS = 5  # different characters
# Of the passwords people choose most, those that are long enough to pass otherwise; compared without case.
_COMMONEST = frozenset(
    """
    123456789012 1234567890123 1234567890abc 123456789abc abc123456789 abcd12345678 0123456789ab 987654321098
    qwertyuiop12 qwertyuiop123 qwerty123456 qwerty1234567 1q2w3e4r5t6y 1qaz2wsx3edc q1w2e3r4t5y6 zaq12wsxcde3
    password1234 password12345 password123456 passwordpassword p@ssw0rd1234 administrator administrator1 admin1234567
    admin12345678 adminadmin123 iloveyou1234 iloveyou12345 welcome12345 welcome123456 letmein123456 changeme1234
    matkhau12345 matkhau123456 matkhaumoi123 anhyeuem1234 anhyeuem12345 emyeuanh1234 vietnam12345 vietnam123456
    hanoi1234567 hochiminh123 khongbiet123 khongcopass1 dienbien1234 thaibinh1234 haiduong1234 tuyenquang12
    kiengiang123 dondoc123456 dondocdondoc soNoivu12345 sonoivu123456
    """.lower().split()
)


@dataclass(frozen=True, slots=True)
class SignInRules:
    """What an administrator sets: who needs a second factor, how long a session lives unused and at most.

    `answer_seconds`: a refusal is not told sooner, so that its time says nothing of why.
    """

    totp_roles: frozenset[str] = frozenset()
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    answer_seconds: float = 1.0


def at_least(role: str, least: str) -> bool:
    """Return whether a role may do what needs `least`."""
    return ROLES.index(role) >= ROLES.index(least)


def password_problem(password: str, login: str, name: str) -> str | None:
    """Return what is wrong with a password, null when it is good enough. Source: NIST SP 800-63B, 5.1.1."""
    said = normalize("NFC", password).casefold()
    if len(said) < SHORTEST:
        return f"has {len(said)} characters; at least {SHORTEST}, a sentence of your own is easy to keep in mind"
    if len(said) > LONGEST:
        return f"has {len(said)} characters; at most {LONGEST}"
    if said.strip() in (login.casefold(), normalize("NFC", name).casefold()):
        return "is the login or the name itself; choose another one"
    if said in _COMMONEST or len(set(said)) < _FEWEST_KINDS:
        return "is among those that are tried first; choose another one"
    return None


def wait_after(failures: int) -> timedelta:
    """Return how long an account is locked after so many wrong tries in a row: none, then 1, 2, 4 … 30 minutes."""
    if failures < _FREE_TRIES:
        return timedelta()
    return min(timedelta(minutes=2 ** min(failures - _FREE_TRIES, 10)), _LONGEST_WAIT)


def session_lives(seen_at: datetime, ends_at: datetime, as_of: datetime, rules: SignInRules) -> bool:
    """Return whether a session is still good: used lately, and not older than the longest allowed."""
    return as_of < ends_at and as_of < seen_at + rules.idle
