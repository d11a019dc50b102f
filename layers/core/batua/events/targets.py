"""Where events may be sent: the address that a tenant gives, and the addresses that its name resolves to.

Our servers reach places that a stranger can't: their own loopback, the metadata service with the function's
credentials, whatever else the network holds. So a target has one plain spelling, and all others are refused rather
than understood: two parsers never differ over what is never parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

MAX_URL: Final = 2_048
MAX_HOST: Final = 253
STANDARD_PORTS: Final = {"http": 80, "https": 443}

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label starts with a letter, as every top-level domain does: nothing that a resolver could take for a number.
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.IGNORECASE,
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_LOOPBACK: Final = re.compile(r"localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]", re.ASCII)

_INNER: Final = frozenset(
    "localhost localdomain local internal intranet lan home corp private arpa test invalid onion alt".split()  # noqa: SIM905
)
"""Endings that no public name has (RFC 6761, RFC 9476, ICANN's `internal`, and what people use at home)."""

_METADATA: Final = frozenset({"metadata.goog", "metadata.tencentyun.com"})
"""Names of metadata services whose endings are public."""

# What `is_global` lets through although no server can be there, or another one than it seems.
_SPECIAL_4: Final = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is Oracle Cloud's metadata service
        "192.88.99.0/24",  # relays from 6to4
        "168.63.129.16/32",  # Azure's own services, at a public address
    )
)
_UNICAST_6: Final = ip_network("2000::/3")
"""All of IPv6 that is given to servers: outside are mapped and translated IPv4, local, documentation and multicast."""
_SPECIAL_6: Final = tuple(
    ip_network(each)
    for each in (
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
_ISATAP: Final = (0x00005EFE, 0x02005EFE)


class TargetRefused(ValueError):
    """A URL that events are not sent to. `reason` can be shown: it follows the name of the field."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `host` is a name in lower case, or a loopback address on one machine."""

    scheme: str
    host: str
    port: int
    path: str
    """What the request line holds: path and query."""

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == STANDARD_PORTS[self.scheme] else f"{host}:{self.port}"


def require_public(url: str, *, allow_local: bool = False) -> None:
    """Raises `TargetRefused` for an address that could never be a good target. Looks nothing up.

    `allow_local` is for one's own machine: it lets loopback through as well, with `http` too.
    """
    read_target(url, allow_local=allow_local)


def read_target(url: str, *, allow_local: bool = False) -> Target:
    """The parts of a good target. Raises `TargetRefused`."""
    if len(url) > MAX_URL:
        raise TargetRefused(f"must be at most {MAX_URL} characters")
    if not all("!" <= char <= "~" for char in url):
        raise TargetRefused("must be of visible ASCII characters; write an international name as xn--…")
    if "\\" in url:
        raise TargetRefused("must not hold a backslash")
    parts = _URL.fullmatch(url)
    if parts is None or parts["scheme"].lower() not in STANDARD_PORTS:
        raise TargetRefused("must begin with https://")
    if parts["fragment"] is not None:
        raise TargetRefused("must not have a fragment (#)")
    scheme = parts["scheme"].lower()
    host, port = _host_and_port(parts["authority"].lower(), scheme)
    path = (parts["path"] or "/") + (parts["query"] or "")
    if allow_local and _LOOPBACK.fullmatch(host):
        return Target(scheme, host.strip("[]"), port, path)
    if scheme != "https":
        raise TargetRefused("must begin with https://")
    _require_name(host)
    if port != STANDARD_PORTS["https"] and port < 1024:
        raise TargetRefused("must use port 443, or one above 1023")
    return Target(scheme, host, port, path)


def is_public(address: str) -> bool:
    """Whether an address, as a resolver gives it, is one server's on the public internet."""
    parsed = _ip_address(address)
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not parsed.is_multicast and not any(parsed in each for each in _SPECIAL_4)
    if parsed is None or parsed.scope_id is not None or not parsed.is_global or parsed not in _UNICAST_6:
        return False
    return int(parsed) >> 32 & 0xFFFFFFFF not in _ISATAP and not any(parsed in each for each in _SPECIAL_6)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine itself: 127.0.0.0/8 or ::1, in no other notation."""
    parsed = _ip_address(address)
    return parsed is not None and parsed.is_loopback and (parsed.version == 4 or int(parsed) == 1)


def _ip_address(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise TargetRefused("must not hold a user name or a password")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or not parts["host"]:
        raise TargetRefused("must name a host")
    if parts["port"] is None:
        return parts["host"], STANDARD_PORTS[scheme]
    if not _PORT.fullmatch(parts["port"]) or int(parts["port"]) > 65_535:
        raise TargetRefused("must name a port from 1 to 65535, or none")
    return parts["host"], int(parts["port"])


def _require_name(host: str) -> None:
    if host.startswith("[") or _ip_address(host) is not None:
        raise TargetRefused("must name its host by a domain name, not by an IP address")
    if len(host) > MAX_HOST or not _NAME.fullmatch(host):
        raise TargetRefused("must name its host by a full domain name, such as hooks.example.com")
    if host.rpartition(".")[2] in _INNER or host in _METADATA:
        raise TargetRefused("must name a host of the public internet")
