"""What stands for an Invoice Registration Portal on one machine: NIC's API, as its documentation describes it.

`IRP_URL` leads here. It signs with a key of its own, so its IRNs are worth nothing to anybody. `misbehave` lets the
tests see what becomes of lost answers, ended sessions and wrong contents. The routes do not exist on AWS.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from local.server import Request, Response

PATH = "/local/irp"
CLIENT, CLIENT_SECRET, PASSWORD = "local-client", "local-client-secret", "local-password"
Trouble = Callable[[str, dict[str, Any]], Response | dict[str, Any]]
"""Takes the name of the call and the answer that it would get; returns another answer."""


class _Refused(Exception):
    def __init__(self, code: str, message: str, info: Any = None) -> None:
        super().__init__(code)
        self.code, self.message, self.info = code, message, info


class InvoicePortalPage:
    """A page of the gateway."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Any = None
        self._sessions: dict[str, tuple[bytes, str]] = {}
        self._documents: dict[str, dict[str, Any]] = {}
        self.misbehave: Trouble = lambda _, answer: answer
        self.lie: dict[str, Any] = {}
        """Replaces what its next answers say of a document."""

    def page(self, request: Request) -> Response | None:
        """None for every other path."""
        if not request.path.startswith(f"{PATH}/"):
            return None
        rest = request.path.removeprefix(PATH)
        if rest == "/public-key":
            return Response(200, [("Content-Type", "application/x-pem-file")], self.public_key.encode())
        calls = {
            ("POST", "/eivital/v1.04/auth"): ("auth", self._auth),
            ("POST", "/eicore/v1.03/Invoice"): ("register", self._register),
            ("POST", "/eicore/v1.03/Invoice/Cancel"): ("cancel", self._cancel),
            ("GET", "/eicore/v1.03/Invoice/irnbydocdetails"): ("find", self._find),
        }
        name, call = calls.get((request.method, rest), ("", None))
        if call is None:
            return Response.message(404, "Not Found")
        try:
            with self._lock:
                answer = call(request)
        except _Refused as refusal:
            details = [{"ErrorCode": refusal.code, "ErrorMessage": refusal.message}]
            answer = {"Status": 0, "Data": None, "ErrorDetails": details, "InfoDtls": refusal.info}
        said = self.misbehave(name, answer)
        return said if isinstance(said, Response) else Response.json(200, said)

    @property
    def public_key(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        pem: bytes = self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()

    def forget(self) -> None:
        """Every document and session."""
        with self._lock:
            self._documents.clear()
            self._sessions.clear()
            self.lie = {}

    def end_sessions(self) -> None:
        with self._lock:
            self._sessions.clear()

    @property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import rsa

        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key

    def _auth(self, request: Request) -> dict[str, Any]:
        from cryptography.hazmat.primitives.asymmetric import padding

        if (request.header("client_id"), request.header("client_secret")) != (CLIENT, CLIENT_SECRET):
            raise _Refused("1010", "Invalid Client-ID/Client-Secret")
        closed = base64.b64decode(json.loads(request.body)["Data"])
        said = json.loads(base64.b64decode(self._private.decrypt(closed, padding.PKCS1v15())))
        if said["Password"] != PASSWORD:
            raise _Refused("1019", "Incorrect Password")
        token, key = secrets.token_urlsafe(18), os.urandom(32)
        self._sessions[token] = (key, request.header("gstin") or "")
        content = {
            "ClientId": CLIENT,
            "UserName": said["UserName"],
            "AuthToken": token,
            "Sek": base64.b64encode(_aes(base64.b64decode(said["AppKey"]), key)).decode(),
            "TokenExpiry": _stamp(timedelta(hours=6)),
        }
        return {"Status": 1, "Data": content, "ErrorDetails": None, "InfoDtls": None}

    def _session(self, request: Request) -> tuple[bytes, str]:
        session = self._sessions.get(request.header("authtoken") or "")
        if session is None or session[1] != request.header("gstin"):
            raise _Refused("1005", "Invalid Token")
        return session

    def _register(self, request: Request) -> dict[str, Any]:
        key, gstin = self._session(request)
        content = json.loads(_opened(key, base64.b64decode(json.loads(request.body)["Data"])))
        if content["SellerDtls"]["Gstin"] != gstin:
            raise _Refused("2163", "The document's supplier is not the user")
        if content["SellerDtls"]["Gstin"] == content["BuyerDtls"]["Gstin"]:
            raise _Refused("2211", "Supplier and recipient GSTIN should not be the same.")
        irn = irn_of(content)
        before = self._documents.get(irn)
        if before is not None:
            known = {name: before[name] for name in ("AckNo", "AckDt", "Irn")}
            raise _Refused("2150", "Duplicate IRN", [{"InfCd": "DUPIRN", "Desc": known}])
        self._documents[irn] = self._signed(irn, content)
        return _answered(key, {**self._documents[irn], **self.lie})

    def _signed(self, irn: str, content: dict[str, Any]) -> dict[str, Any]:
        document, moment = content["DocDtls"], _stamp(timedelta())
        said = {
            "SellerGstin": content["SellerDtls"]["Gstin"],
            "BuyerGstin": content["BuyerDtls"]["Gstin"],
            "DocNo": document["No"],
            "DocTyp": document["Typ"],
            "DocDt": document["Dt"],
            "TotInvVal": content["ValDtls"]["TotInvVal"],
            "ItemCnt": len(content["ItemList"]),
            "MainHsnCode": content["ItemList"][0]["HsnCd"],
            "Irn": irn,
            "IrnDt": moment,
        }
        number = int(f"1126{len(self._documents) + 1:011d}")
        invoice = {"AckNo": number, "AckDt": moment, "Irn": irn, **content}
        return {
            "AckNo": number,
            "AckDt": moment,
            "Irn": irn,
            "SignedInvoice": self._token(invoice),
            "SignedQRCode": self._token(said),
            "Status": "ACT",
            "EwbNo": None,
            "EwbDt": None,
            "EwbValidTill": None,
            "Remarks": None,
        }

    def _token(self, content: dict[str, Any]) -> str:
        import jwt

        payload = {"data": json.dumps(content, separators=(",", ":")), "iss": "NIC Sandbox"}
        return jwt.encode(payload, self._private, algorithm="RS256")

    def _find(self, request: Request) -> dict[str, Any]:
        key, gstin = self._session(request)
        asked = {name: values[0] for name, values in parse_qs(request.query).items()}
        document = {"Typ": asked["doctype"], "No": asked["docnum"], "Dt": asked["docdate"]}
        found = self._documents.get(irn_of({"SellerDtls": {"Gstin": gstin}, "DocDtls": document}))
        if found is None:
            raise _Refused("2154", "IRN details are not found")
        return _answered(key, found)

    def _cancel(self, request: Request) -> dict[str, Any]:
        key, _ = self._session(request)
        wanted = json.loads(_opened(key, base64.b64decode(json.loads(request.body)["Data"])))
        found = self._documents.get(wanted["Irn"])
        if found is None:
            raise _Refused("2148", "Requested IRN data is not available")
        if found["Status"] != "ACT":
            raise _Refused("9999", "Invoice is not active")
        found["Status"] = "CNL"
        return _answered(key, {"Irn": wanted["Irn"], "CancelDate": _stamp(timedelta())})


def irn_of(content: dict[str, Any]) -> str:
    """As the portal documents it: SHA-256 of GSTIN, financial year, kind and number of the document."""
    document = content["DocDtls"]
    _, month, year = (int(part) for part in document["Dt"].split("/"))
    first = year if month >= 4 else year - 1
    parts = (content["SellerDtls"]["Gstin"], f"{first}-{str(first + 1)[2:]}", document["Typ"], document["No"])
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _answered(key: bytes, content: dict[str, Any]) -> dict[str, Any]:
    closed = base64.b64encode(_aes(key, json.dumps(content).encode())).decode()
    return {"Status": 1, "Data": closed, "ErrorDetails": None, "InfoDtls": None}


def _stamp(later: timedelta) -> str:
    return (datetime.now(UTC) + later).astimezone(ZoneInfo("Asia/Kolkata")).strftime("%Y-%m-%d %H:%M:%S")


def _aes(key: bytes, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - as the portal does
    return bytes(encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize())


def _opened(key: bytes, closed: bytes) -> bytes:
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - as the portal does
    unpadder = padding.PKCS7(128).unpadder()
    return bytes(unpadder.update(decryptor.update(closed) + decryptor.finalize()) + unpadder.finalize())
