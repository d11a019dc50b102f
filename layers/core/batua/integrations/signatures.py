"""How each system shows that a request is its own: over the raw body, in constant time, by any secret that is good."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from .. import errors, ids
from ..identity import webhook_signatures
from ..identity.caller import SignedRequest
from ..identity.sealing import open_tenant_secret
from ..identity.webhook_signatures import TIMESTAMP_TOLERANCE_MS
from ..store import keys
from ..store.keys import Key
from ..store.store import Found
from .model import Connection, System, read_connection

Holds = Callable[[SignedRequest, bytes], bool]
"""Whether a request bears the signature that this secret makes."""

_PING: Final = re.compile(rb"webhook_id=\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConnectionVerifier:
    """The connection that the address names. One of another system is as unknown as one that was never made."""

    system: System
    verify: Holds

    def records(self, request: SignedRequest) -> Iterable[Key]:
        id = request.path["connection_id"]
        if not ids.is_id(id, "con"):
            raise errors.NOT_FOUND()
        return [keys.connection_key(id)]

    def admit(self, request: SignedRequest, found: Found, now: int) -> Connection | None:
        record = found[keys.connection_key(request.path["connection_id"])]
        if record is None or record["system"] != self.system:
            raise errors.NOT_FOUND()
        connection = read_connection(record)
        if self.system == "woocommerce" and is_ping(request):
            return None
        good = [open_tenant_secret(connection.tenant, connection.id, sealed) for sealed in connection.secrets(now)]
        verify = self.verify
        standard = connection.system == "pos" and "webhook-signature" in request.headers
        if standard:
            verify = verify_standard
        elif connection.system == "pos" and connection.signing != "legacy":
            raise errors.UNAUTHENTICATED("Sign with the Standard Webhooks headers, or set the connection to `legacy`.")
        # Every secret is tried, so that the time taken does not tell which one fits.
        fits = [verify(request, each) for each in good]
        if not any(fits):
            raise errors.UNAUTHENTICATED(webhook_signatures.SIGNATURE_WRONG)
        if not _from_its_shop(connection, request):
            raise errors.UNAUTHENTICATED(f"This connection is of {connection.shop}; the delivery is of another shop.")
        if standard and abs(now - webhook_signatures.signed_at(request.headers)) > TIMESTAMP_TOLERANCE_MS:
            raise errors.UNAUTHENTICATED("`webhook-timestamp` is over five minutes off. Sign each attempt anew.")
        return connection


def is_ping(request: SignedRequest) -> bool:
    """What WooCommerce sends when a webhook is made: unsigned, and it must be answered with a 200."""
    return "x-wc-webhook-signature" not in request.headers and bool(_PING.fullmatch(request.raw_body.strip()))


def verify_shopify(request: SignedRequest, secret: bytes) -> bool:
    return _same(request.headers.get("x-shopify-hmac-sha256"), _base64(request, secret))


def verify_woocommerce(request: SignedRequest, secret: bytes) -> bool:
    return _same(request.headers.get("x-wc-webhook-signature"), _base64(request, secret))


def verify_standard(request: SignedRequest, secret: bytes) -> bool:
    """Standard Webhooks: over `webhook-id`, `webhook-timestamp` and the body."""
    return webhook_signatures.signature_fits(request.headers, request.raw_body, secret)


def verify_pos(request: SignedRequest, secret: bytes) -> bool:
    """Of a system that can't do better: `X-Batua-Signature` (hexadecimal, with `sha256=` or not), or the secret."""
    headers = request.headers
    signature = headers.get("x-batua-signature")
    if signature is not None:
        digest = hmac.digest(secret, request.raw_body, "sha256").hex()
        return _same(signature.strip().removeprefix("sha256="), digest)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    key = headers.get("x-batua-key") or (token if scheme.lower() == "bearer" else None)
    return _same(key.strip() if key else None, secret.decode())


def _base64(request: SignedRequest, secret: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, request.raw_body, "sha256")).decode()


def _same(shown: str | None, expected: str) -> bool:
    # As texts: a decoder would take several texts for one digest.
    return hmac.compare_digest((shown or "").encode(), expected.encode())


def _from_its_shop(connection: Connection, request: SignedRequest) -> bool:
    """Shopify signs with a secret of the app, which may serve many shops: the connection is of one of them."""
    if connection.system != "shopify" or connection.shop is None:
        return True
    return request.headers.get("x-shopify-shop-domain", "").lower() == connection.shop


SHOPIFY_VERIFIER: Final = ConnectionVerifier("shopify", verify_shopify)
WOOCOMMERCE_VERIFIER: Final = ConnectionVerifier("woocommerce", verify_woocommerce)
POS_VERIFIER: Final = ConnectionVerifier("pos", verify_pos)
