"""Where events go and where they don't: what a URL may say, what a name may stand for, what a receiver may do."""

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
from batua.events.targets import TargetRefused, is_loopback, is_public, read_target, require_public

REFUSED = {
    "loopback": "https://127.0.0.1/",
    "loopback, its last address": "https://127.255.255.254/",
    "loopback in decimal": "https://2130706433/",
    "loopback in octal": "https://017700000001/",
    "loopback in octal parts": "https://0177.0.0.1/",
    "loopback in hexadecimal": "https://0x7f000001/",
    "loopback in hexadecimal parts": "https://0x7f.0x0.0x0.0x1/",
    "loopback in two parts": "https://127.1/",
    "loopback in three parts": "https://127.0.1/",
    "a number that wraps around": "https://4294967297/",
    "any address": "https://0.0.0.0/",
    "zero": "https://0/",
    "private 10": "https://10.0.0.5/",
    "private 172": "https://172.16.0.1/",
    "private 192": "https://192.168.1.1/",
    "carrier-grade NAT": "https://100.100.100.200/",
    "metadata of EC2": "https://169.254.169.254/latest/meta-data/",
    "metadata of EC2 in decimal": "https://2852039166/",
    "metadata of EC2 in hexadecimal": "https://0xa9fea9fe/",
    "credentials of ECS": "https://169.254.170.2/v2/credentials",
    "a public address without a name": "https://93.184.216.34/",
    "an address with a dot behind": "https://127.0.0.1./",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 loopback in full": "https://[0:0:0:0:0:0:0:1]/",
    "any IPv6 address": "https://[::]/",
    "IPv4 mapped into IPv6": "https://[::ffff:127.0.0.1]/",
    "IPv4 mapped, in hexadecimal": "https://[::ffff:a9fe:a9fe]/",
    "IPv4 compatible": "https://[::127.0.0.1]/",
    "NAT64": "https://[64:ff9b::a9fe:a9fe]/",
    "6to4": "https://[2002:7f00:1::]/",
    "Teredo": "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "metadata of EC2 over IPv6": "https://[fd00:ec2::254]/",
    "link-local with a zone": "https://[fe80::1%25eth0]/",
    "a public IPv6 address": "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    "an IPv6 address without brackets": "https://::1/",
    "a bracket left open": "https://[::1/",
    "this machine": "https://localhost/",
    "this machine in capitals": "https://LOCALHOST/",
    "this machine with a dot behind": "https://localhost./",
    "a name under localhost": "https://hooks.localhost/",
    "the old name of localhost": "https://localhost.localdomain/",
    "multicast names": "https://printer.local/",
    "names inside a cloud": "https://ip-10-0-0-5.ap-south-1.compute.internal/",
    "metadata of Google Cloud": "https://metadata.google.internal/computeMetadata/v1/",
    "metadata of Google Cloud, short": "https://metadata.goog/",
    "metadata of Tencent Cloud": "https://metadata.tencentyun.com/",
    "metadata by its bare name": "https://metadata/",
    "a single label": "https://intranet/",
    "names at home": "https://router.lan/",
    "home.arpa": "https://nas.home.arpa/",
    "a reverse name": "https://1.0.0.127.in-addr.arpa/",
    "a dot behind the name": "https://hooks.example.com./",
    "an empty label": "https://hooks..example.com/",
    "a label too long": f"https://{'a' * 64}.example.com/",
    "a name too long": f"https://{'a.' * 130}com/",
    "an underscore": "https://my_hooks.example.com/",
    "a wildcard": "https://*.example.com/",
    "digits of another script": "https://１２７.0.0.1/",
    "circled digits": "https://①②⑦.⓪.⓪.①/",
    "letters that normalise to localhost": "https://ⓛocalhost/",
    "an ideographic full stop": "https://localhost。localdomain/",
    "a Cyrillic letter": "https://hooks.exаmple.com/",
    "a soft hyphen": "https://local\u00adhost/",
    "percent signs in the host": "https://%6c%6f%63alhost/",
    "no encryption": "http://hooks.example.com/",
    "no encryption on another port": "http://hooks.example.com:8080/",
    "another protocol": "ftp://hooks.example.com/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://hooks.example.com:6379/_INFO",
    "no protocol": "//hooks.example.com/",
    "one slash": "https:/hooks.example.com/",
    "no slash": "https:hooks.example.com",
    "no host": "https:///hooks",
    "no host but a port": "https://:443/",
    "nothing": "",
    "a user": "https://hooks.example.com@127.0.0.1/",
    "a user and a password": "https://user:secret@hooks.example.com/",
    "an empty user": "https://@hooks.example.com/",
    "a backslash before an at sign": "https://hooks.example.com\\@127.0.0.1/",
    "backslashes for slashes": "https:\\\\hooks.example.com/",
    "a backslash in the path": "https://hooks.example.com/\\evil.example",
    "a hash before an at sign": "https://127.0.0.1#@hooks.example.com/",
    "a fragment": "https://hooks.example.com/#here",
    "a new line": "https://hooks.example.com/\r\nHost: 127.0.0.1",
    "a tab in the name": "https://local\thost/",
    "a space before": " https://hooks.example.com/",
    "a space within": "https://hooks.example.com /",
    "a null byte": "https://hooks.example.com\x00.evil.example/",
    "the port of mail": "https://hooks.example.com:25/",
    "the port of SSH": "https://hooks.example.com:22/",
    "port zero": "https://hooks.example.com:0/",
    "a port too high": "https://hooks.example.com:65536/",
    "a port that wraps around": "https://hooks.example.com:65979/",
    "a port with a sign": "https://hooks.example.com:+443/",
    "an empty port": "https://hooks.example.com:/",
    "two ports": "https://hooks.example.com:443:80/",
    "too long": "https://hooks.example.com/" + "a" * 2048,
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_a_url_that_is_no_good_target_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        require_public(url)
    assert refused.value.reason.startswith("must ")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("loopback in hexadecimal", "must name its host by a full domain name, such as hooks.example.com"),
        ("metadata of EC2", "must name its host by a domain name, not by an IP address"),
        ("NAT64", "must name its host by a domain name, not by an IP address"),
        ("names at home", "must name a host of the public internet"),
        ("a user and a password", "must not hold a user name or a password"),
        ("a Cyrillic letter", "must be of visible ASCII characters; write an international name as xn--…"),
        ("no encryption", "must begin with https://"),
        ("the port of mail", "must use port 443, or one above 1023"),
    ],
)
def test_a_refusal_says_what_to_mend(what: str, reason: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        require_public(REFUSED[what])
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com/batua?shop=7&at=a@b",
        "HTTPS://Hooks.Example.COM:8443/in",
        "https://xn--bcher-kva.example/",
        "https://1password.com/",
        "https://a.b.c.d.e.co.in/~x//y",
    ],
)
def test_a_plain_address_on_the_internet_is_let_through(url: str) -> None:
    require_public(url)


