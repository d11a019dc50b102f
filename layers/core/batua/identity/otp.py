"""One-time codes by mail or text message, for a step that a stolen session must not be enough for.

A code is bound to one user, one purpose and one thing (`reference`: the account to pay to, the number to verify). It
has six digits, lives five minutes, and five tries can be made at it, each counted before it is judged.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as entropy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .. import errors, ids
from ..messages import outbound
from ..messages.model import Channel, Message
from ..phone import masked
from ..store import keys
from ..store.store import ConditionFailed, Store
from ..store.writes import ABSENT, Condition, Delete, Put, Update
from . import secrets, throttle
from .users import User

OtpPurpose = Literal["account_deletion", "phone_verification", "prefund_decision", "customer_sign_in", "customer_proof"]
"""Each purpose has one route that issues its codes, and that route chooses the channel and what a code confirms."""

PURPOSE_LABELS: Final[Mapping[OtpPurpose, str]] = {
    "account_deletion": "delete my account",
    "customer_proof": "this is my phone number",
    "customer_sign_in": "sign in",
    "phone_verification": "this is my phone number",
    "prefund_decision": "decide on a prefund request",
}
"""What a code confirms, as the message says it."""

OTP_LIFETIME_MS: Final = 5 * 60_000
MAX_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Challenge:
    id: str
    channel: Channel
    sent_to: str
    """Masked."""
    expires_at: int


def issue_otp(
    store: Store,
    user: User,
    purpose: OtpPurpose,
    reference: str,
    channel: Channel,
    now: int,
    *,
    what: str | None = None,
    to: str | None = None,
) -> Challenge:
    """Makes a code and sends it. Raises a 429 where the user has requested too many.

    `what` says in the message what the code confirms, where the purpose alone says too little. A text message needs
    `to`, a mail goes to the account's own address.
    """
    if channel == "email":
        to = user.email
    if not to:
        raise errors.PHONE_MISSING()
    throttle.take_attempt_by_name(store, throttle.OTP, user.id, now)
    otp_id, code = store_new_code(store, user.id, purpose, reference, now)
    values = {"name": user.name, "code": code, "what": what or PURPOSE_LABELS[purpose]}
    outbound.enqueue(Message("one_time_code", to, channel, user.tenant, values, readers=(user.id,)))
    return Challenge(otp_id, channel, masked(to) if channel == "sms" else masked_email(to), now + OTP_LIFETIME_MS)


def store_new_code(store: Store, subject: str, purpose: OtpPurpose, reference: str, now: int) -> tuple[str, str]:
    """Makes a code for a user or a customer. Returns its id, and the code itself, which is to be sent."""
    code = f"{entropy.randbelow(10**6):06d}"
    return store_code(store, subject, purpose, reference, now, code), code


def store_code(store: Store, subject: str, purpose: OtpPurpose, reference: str, now: int, code: str) -> str:
    """Keeps a code, as its keyed digest, until it is used or over. Returns its id."""
    otp_id = ids.new_id("otp", now)
    item = {
        "user": subject,
        "about": _about(purpose, reference),
        "code": _digest(otp_id, code),
        "tries": MAX_TRIES,
        "until": now + OTP_LIFETIME_MS,
        "ttl": (now + OTP_LIFETIME_MS) // 1000 + 3600,
    }
    store.write_new(Put(keys.otp_key(otp_id), item, when=ABSENT))
    return otp_id


def check_otp(
    store: Store, user_id: str, otp_id: str, code: str, purpose: OtpPurpose, reference: str, now: int
) -> Delete:
    """The write that uses a code up: commit it with what the code confirms. Raises OTP_INVALID, whatever is wrong."""
    if not ids.is_id(otp_id, "otp"):
        raise errors.OTP_INVALID()
    key = keys.otp_key(otp_id)
    record = store.read([key])[key]
    about = _about(purpose, reference)
    if record is None or record["user"] != user_id or record["about"] != about or now >= record["until"]:
        raise errors.OTP_INVALID()
    try:
        store.write(Update(key, add={"tries": -1}, when=Condition(at_least={"tries": 1}, present=("pk",))))
    except ConditionFailed as spent:
        raise errors.OTP_INVALID() from spent
    if not hmac.compare_digest(record["code"], _digest(otp_id, code.strip())):
        raise errors.OTP_INVALID()
    return Delete(key, when=Condition(present=("pk",)))


def masked_email(email: str) -> str:
    """`asha.rao@example.com` -> `a•••@example.com`."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"


def _about(purpose: OtpPurpose, reference: str) -> bytes:
    return hashlib.sha256(ids.injective(purpose, reference)).digest()


def _digest(otp_id: str, code: str) -> bytes:
    # Keyed: anybody who has read the table could try a million codes in no time.
    return hmac.digest(secrets.pepper("otp"), ids.injective(otp_id, code), "sha256")
