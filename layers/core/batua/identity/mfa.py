"""The second factor: codes of an authenticator (TOTP, RFC 6238) and recovery codes. Each is accepted once."""

from __future__ import annotations

import hmac
import re
import secrets as entropy
from dataclasses import dataclass
from typing import Any, Final

from ..store import keys
from ..store.writes import Condition, Update
from . import secrets
from .sealing import open_secret, seal_secret
from .users import Credentials

STEP_MS: Final = 30_000
DRIFT: Final = 1
"""Steps that an authenticator's clock may be off, either way."""

PENDING_MS: Final = 15 * 60_000
RECOVERY_CODES: Final = 10
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_TOTP: Final = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AcceptedCode:
    """A code that fits: of a time step, or one of the recovery codes."""

    step: int | None = None
    recovery: bytes | None = None


def new_mfa_secret() -> str:
    import pyotp

    return pyotp.random_base32()


def otpauth_uri(secret: str, email: str, issuer: str) -> str:
    """The otpauth:// address that authenticators read from a QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def seal_mfa_secret(user_id: str, secret: str) -> bytes:
    return seal_secret("mfa", user_id, secret.encode())


def open_mfa_secret(user_id: str, blob: bytes) -> str:
    return open_secret("mfa", user_id, blob).decode()


def step_of(secret: str, code: str, now: int, after: int = 0) -> int | None:
    """The time step, later than `after`, whose code this is; None where it fits none near the present."""
    import pyotp

    digits = code.replace(" ", "")
    if not _TOTP.fullmatch(digits):
        return None
    totp = pyotp.TOTP(secret)
    present = now // STEP_MS
    fitting = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        # All are compared, so that the time taken does not tell which fits.
        if hmac.compare_digest(totp.generate_otp(step), digits) and step > after:
            fitting = step
    return fitting


def new_recovery_codes() -> list[str]:
    """Ten codes of four groups: 78 bits each."""
    return ["-".join(_group() for _ in range(4)) for _ in range(RECOVERY_CODES)]


def recovery_digest(user_id: str, code: str) -> bytes:
    plain = re.sub(r"[\s-]", "", code).upper()
    return hmac.digest(secrets.sealing_key("recovery"), f"{user_id}:{plain}".encode(), "sha256")


def match_code(credentials: Credentials, user_id: str, code: str, now: int) -> AcceptedCode | None:
    """What a code is good for, None where it is not. Only `use` makes sure that nobody else uses it too."""
    if credentials.mfa_secret is None:
        return None
    step = step_of(open_mfa_secret(user_id, credentials.mfa_secret), code, now, after=credentials.mfa_step)
    if step is not None:
        return AcceptedCode(step=step)
    digest = recovery_digest(user_id, code)
    known = [kept for kept in credentials.recovery if hmac.compare_digest(kept, digest)]
    return AcceptedCode(recovery=known[0]) if known else None


def consume_code(tenant: str, user_id: str, credentials: Credentials, code: AcceptedCode) -> Update:
    """The write that uses a code up. It fails where any code has been used since the credentials were read."""
    changes: dict[str, Any] = {}
    if code.step is not None:
        changes["mfa_step"] = code.step
    else:
        changes["recovery"] = [kept for kept in credentials.recovery if kept != code.recovery]
    return Update(
        keys.credentials_key(tenant, user_id),
        set=changes,
        add={"used": 1},
        when=Condition(equal={"used": credentials.used}),
    )


def mfa_removal(tenant: str, user_id: str, credentials: Credentials) -> Update:
    """The write that takes the second factor away; commit it with `users.change(user, {"mfa": None})`."""
    return Update(
        keys.credentials_key(tenant, user_id),
        remove=("mfa_secret", "mfa_step", "recovery"),
        add={"used": 1},
        when=Condition(equal={"used": credentials.used}),
    )


def _group() -> str:
    return "".join(entropy.choice(_ALPHABET) for _ in range(4))
