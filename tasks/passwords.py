"""Passwords as argon2 hashes, made and compared beside the event loop; secrets sealed with this installation's key."""

import asyncio
import base64
import hashlib
import hmac
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.errors import Refused

# argon2id as the OWASP cheat sheet on password storage has it first: 46 MiB, one pass, one lane; some 50 ms here.
_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_AT_ONCE = ThreadPoolExecutor(2, "argon2")  # a flood of tries queues instead of filling memory and processors
_NONCE = 12  # bytes, NIST SP 800-38D


async def hashed(password: str) -> str:
    """Return the hash of a password."""
    return await asyncio.get_running_loop().run_in_executor(_AT_ONCE, _HASHER.hash, normalize("NFC", password))


async def matches(known: str | None, password: str) -> bool:
    """Return whether a password is the one of a hash; where there is no account, it takes the same time to say no."""
    return await asyncio.get_running_loop().run_in_executor(_AT_ONCE, _matches, known, normalize("NFC", password))


def outdated(known: str) -> bool:
    """Return whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(known)


def sealed(key: bytes, text: str, about: str) -> str:
    """Return a secret encrypted with the installation's key, good only for what it is `about`."""
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + _cipher(key).encrypt(nonce, text.encode(), about.encode())).decode()


def unsealed(key: bytes, text: str, about: str) -> str:
    """Return a sealed secret. Errors: `Refused` when the key is another one, or it was sealed about something else."""
    raw = base64.b64decode(text)
    try:
        return _cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
    except InvalidTag:
        raise Refused(
            f"{about}: its second factor was sealed with another key; restore DONDOC_SECRET or the file 'secret', or "
            "give it a new one with 'dondoc accounts totp'"
        ) from None


def _matches(known: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(known or _nobody(), password) and known is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash(os.urandom(16))


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"seal\x1fsecond factor", hashlib.sha256))
