"""Invoice Registration Portals (IRPs) behind one port, and NIC's: who gives invoices their IRN and signed QR code.

Shapes after NIC's documentation for developers (einv-apisandbox.nic.in: authentication 1.04, invoices 1.03). Signing in
sends a key of ours under the portal's public key (RSA); the session's key comes back under it, and encrypts every
content after that (AES-256-ECB, as the portal prescribes; all of it inside TLS). An IRN is the SHA-256 of supplier,
financial year, kind and number, so it is known beforehand, and an answer with another one is not believed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

CancelReason = Literal["duplicate", "data_entry_mistake", "order_cancelled", "other"]
_REASONS: Final[Mapping[CancelReason, str]] = {
    "duplicate": "1",
    "data_entry_mistake": "2",
    "order_cancelled": "3",
    "other": "4",
}
_ENDED: Final = "1005"
_DUPLICATE: Final = "2150"
_NOT_FOUND: Final = frozenset({"2148", "2154"})
_NOT_ACTIVE: Final = "9999"
_TIMEOUT_SECONDS: Final = 12
_ZONE: Final = ZoneInfo("Asia/Kolkata")


class IrpFault(Exception):
    """No answer, or one that cannot be read: whether the portal has done it is not known."""


class IrpRefusal(Exception):
    """The portal has refused. `code` and `message` are its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class IrpSessionEnded(Exception):
    """The session is not known any more: sign in and try again."""


@dataclass(frozen=True, slots=True)
class IrpAccount:
    """A taxpayer's access to a portal. `public_key` is the portal's, in PEM."""

    url: str
    gstin: str
    user_name: str
    password: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    public_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IrpSession:
    """`ends_at`: milliseconds since 1970."""

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    ends_at: int


@dataclass(frozen=True, slots=True)
class IrnRegistration:
    """What the portal says of a document. `signed_qr` is a JSON web token; it is printed as it is."""

    irn: str
    acknowledgement: str
    acknowledged_at: int
    signed_qr: str = field(repr=False)
    active: bool = True


class InvoicePortal(Protocol):
    def sign_in(self, account: IrpAccount) -> IrpSession:
        """A session. Raises IrpFault or IrpRefusal."""

    def register(self, account: IrpAccount, session: IrpSession, content: Mapping[str, Any]) -> IrnRegistration:
        """Registers an e-invoice, or finds that it is registered. Raises IrpFault, IrpRefusal or IrpSessionEnded."""

    def find(self, account: IrpAccount, session: IrpSession, content: Mapping[str, Any]) -> IrnRegistration | None:
        """What the portal has under the number of an e-invoice: for some days after it was registered."""

    def cancel(
        self, account: IrpAccount, session: IrpSession, content: Mapping[str, Any], reason: CancelReason, remark: str
    ) -> None:
        """Cancels an IRN, or finds it cancelled: within 24 hours of its registration."""


