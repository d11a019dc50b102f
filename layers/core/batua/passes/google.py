"""A pass for Google Wallet: a link that holds class and object as a JWT, signed by the issuer's service account.

Saving the link creates both at Google where they are not there yet. Links of more than 1,800 characters are cut off by
some browsers, so the token holds what is shown and nothing else.
"""

from __future__ import annotations

from typing import Any, Final

from .. import clock
from ..settings import settings
from .accounts import GoogleIssuer
from .card import PassCard

GOOGLE_SAVE: Final = "https://pay.google.com/gp/v/save/"


def google_save_link(card: PassCard, issuer: GoogleIssuer) -> str:
    import jwt

    content = {
        "iss": issuer.client_email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": clock.system() // 1000,
        "origins": [settings().public_url],
        "payload": {"loyaltyClasses": [loyalty_class(card, issuer)], "loyaltyObjects": [loyalty_object(card, issuer)]},
    }
    return GOOGLE_SAVE + jwt.encode(content, issuer.private_key, algorithm="RS256")


def loyalty_class(card: PassCard, issuer: GoogleIssuer) -> dict[str, Any]:
    """Of a merchant. The first customer's link creates it; Google reviews it once."""
    return {
        "id": f"{issuer.issuer_id}.{card.merchant}",
        "issuerName": card.name[:20],
        "programName": card.program[:20],
        "programLogo": {"sourceUri": {"uri": card.icon}},
        "hexBackgroundColor": card.color,
        "reviewStatus": "UNDER_REVIEW",
    }


def loyalty_object(card: PassCard, issuer: GoogleIssuer) -> dict[str, Any]:
    """With replaced codes it is another one: Google shows the first on all phones of an account, a lost one as well."""
    return {
        "id": f"{issuer.issuer_id}.{card.id}.{card.version}",
        "classId": f"{issuer.issuer_id}.{card.merchant}",
        "state": "ACTIVE",
        "accountId": card.phone,
        "accountName": card.phone,
        "loyaltyPoints": {"label": card.unit, "balance": {"string": card.balance}},
        "barcode": {"type": "QR_CODE", "value": card.qr, "alternateText": card.phone},
        "linksModuleData": {"uris": [{"id": "page", "uri": card.page, "description": card.labels["page"]}]},
    }
