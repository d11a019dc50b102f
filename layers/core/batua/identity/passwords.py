"""Passwords: argon2id hashes, and what a password must be.

A hash costs the same whether there is an account or not: where there is none, one is verified that no password fits.
"""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from .. import errors
from . import common_passwords

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB: Final = 47_104
PASSES: Final = 2
LANES: Final = 1
"""46 MiB twice over: 90 ms on a core of the reference machine, about 160 ms with the 0.58 core of a 1,024 MB function;
twice the work of OWASP's least setting with this memory. More would be felt by who waits at a counter."""

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

MIN_PASSWORD_LENGTH: Final = 10
MAX_PASSWORD_LENGTH: Final = 128
"""Characters. The upper bound keeps a request from buying hash time with a long text."""


def hash_password(password: str) -> str:
    return _hasher().hash(_normal(password))


def verify_password(hash: str | None, password: str) -> bool:
    """Whether it is the password. Without a hash the same time goes by, and it is not."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(hash or _decoy_hash(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return hash is not None


def needs_rehash(hash: str) -> bool:
    """Whether the hash was made at another cost than today's."""
    return _hasher().check_needs_rehash(hash)


def require_strong(password: str, *, email: str = "", field: str = "password") -> None:
    """Raises a 400 where a password is one that attackers try first. Length counts; classes of characters do not."""
    plain = _normal(password).casefold()
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise errors.invalid(field, f"must have {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")
    if len(set(plain)) < 5 or _is_run(plain):
        raise errors.invalid(field, "must not be a repeated pattern")
    name = email.partition("@")[0].casefold()
    if plain == email.casefold() or (len(name) >= 4 and plain.strip("0123456789!@#$.-_") == name):
        raise errors.invalid(field, "must not be based on the email address")
    if plain.strip("0123456789!@#$%^&*.-_ ") in common_passwords.COMMON_PASSWORDS:
        raise errors.invalid(field, "must not be a common password")


def _is_run(text: str) -> bool:
    """`abcdefghij`, `0987654321`: each character follows the one before it."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}) or text in ("1234567890", "qwertyuiop", "qwertyuiop123")


def _normal(password: str) -> str:
    # The same characters may come composed from one keyboard and decomposed from another.
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(
        time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=HASH_BYTES, salt_len=SALT_BYTES
    )


def _decoy_hash() -> str:
    """A well-formed hash at today's cost that nobody knows a password for."""
    salt = b64encode(b"\x00" * SALT_BYTES).decode().rstrip("=")
    digest = b64encode(b"\x00" * HASH_BYTES).decode().rstrip("=")
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${digest}"
