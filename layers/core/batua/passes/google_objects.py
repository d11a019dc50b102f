"""A pass at Google: the coins on it are changed where it is kept, and Google tells the phones that have it.

The issuer's service account gets a token for an hour (RFC 7523); a function keeps it for as long.
"""

from __future__ import annotations

import json
from typing import Any, Final

from .. import clock
from ..settings import settings
from .accounts import GoogleIssuer
from .card import PassCard

_SCOPE: Final = "https://www.googleapis.com/auth/wallet_object.issuer"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOUR: Final = 3600
_TIMEOUT_SECONDS: Final = 10

_kept: dict[str, tuple[str, int]] = {}
"""Service account -> its token, and until when it is good (ms)."""


class GoogleFault(Exception):
    """Google does not answer, or takes the account no more."""


def patch_google_pass(card: PassCard, issuer: GoogleIssuer) -> bool:
    """Shows the coins of now. Returns False where nobody has saved this pass. Raises GoogleFault."""
    from .google import loyalty_object

    whole = loyalty_object(card, issuer)
    changed = {name: whole[name] for name in ("loyaltyPoints", "linksModuleData")}
    status, said = _send_request(
        "PATCH",
        f"{settings().google_wallet_url}/walletobjects/v1/loyaltyObject/{whole['id']}",
        json.dumps(changed).encode(),
        {"authorization": f"Bearer {_token(issuer)}", "content-type": "application/json"},
    )
    if status == 404:
        return False
    if status == 401:
        _kept.pop(issuer.client_email, None)
    if status != 200:
        raise GoogleFault(f"status {status}: {str(said.get('error', {}).get('message', ''))[:200]}")
    return True


def _token(issuer: GoogleIssuer) -> str:
    import jwt

    now = clock.system()
    kept = _kept.get(issuer.client_email)
    if kept and now < kept[1]:
        return kept[0]
    url, seconds = f"{settings().google_oauth_url}/token", now // 1000
    claims = {"iss": issuer.client_email, "scope": _SCOPE, "aud": url, "iat": seconds, "exp": seconds + _HOUR}
    assertion = jwt.encode(claims, issuer.private_key, algorithm="RS256")
    body = f"grant_type={_GRANT.replace(':', '%3A')}&assertion={assertion}".encode()
    status, said = _send_request("POST", url, body, {"content-type": "application/x-www-form-urlencoded"})
    token = said.get("access_token")
    if status != 200 or not isinstance(token, str):
        raise GoogleFault(f"no token: status {status}, {str(said.get('error', ''))[:100]}")
    # A minute earlier than it says, so that it does not end on its way.
    _kept[issuer.client_email] = token, now + max(0, int(said.get("expires_in", _HOUR)) - 60) * 1000
    return token


def _send_request(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    import urllib3

    try:
        answer = urllib3.PoolManager().request(
            method, url, body=body, headers=headers, timeout=_TIMEOUT_SECONDS, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as fault:
        raise GoogleFault(type(fault).__name__) from fault
    try:
        said = json.loads(answer.data)
    except ValueError:
        said = {}
    return answer.status, said if isinstance(said, dict) else {}
