"""Where events go and where they don't: what a URL may say, what a name may stand for, what a receiver may do."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import socket
import threading

import pytest

from batua.events.sending import send_webhook
from batua.events.targets import TargetRefused, is_loopback, is_public, read_target, require_public
from tests.unit.receiver_fixtures import dialled  # noqa: F401 - fixtures

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
