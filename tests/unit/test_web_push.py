"""Web push against the published examples, and back again as a browser reads it."""

from __future__ import annotations

import os

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from batua.notifications.push_devices import PUSH_SERVICES
from batua.notifications.web_push import (
    decode_url,
    encode_url,
    encrypt_push,
    is_public_point,
    public_text,
    vapid_header,
    vapid_key,
)

# RFC 8291, section 5 and appendix A.
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SHARED = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_a_message_is_encrypted_as_in_the_rfcs_example() -> None:
    sender = ec.derive_private_key(int.from_bytes(decode_url(SENDER), "big"), ec.SECP256R1())
    text = b"When I grow up, I want to be a watermelon"
    found = encrypt_push(text, decode_url(RECEIVER), decode_url(SHARED), sender=sender, salt=decode_url(SALT))
    assert encode_url(found) == BODY


def test_a_browser_reads_what_was_sent_and_no_message_is_like_another() -> None:
    browser, shared = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    ours = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    first, second = (encrypt_push("नमस्ते".encode(), ours, shared) for _ in range(2))
    assert first != second
    salt, theirs, sealed = first[:16], first[21:86], first[86:]
    agreed = browser.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    secret = HKDF(SHA256(), 32, shared, b"WebPush: info\x00" + ours + theirs).derive(agreed)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
    assert AESGCM(key).decrypt(nonce, sealed, None) == "नमस्ते".encode() + b"\x02"


def test_the_sender_is_named_to_one_service_for_half_a_day() -> None:
    key, now = vapid_key(b"\x07" * 32), 1_795_253_400_000
    header = vapid_header(key, "https://fcm.googleapis.com/fcm/send/x", "mailto:a@example.com", now)
    token = header.removeprefix("vapid t=").partition(", k=")[0]
    assert header.endswith(f", k={public_text(key)}")
    found = jwt.decode(
        token, key.public_key(), algorithms=["ES256"], options={"verify_exp": False, "verify_aud": False}
    )
    assert found == {"aud": "https://fcm.googleapis.com", "exp": now // 1000 + 43_200, "sub": "mailto:a@example.com"}
    assert public_text(vapid_key(b"\x07" * 32)) == public_text(key)
    assert is_public_point(decode_url(public_text(key)))


@pytest.mark.parametrize("seed", [b"\x00" * 32, b"\xff" * 32])
def test_every_seed_gives_a_key(seed: bytes) -> None:
    assert is_public_point(decode_url(public_text(vapid_key(seed))))


@pytest.mark.parametrize(
    "url",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://push.apple.com/x",
        "https://a.b.push.apple.com/x",
        "https://fcm.googleapis.com:8443/x",
    ],
)
def test_a_message_goes_to_no_address_but_a_push_services(url: str) -> None:
    assert PUSH_SERVICES.fullmatch(url) is None


def test_what_is_no_point_of_the_curve_is_no_key() -> None:
    assert not is_public_point(b"\x04" + b"\x01" * 64)
    assert not is_public_point(b"")