LOCAL = ["http://127.0.0.1:8000/in", "http://localhost/in", "https://localhost:8443/", "http://[::1]:9000/"]


@pytest.mark.parametrize("url", LOCAL)
def test_loopback_is_let_through_on_ones_own_machine_alone(url: str) -> None:
    require_public(url, allow_local=True)
    with pytest.raises(TargetRefused):
        require_public(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://hooks.example.com/",
        "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://127.1/",
    ],
)
def test_ones_own_machine_lets_nothing_through_but_loopback(url: str) -> None:
    with pytest.raises(TargetRefused):
        require_public(url, allow_local=True)


def test_the_host_header_holds_what_the_url_said() -> None:
    assert read_target("https://Hooks.example.com:443/").authority == "hooks.example.com"
    assert read_target("https://hooks.example.com:8443/").authority == "hooks.example.com:8443"
    assert read_target("http://[::1]:9000/", allow_local=True).authority == "[::1]:9000"


NOT_PUBLIC = """
    127.0.0.1 0.0.0.0 10.1.2.3 172.31.0.1 192.168.0.1 100.64.0.1 169.254.169.254 169.254.170.2 192.0.0.192 192.0.2.1
    192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.7 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 100.100.100.200
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1
    2001:2::1 2001:10::1 2001:db8::1 2002:a00:1:: 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
    fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1 1.2.3 0x7f.1
""".split()  # noqa: SIM905


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_no_servers_own_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "13.126.0.1", "2606:4700::6810:84e5", "2404:6800:4009::200e"])
def test_an_address_of_a_server_is_public(address: str) -> None:
    assert is_public(address)


def test_loopback_is_this_machine_in_its_plain_notation() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("::ffff:127.0.0.1")


# What a name stands for. No line is opened in these tests: a connection to what is refused fails them.


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses to which a connection was tried; none is made."""
    tried: list[str] = []

    def connect(_: socket.socket, place: tuple[str, int]) -> None:
        tried.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_stands_for_what_is_not_public_is_not_dialled(address: str, dialled: list[str]) -> None:
    told = send_webhook("https://hooks.example.com/", b"{}", {}, resolve=lambda *_: [address])
    assert told.status is None
    assert told.failure == "the name stands for an address that is not on the public internet"
    assert dialled == []


def test_one_good_address_does_not_make_up_for_a_bad_one(dialled: list[str]) -> None:
    for addresses in (["93.184.216.34", "127.0.0.1"], ["::1", "2606:4700::6810:84e5"]):
        told = send_webhook("https://hooks.example.com/", b"{}", {}, resolve=lambda *_, found=addresses: found)
        assert told.failure == "the name stands for an address that is not on the public internet"
    assert dialled == []


def test_the_connection_goes_to_the_address_that_was_judged(dialled: list[str]) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    told = send_webhook("https://rebinding.example.com/", b"{}", {}, resolve=lambda *_: next(answers))
    assert told.failure == "no connection could be made"
    assert dialled == ["93.184.216.34"]
    assert next(answers) == ["127.0.0.1"], "the name was looked up once"


def test_ones_own_machine_does_not_open_the_metadata_service(dialled: list[str]) -> None:
    for address in ("169.254.169.254", "10.0.0.1", "fe80::1"):
        told = send_webhook("http://localhost/", b"{}", {}, allow_local=True, resolve=lambda *_, found=address: [found])
        assert told.failure == "the name stands for an address that is not on the public internet"
    assert dialled == []


def test_a_name_that_does_not_resolve_is_an_outcome(dialled: list[str]) -> None:
    def nowhere(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert send_webhook("https://hooks.example.com/", b"{}", {}, resolve=nowhere).failure == "the name does not resolve"
    assert (
        send_webhook("https://hooks.example.com/", b"{}", {}, resolve=lambda *_: []).failure
        == "the name does not resolve"
    )


def test_a_resolver_that_does_not_answer_is_left_behind() -> None:
    over = threading.Event()
    told = send_webhook("https://hooks.example.com/", b"{}", {}, timeout=0.05, resolve=lambda *_: [str(over.wait())])
    over.set()
    assert told.failure == "no whole answer within 0.05 seconds"


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
