"""Stand-ins for Apple's push service and for Google Wallet: they answer as those do, and note what they are sent."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import h2.events
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from h2.config import H2Configuration
from h2.connection import H2Connection


class ApplePush:
    """Takes pushes over HTTP/2 from who shows a certificate of `authority`. `answers`: token -> (status, reason)."""

    def __init__(self, folder: Path, authority: str) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        self.pushed: list[tuple[str, str, str]] = []
        """Token, topic and body."""
        self.connections = 0
        certificate, key = _host_certificate()
        self.trusted = folder / "push-service.pem"
        self.trusted.write_text(certificate)
        both = folder / "push-service-both.pem"
        both.write_text(certificate + key)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(both)
        self._context.load_verify_locations(cadata=authority)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.set_alpn_protocols(["h2"])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # which ends a waiting accept
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as connection:
                    self.connections += 1
                    self._talk(connection)
            except (OSError, ssl.SSLError):
                continue

    def _talk(self, connection: ssl.SSLSocket) -> None:
        http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        http.initiate_connection()
        connection.sendall(http.data_to_send())
        asked: dict[int, list[str]] = {}
        while received := connection.recv(65_536):
            for event in http.receive_data(received):
                if isinstance(event, h2.events.RequestReceived):
                    headers = dict(event.headers)
                    assert headers[":method"] == "POST"
                    asked[event.stream_id] = [headers[":path"].removeprefix("/3/device/"), headers["apns-topic"], ""]
                elif isinstance(event, h2.events.DataReceived):
                    asked[event.stream_id][2] += event.data.decode()
                elif isinstance(event, h2.events.StreamEnded):
                    token, topic, body = asked[event.stream_id]
                    self.pushed.append((token, topic, body))
                    status, reason = self.answers.get(token, (200, ""))
                    http.send_headers(event.stream_id, [(":status", str(status))], end_stream=not reason)
                    if reason:
                        http.send_data(event.stream_id, json.dumps({"reason": reason}).encode(), end_stream=True)
                elif isinstance(event, h2.events.ConnectionTerminated):
                    return
            connection.sendall(http.data_to_send())


class GoogleWallet:
    """Gives tokens to who signs with the service account's key. `saved`: ids of the passes that somebody has."""

    def __init__(self, key: rsa.RSAPublicKey) -> None:
        self.saved: set[str] = set()
        self.patched: list[tuple[str, Mapping[str, Any]]] = []
        self.tokens = 0
        self.failing = 0
        """Answers that are still to be a fault."""
        google = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def do_POST(self) -> None:
                content = parse_qs(self._body())
                assertion = content["assertion"][0]
                jwt.decode(assertion, key, algorithms=["RS256"], audience=f"{google.url}/token")
                google.tokens += 1
                self._answer(200, {"access_token": f"token-{google.tokens}", "expires_in": 3600})

            def do_PATCH(self) -> None:
                id, content = self.path.rpartition("/")[2], json.loads(self._body())
                if not self.headers["authorization"].startswith("Bearer token-"):
                    self._answer(401, {})
                elif google.failing:
                    google.failing -= 1
                    self._answer(503, {"error": {"message": "try again"}})
                elif id not in google.saved:
                    self._answer(404, {"error": {"message": "no such object"}})
                else:
                    google.patched.append((id, content))
                    self._answer(200, content)

            def _body(self) -> str:
                return self.rfile.read(int(self.headers["content-length"])).decode()

            def _answer(self, status: int, content: Any) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def closing(server: Any) -> Iterator[Any]:
    try:
        yield server
    finally:
        server.close()


def _host_certificate() -> tuple[str, str]:
    """Of 127.0.0.1, signed by itself: certificate and key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push service of the tests")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), plain.decode()
