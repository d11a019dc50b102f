"""Step-up: a fresh proof of identity before a request that decides who gets in or where value goes.

A session alone is not enough for such a request, however young it is: it may be stolen. The user shows the password, or
a code of the second factor, to `POST /api/v1/auth/reauthenticate`, and gets a proof: a signed token that lasts five
minutes and belongs to that user and that session. It travels in `X-Reauthentication`, so a stolen access token or
cookie does not include it, and checking it costs neither a read nor a right to read credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .. import errors
from ..store.keys import Mode
from . import tokens
from .credentials import Claims

if TYPE_CHECKING:
    from .caller import Requirement

HEADER: Final = "X-Reauthentication"
PROOF_SECONDS: Final = 5 * 60


def issue_proof(user_id: str, session_id: str, *, seconds: int = PROOF_SECONDS) -> str:
    """A proof for the user's requests in this session."""
    return tokens.sign_token({"sub": user_id, "typ": "proof", "sid": session_id}, seconds=seconds)


def proof_holds(claims: Claims, token: str | None) -> bool:
    """Whether this is a proof of the same user in the same session, and still fresh."""
    if not token:
        return False
    try:
        proof_claims = tokens.verify_token(token.strip())
    except tokens.TokenRefused:
        return False
    return (
        proof_claims["typ"] == "proof"
        and proof_claims["sub"] == claims.subject
        and proof_claims.get("sid") == claims.session
    )


def require_assurance(claims: Claims, headers: Mapping[str, str], requirement: Requirement) -> None:
    """Raises LIVE_SESSION_REQUIRED or REAUTHENTICATION_REQUIRED where a good credential alone is not enough."""
    if requirement.live_only and claims.mode != "live":
        raise errors.LIVE_SESSION_REQUIRED()
    if not requirement.step_up or claims.kind not in ("user", "customer"):
        return
    if not proof_holds(claims, headers.get(HEADER.lower())):
        raise errors.REAUTHENTICATION_REQUIRED()


def require_live_for(changed: Mode, caller: Mode) -> None:
    """What is live is changed by live credentials alone. Raises LIVE_SESSION_REQUIRED."""
    if changed == "live" and caller != "live":
        raise errors.LIVE_SESSION_REQUIRED()
