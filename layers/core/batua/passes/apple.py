"""A pass for Apple Wallet: a zip of `pass.json`, icons, a manifest of their digests, and a signature of the manifest.

The signature is a detached PKCS #7 one (SHA-256) by the pass type's certificate, with Apple's intermediate beside it:
phones have only its root. The digests are SHA-1, as the format has them; what is trusted is the signature.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from functools import lru_cache
from typing import Any, Final

from .accounts import AppleIssuer, read_certificate, read_private_key
from .card import PassCard

APPLE_MEDIA: Final = "application/vnd.apple.pkpass"
_COIN: Final = (224, 165, 44)
_RIM: Final = (185, 127, 18)
_ICONS: Final = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
_LOGOS: Final = {"logo.png": 40, "logo@2x.png": 80}


def apple_pass(card: PassCard, issuer: AppleIssuer) -> bytes:
    files = {"pass.json": json.dumps(pass_content(card, issuer), ensure_ascii=False).encode()}
    files |= {name: coin_png(size) for name, size in (_ICONS | _LOGOS).items()}
    digests = {name: hashlib.sha1(body, usedforsecurity=False).hexdigest() for name, body in files.items()}
    manifest = json.dumps(digests).encode()
    files |= {"manifest.json": manifest, "signature": _signature(manifest, issuer)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


def pass_content(card: PassCard, issuer: AppleIssuer) -> dict[str, Any]:
    labels = card.labels
    expiry: dict[str, Any] = {"key": "until", "label": labels["until"], "value": labels["never"]}
    if card.first_expiry:
        expiry |= {"value": card.first_expiry, "dateStyle": "PKDateStyleMedium"}
    return {
        "formatVersion": 1,
        "passTypeIdentifier": issuer.pass_type_id,
        "teamIdentifier": issuer.team_id,
        "serialNumber": card.id,
        "webServiceURL": card.service,
        "authenticationToken": card.token,
        "organizationName": card.name,
        "description": f"{card.program}, {card.name}",
        "logoText": card.name,
        "backgroundColor": _rgb(card.color),
        "foregroundColor": _rgb(card.ink),
        "labelColor": _rgb(card.ink),
        # The code is as good as a printed card: it opens the customer's coins at a counter.
        "sharingProhibited": True,
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": card.qr,
                "messageEncoding": "iso-8859-1",
                "altText": card.phone,
            }
        ],
        "storeCard": {
            # What the phone says when a newer version shows other coins.
            "primaryFields": [
                {"key": "balance", "label": card.unit, "value": card.balance, "changeMessage": labels["changed"]}
            ],
            "secondaryFields": [{"key": "worth", "label": labels["worth"], "value": card.worth}, expiry],
            "backFields": [
                {
                    "key": "asof",
                    "label": labels["asof"],
                    "value": card.as_of,
                    "dateStyle": "PKDateStyleMedium",
                    "timeStyle": "PKDateStyleShort",
                },
                {
                    "key": "page",
                    "label": labels["page"],
                    "value": card.page,
                    "attributedValue": f"<a href='{card.page}'>{card.page}</a>",
                },
                {"key": "revoke", "label": card.program, "value": labels["revoke"]},
            ],
        },
    }


def _signature(manifest: bytes, issuer: AppleIssuer) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    certificate, key = read_certificate(issuer.certificate), read_private_key(issuer.private_key)
    signed = pkcs7.PKCS7SignatureBuilder().set_data(manifest).add_signer(certificate, key, hashes.SHA256())
    signed = signed.add_certificate(read_certificate(issuer.authority))
    return signed.sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])


def _rgb(color: str) -> str:
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


@lru_cache(maxsize=8)
def coin_png(size: int) -> bytes:
    """A coin on nothing, as a PNG with an alpha channel: a pass without an icon is refused by phones."""
    rows = bytearray()
    middle, radius = (size - 1) / 2, size * 0.46
    for y in range(size):
        rows.append(0)  # the row's filter: none
        for x in range(size):
            distance: float = ((x - middle) ** 2 + (y - middle) ** 2) ** 0.5
            color = _RIM if distance > radius * 0.72 else _COIN
            rows += bytes((*color, round(255 * min(1.0, max(0.0, radius - distance + 0.5)))))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
