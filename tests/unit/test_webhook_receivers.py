"""What a receiver of webhooks can do to the sender, and that it is who its certificate says."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from batua.events.sending import MAX_ANSWER_BYTES, send_webhook
from tests.unit.receiver_fixtures import dialled  # noqa: F401 - fixtures

# What a receiver may do. Each answers with what its function writes.

Answer = Callable[[socket.socket, threading.Event], None]


@contextmanager
def receiver(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback: its port, and the requests that it heard."""
    heard: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            line, _ = listener.accept()
            try:
                with context.wrap_socket(line, server_side=True) if context else line as talk:
                    if over.is_set():
                        return
                    request = talk.recv(65_536)
                    while b"\r\n\r\n" not in request or not request.endswith(b"}"):
                        request += talk.recv(65_536)
                    heard.append(request)
                    answer(talk, over)
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port, heard
        finally:
            over.set()
            socket.create_connection(("127.0.0.1", port)).close()
            thread.join()


def written(answer: bytes) -> Answer:
    return lambda talk, _: talk.sendall(answer)


def test_an_answer_is_told_with_its_status_and_the_start_of_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with receiver(written(b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nthere")) as (port, heard):
        told = send_webhook(f"http://127.0.0.1:{port}/in?a=b", b"{}", {"webhook-id": "msg_1"}, allow_local=True)
    assert (told.status, told.body, told.failure, told.delivered) == (202, b"there", None, True)
    assert heard[0].startswith(b"POST /in?a=b HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in heard[0]
    assert b"\r\nwebhook-id: msg_1\r\n" in heard[0]
    assert heard[0].endswith(b"\r\n\r\n{}")


def test_a_redirect_is_an_answer_and_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, dialled = socket.socket.connect, []
    monkeypatch.setattr(socket.socket, "connect", lambda line, place: (dialled.append(place[0]), connect(line, place)))
    for status in (301, 302, 303, 307, 308):
        answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://169.254.169.254/latest/meta-data/\r\n\r\n".encode()
        dialled.clear()
        with receiver(written(answer)) as (port, heard):
            told = send_webhook(f"http://127.0.0.1:{port}/", b"{}", {}, allow_local=True)
            assert (told.status, told.failure, told.delivered) == (status, None, False)
            assert (len(heard), dialled) == (1, ["127.0.0.1"])


def drip(prefix: bytes, talk: socket.socket, over: threading.Event) -> None:
    """Never quiet for long, never done."""
    talk.sendall(prefix)
    while not over.wait(0.02):
        talk.sendall(b"a")


@pytest.mark.parametrize(
    ("prefix", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n384\r\n", 200),
    ],
    ids=["status", "header", "body", "chunk"],
)
def test_a_receiver_that_drips_is_cut_off_when_the_time_is_over(prefix: bytes, status: int | None) -> None:
    with receiver(partial(drip, prefix)) as (port, _):
        told = send_webhook(f"http://127.0.0.1:{port}/", b"{}", {}, timeout=1, allow_local=True)
    assert (told.status, told.delivered) == (status, False)
    assert told.failure == "no whole answer within 1 seconds"


def pour(talk: socket.socket, over: threading.Event) -> None:
    talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    while not over.is_set():
        talk.sendall(b"a" * 65_536)


def test_of_a_huge_answer_its_start_is_read() -> None:
    with receiver(pour) as (port, _):
        told = send_webhook(f"http://127.0.0.1:{port}/", b"{}", {}, allow_local=True)
    assert (told.status, told.body, told.delivered) == (200, b"a" * MAX_ANSWER_BYTES, True)


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example.com ESMTP\r\n",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 2OO OK\r\n\r\n",
    ],
    ids=["another protocol", "TLS", "too many headers", "a header too long", "no chunk", "no status"],
)
def test_what_is_no_http_is_an_outcome(answer: bytes) -> None:
    with receiver(written(answer)) as (port, _):
        told = send_webhook(f"http://127.0.0.1:{port}/", b"{}", {}, allow_local=True)
    assert told.failure == "the answer is not HTTP"
    assert not told.delivered


def test_a_receiver_that_hangs_up_is_an_outcome() -> None:
    with receiver(written(b"")) as (port, _):
        told = send_webhook(f"http://127.0.0.1:{port}/", b"{}", {}, allow_local=True)
    assert (told.status, told.failure) == (None, "the connection was lost")
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert (
        send_webhook(f"http://127.0.0.1:{port}/", b"{}", {}, allow_local=True).failure == "no connection could be made"
    )


# Who a receiver is. The certificates are made here, by an authority that only `trust` knows.


def certified(folder: Path, name: str, *, days: int = 1) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, private)
    return server, ssl.create_default_context(cafile=str(chain))


WELCOME = written(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_a_receiver_shows_a_certificate_of_its_name(tmp_path: Path) -> None:
    server, trust = certified(tmp_path, "localhost")
    asked: list[str | None] = []
    server.sni_callback = lambda _line, name, _context: asked.append(name)
    with receiver(WELCOME, server) as (port, heard):
        told = send_webhook(f"https://localhost:{port}/", b"{}", {}, allow_local=True, trust=trust)
    assert (told.status, told.failure) == (204, None)
    assert asked == ["localhost"], "the name that is called is named"
    assert f"\r\nHost: localhost:{port}\r\n".encode() in heard[0]


@pytest.mark.parametrize(("name", "days"), [("hooks.example.com", 1), ("localhost", -1)], ids=["another", "expired"])
def test_a_receiver_with_a_certificate_that_is_not_good_hears_nothing(tmp_path: Path, name: str, days: int) -> None:
    server, trust = certified(tmp_path, name, days=days)
    with receiver(WELCOME, server) as (port, heard):
        told = send_webhook(f"https://localhost:{port}/", b"{}", {}, allow_local=True, trust=trust)
    assert (told.status, told.failure) == (None, "the certificate is not good for this name")
    assert heard == []


def test_a_certificate_is_of_the_host_that_is_called_and_not_of_the_machine_that_answers(tmp_path: Path) -> None:
    server, trust = certified(tmp_path, "localhost")
    with receiver(WELCOME, server) as (port, heard):
        told = send_webhook(f"https://127.0.0.1:{port}/", b"{}", {}, allow_local=True, trust=trust)
    assert told.failure == "the certificate is not good for this name"
    assert heard == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, _ = certified(tmp_path, "localhost")
    with receiver(WELCOME, server) as (port, heard):
        told = send_webhook(f"https://localhost:{port}/", b"{}", {}, allow_local=True)
    assert told.failure == "the certificate is not good for this name"
    assert heard == []


def test_a_receiver_that_never_finishes_its_handshake_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = send_webhook(f"https://localhost:{silent.getsockname()[1]}/", b"{}", {}, timeout=0.2, allow_local=True)
    assert told.failure == "no whole answer within 0.2 seconds"