class NicPortal:
    def sign_in(self, account: IrpAccount) -> IrpSession:
        import os

        app_key = os.urandom(32)
        credentials = {
            "UserName": account.user_name,
            "Password": account.password,
            "AppKey": base64.b64encode(app_key).decode(),
            "ForceRefreshAccessToken": False,
        }
        sent = _rsa(account.public_key, base64.b64encode(json.dumps(credentials).encode()))
        answer = _send_request(account, None, "POST", "/eivital/v1.04/auth", {"Data": sent})
        try:
            content = answer["Data"]
            key = _aes_opened(app_key, base64.b64decode(content["Sek"], validate=True))
            session = IrpSession(str(content["AuthToken"]), key, _parse_ist(content["TokenExpiry"]))
        except (ValueError, KeyError, TypeError) as fault:
            raise IrpFault("the session could not be read") from fault
        if len(session.key) != 32 or not session.token:
            raise IrpFault("the session has no key")
        return session

    def register(self, account: IrpAccount, session: IrpSession, content: Mapping[str, Any]) -> IrnRegistration:
        try:
            answer = self._call(account, session, "POST", "/eicore/v1.03/Invoice", content)
        except IrpRefusal as refusal:
            # An earlier call whose answer was lost has registered it.
            found = self.find(account, session, content) if refusal.code == _DUPLICATE else None
            if found is None:
                raise
            return found
        return _read_registration(answer, content)

    def find(self, account: IrpAccount, session: IrpSession, content: Mapping[str, Any]) -> IrnRegistration | None:
        document = content["DocDtls"]
        asked = {"doctype": document["Typ"], "docnum": document["No"], "docdate": document["Dt"]}
        path = f"/eicore/v1.03/Invoice/irnbydocdetails?{urlencode(asked)}"
        try:
            return _read_registration(self._call(account, session, "GET", path), content)
        except IrpRefusal as refusal:
            if refusal.code in _NOT_FOUND:
                return None
            raise

    def cancel(
        self, account: IrpAccount, session: IrpSession, content: Mapping[str, Any], reason: CancelReason, remark: str
    ) -> None:
        wanted = {"Irn": expected_irn(content), "CnlRsn": _REASONS[reason], "CnlRem": remark}
        try:
            answer = self._call(account, session, "POST", "/eicore/v1.03/Invoice/Cancel", wanted)
        except IrpRefusal as refusal:
            found = self.find(account, session, content) if refusal.code == _NOT_ACTIVE else None
            if found is None or found.active:
                raise
            return
        if answer.get("Irn") != wanted["Irn"]:
            raise IrpFault("the portal has answered with another IRN")

    def _call(
        self,
        account: IrpAccount,
        session: IrpSession,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        import simplejson

        body = None
        if content is not None:
            plain = simplejson.dumps(content, use_decimal=True, ensure_ascii=False).encode()
            body = {"Data": base64.b64encode(_aes_closed(session.key, plain)).decode()}
        answer = _send_request(account, session, method, path, body)
        try:
            opened = _aes_opened(session.key, base64.b64decode(answer["Data"], validate=True))
            said = json.loads(opened, parse_float=Decimal)
        except (ValueError, KeyError, TypeError) as fault:
            raise IrpFault("the answer could not be decrypted") from fault
        if not isinstance(said, dict):
            raise IrpFault("the answer is no object")
        return said


PORTALS: Final[Mapping[str, InvoicePortal]] = {"nic": NicPortal()}


def expected_irn(content: Mapping[str, Any]) -> str:
    """The IRN of an e-invoice: SHA-256 over GSTIN, financial year (2026-27), kind and number."""
    day = str(content["DocDtls"]["Dt"])
    year = int(day[6:10]) - (int(day[3:5]) < 4)
    text = f"{content['SellerDtls']['Gstin']}{year}-{(year + 1) % 100:02d}{content['DocDtls']['Typ']}"
    return hashlib.sha256(f"{text}{content['DocDtls']['No']}".encode()).hexdigest()


def _read_registration(answer: Mapping[str, Any], content: Mapping[str, Any]) -> IrnRegistration:
    """Raises IrpFault unless the answer, and the content of its QR code, are of this very document."""
    try:
        found = IrnRegistration(
            irn=str(answer["Irn"]),
            acknowledgement=str(answer["AckNo"]),
            acknowledged_at=_parse_ist(answer["AckDt"]),
            signed_qr=str(answer["SignedQRCode"]),
            active=answer.get("Status", "ACT") == "ACT",
        )
        said = _token_content(found.signed_qr)
        echoed = (said["Irn"], said["SellerGstin"], said["BuyerGstin"], said["DocNo"], Decimal(str(said["TotInvVal"])))
    except (ValueError, KeyError, TypeError, ArithmeticError) as fault:
        raise IrpFault("the registration could not be read") from fault
    ours = (
        expected_irn(content),
        content["SellerDtls"]["Gstin"],
        content["BuyerDtls"]["Gstin"],
        content["DocDtls"]["No"],
        Decimal(str(content["ValDtls"]["TotInvVal"])),
    )
    if found.irn != ours[0] or echoed != ours:
        raise IrpFault("the portal has another document under this number")
    return found


def _token_content(token: str) -> dict[str, Any]:
    """What a signed QR code says: `data` of the token's payload, which is JSON in text."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise ValueError("not a signed token")
    payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    content = json.loads(payload["data"], parse_float=Decimal)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def _send_request(
    account: IrpAccount, session: IrpSession | None, method: str, path: str, content: Mapping[str, Any] | None
) -> dict[str, Any]:
    import urllib3

    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "Gstin": account.gstin,
    }
    if session is not None:
        headers |= {"user_name": account.user_name, "AuthToken": session.token}
    body = json.dumps(content) if content is not None else None
    try:
        # Not sent again by itself: what a lost answer has done is found by the document's number.
        answer = urllib3.PoolManager().request(
            method, f"{account.url}{path}", body=body, headers=headers, timeout=_TIMEOUT_SECONDS, retries=False
        )
        said = json.loads(answer.data)
    except urllib3.exceptions.HTTPError as fault:
        raise IrpFault(type(fault).__name__) from fault
    except ValueError as fault:
        raise IrpFault(f"status {answer.status}, not JSON") from fault
    if not isinstance(said, dict):
        raise IrpFault("the answer is no object")
    status = str(said.get("Status", said.get("status")))
    if status == "1":
        return said
    if status != "0":
        raise IrpFault(f"status {answer.status} without a result")
    code, message = _portal_refusal(said)
    if code == _ENDED and session is not None:
        raise IrpSessionEnded
    raise IrpRefusal(code, message)


def _portal_refusal(said: Mapping[str, Any]) -> tuple[str, str]:
    """The first error. The portal sends a list, or the same list as JSON in base64."""
    details = said.get("ErrorDetails")
    try:
        if isinstance(details, str):
            text = details if details.lstrip().startswith(("[", "{")) else base64.b64decode(details, validate=True)
            details = json.loads(text)
        first: Any = details[0] if isinstance(details, list) else details
        return str(first["ErrorCode"])[:16], str(first["ErrorMessage"])[:300]
    except (ValueError, KeyError, IndexError, TypeError) as fault:
        raise IrpFault("the refusal could not be read") from fault


def _parse_ist(text: Any) -> int:
    """`2026-11-28 12:03:00`, in India's time, as milliseconds since 1970."""
    moment = datetime.strptime(str(text).strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
    return int(moment.timestamp() * 1000)


def _rsa(public_key: str, plain: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(public_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise IrpFault("the portal's key is no RSA key")
    return base64.b64encode(key.encrypt(plain, padding.PKCS1v15())).decode()


def _aes_closed(key: bytes, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    # PKCS#7 padding by hand: one import less.
    rest = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the portal's own choice
    return bytes(encryptor.update(plain + bytes([rest]) * rest) + encryptor.finalize())


def _aes_opened(key: bytes, closed: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - the portal's own choice
    padded = bytes(decryptor.update(closed) + decryptor.finalize())
    rest = padded[-1] if padded else 0
    if not 1 <= rest <= 16 or padded[-rest:] != bytes([rest]) * rest:
        raise ValueError("wrong padding")
    return padded[:-rest]
