"""Stands for Cashfree Secure ID: the paths and shapes that its documentation publishes, and what goes wrong with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT, SECRET = "CF10461204CKP2G6A1B2C3D4E5F0", "cfsk_ma_prod_0f1e2d3c4b5a"

NAMED = {"/upi/advance", "/cin", "/driving-license", "/passport", "/voter-id", "/digilocker"}
"""Paths that take each `verification_id` once."""

ANSWERS: dict[str, dict[str, Any]] = {
    "/pan": {
        "pan": "AQWPZ7391K",
        "type": "Individual",
        "reference_id": 21637861,
        "name_provided": "Asha Rao",
        "registered_name": "ASHA RAO",
        "valid": True,
        "message": "PAN verified successfully",
        "name_match_score": "100.00",
        "name_match_result": "DIRECT_MATCH",
        "aadhaar_seeding_status": "Y",
        "pan_status": "VALID",
    },
    "/gstin": {
        "reference_id": 5217,
        "GSTIN": "38AAPFU0939F1ZS",
        "legal_name_of_business": "KAVERI STORES PRIVATE LIMITED",
        "constitution_of_business": "Private Limited Company",
        "taxpayer_type": "Regular",
        "gst_in_status": "Active",
        "date_of_registration": "2017-07-01",
        "valid": True,
        "message": "GSTIN Exists",
    },
    "/upi/advance": {"reference_id": 7, "vpa": "asha@okaxis", "status": "VALID", "name_at_bank": "ASHA RAO"},
    "/cin": {
        "reference_id": 1234,
        "status": "VALID",
        "cin": "U72900KA2015PTC082988",
        "company_name": "CASHFREE PAYMENTS INDIA PRIVATE LIMITED",
        "incorporation_date": "2015-06-26",
        "cin_status": "ACTIVE",
        "director_details": [{"dob": "1985-10-10", "name": "A. DIRECTOR"}],
    },
    "/driving-license": {
        "reference_id": 52,
        "status": "VALID",
        "dl_validity": {"non_transport": {"from": "2011-08-12", "to": "2031-08-11"}, "transport": None},
        "details_of_driving_licence": {"name": "ASHA RAO", "address": "12 Residency Road"},
    },
    "/passport": {"reference_id": 9, "status": "VALID", "name": "ASHA RAO", "application_type": "Normal"},
    "/voter-id": {"reference_id": 3, "status": "VALID", "name": "ASHA RAO", "state": "KARNATAKA", "age": "36"},
}

VALID_ACCOUNT: dict[str, Any] = {
    "reference_id": 34,
    "name_at_bank": "ASHA RAO",
    "bank_name": "YES BANK",
    "branch": "SANTACRUZ, MUMBAI",
    "name_match_score": "90.00",
    "name_match_result": "GOOD_PARTIAL_MATCH",
    "account_status": "VALID",
    "account_status_code": "ACCOUNT_IS_VALID",
    "utr": "404223241811",
}


class SecureId:
    """`status`: what every call is answered with instead. `loses_replies`: it carries a call out and says nothing."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.status = 0
        self.loses_replies = False
        self.garbled = False
        self.answers = {path: dict(answer) for path, answer in ANSWERS.items()}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.penny_drops = 0
        self.account_outcome: dict[str, Any] = dict(VALID_ACCOUNT)
        self.settles_at_once = True
        self.sessions: dict[str, dict[str, Any]] = {}
        self._used: set[tuple[str, str]] = set()
        self.url = ""

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, dict[str, Any]]:
        if (headers.get("x-client-id"), headers.get("x-client-secret")) != (CLIENT, SECRET):
            return 401, {"type": "authentication_error", "code": "authentication_failed", "message": "Invalid"}
        if self.status:
            return self.status, {"type": "error", "code": "error", "message": "error"}
        route, query = urlsplit(path).path.removeprefix("/verification"), parse_qs(urlsplit(path).query)
        if method == "POST" and route in NAMED:
            id = body["verification_id"]
            if (route, id) in self._used:
                return 409, {"type": "validation_error", "code": "verification_id_already_exists", "message": "exists"}
            self._used.add((route, id))
        if route == "/bank-account/async" and method == "POST":
            return self._pay(body)
        if route == "/bank-account" and method == "GET":
            found = self.accounts.get(query["user_id"][0])
            return (200, found) if found else (404, {"type": "validation_error", "code": "not_found", "message": "-"})
        if route == "/digilocker" and method == "POST":
            id = body["verification_id"]
            self.sessions[id] = {"verification_id": id, "reference_id": 12345, "status": "PENDING"}
            return 200, {**self.sessions[id], "url": f"https://verification.cashfree.com/dgl?shortCode={id[-6:]}"}
        if route == "/digilocker":
            session = self.sessions.get(query["verification_id"][0])
            return (200, session) if session else (404, {"code": "not_found"})
        if route == "/digilocker/document/AADHAAR":
            shared = {"status": "SUCCESS", "uid": "xxxxxxxx7058", "name": "ASHA RAO", "dob": "21-04-1990"}
            return 200, {**shared, "care_of": "D/O RAVI RAO", "photo_link": "aGVsbG8="}
        return (200, self.answers[route]) if route in self.answers else (404, {"code": "not_found"})

    def _pay(self, body: Any) -> tuple[int, dict[str, Any]]:
        id = body["user_id"]
        if id in self.accounts:
            return 409, {"type": "validation_error", "code": "user_id_already_exists", "message": "exists"}
        self.penny_drops += 1
        received = {"reference_id": 34, "user_id": id, "account_status": "RECEIVED"}
        self.accounts[id] = {**self.account_outcome, "user_id": id} if self.settles_at_once else received
        return 200, received


@contextmanager
def secure_id() -> Iterator[SecureId]:
    fake = SecureId()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def do_GET(self) -> None:
            self._answer(None)

        def _answer(self, body: Any) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.seen.append((self.command, self.path, headers, body))
            status, content = fake.answer(self.command, self.path, headers, body)
            if fake.loses_replies:
                self.close_connection = True
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>" if fake.garbled else json.dumps(content).encode())

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
