"""The caller: claims whose records were read and found good."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, Protocol

from .. import errors
from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import Found
from .credentials import CHALLENGE, Claims
from .roles import permissions
from .sessions import read_session
from .tenant import KeyRecord, Tenant, read_tenant

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

OUTSIDE_NETWORKS: Final = "outside_networks"
"""Why a good key was refused, in the audit trail."""


_ENROLLING: Final = "account:enrol"
_ONLY_ENROLLING: Final = frozenset({_ENROLLING})
"""What a session may whose user has to set a second factor up: the routes that say so, which need no permission."""


class SignedRequest(Protocol):
    """What a signature is checked against: the parts of an HTTP request."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def path(self) -> Mapping[str, str]: ...

    @property
    def raw_body(self) -> bytes: ...


class Sender(Protocol):
    """Who signed a request: another system, on behalf of a tenant."""

    @property
    def id(self) -> str: ...

    @property
    def tenant(self) -> str: ...

    @property
    def mode(self) -> Mode: ...


class SignatureVerifier(Protocol):
    """Whose signature a request must bear: the key of the record with the secrets, and whether it is theirs."""

    def records(self, request: SignedRequest) -> Iterable[Key]:
        """What has to be read before the signature can be checked. Raises NOT_FOUND where that can be nothing."""

    def admit(self, request: SignedRequest, found: Found, now: int) -> Sender | None:
        """Who signed the raw body; None for a request that says nothing and needs no signature, such as a ping.

        Raises NOT_FOUND where nobody is known there, UNAUTHENTICATED for a signature that is not theirs.
        """


@dataclass(frozen=True, slots=True)
class Requirement:
    """Whom an endpoint serves, in the words of the API contract. `permission` is a scope, or what a role allows.

    `step_up`: a user has to prove its identity anew (`identity.step_up`); `live_only`: no session of the sandbox;
    `require_offered` raises where the deployment does not offer a public route, whatever is sent; `enrolling`: open to
    a session whose user has to set a second factor up first.
    """

    kind: Literal["public", "key", "user", "basic", "tenant", "signature", "customer"]
    permission: str | None = None
    verifier: SignatureVerifier | None = field(default=None, compare=False)
    step_up: bool = False
    live_only: bool = False
    require_offered: Callable[[], None] | None = field(default=None, compare=False)
    enrolling: bool = False

    @property
    def describe(self) -> str:
        return f"{self.kind} {self.permission}" if self.permission else self.kind


def public_caller(*, require_offered: Callable[[], None] | None = None) -> Requirement:
    """Anyone; with `require_offered`, where the deployment offers it."""
    return Requirement("public", require_offered=require_offered)


def key_caller(scope: str) -> Requirement:
    """An API key with this scope, or a user of the tenant whose role allows it."""
    return Requirement("key", scope)


def user_caller(
    permission: str | None = None, *, step_up: bool = False, live_only: bool = False, enrolling: bool = False
) -> Requirement:
    """A signed-in user; with a permission, one whose role allows it. `enrolling`: also one who has to set a second
    factor up before anything else, for what the own account needs until then."""
    return Requirement("user", permission, step_up=step_up, live_only=live_only, enrolling=enrolling)


def customer_caller(*, step_up: bool = False, live_only: bool = False) -> Requirement:
    """A customer who has proved their phone number, and nobody else."""
    return Requirement("customer", step_up=step_up, live_only=live_only)


def basic_caller(scope: str) -> Requirement:
    """An application's key and secret by Basic authentication."""
    return Requirement("basic", scope)


def tenant_caller(permission: str, *, step_up: bool = False) -> Requirement:
    """A credential of the tenant that the request names in `X-Tenant-Id`: an API key with this scope, or a user."""
    return Requirement("tenant", permission, step_up=step_up)


def signature_caller(verifier: SignatureVerifier) -> Requirement:
    """Another system, by a signature over the raw body."""
    return Requirement("signature", verifier=verifier)


@dataclass(frozen=True, slots=True)
class Caller:
    claims: Claims
    tenant: Tenant
    permissions: frozenset[str]
    address: str

    @property
    def id(self) -> str:
        return self.claims.subject

    @property
    def mode(self) -> Mode:
        return self.claims.mode

    @property
    def scope(self) -> str:
        return self.claims.scope


def admit(claims: Claims, found: Found, requirement: Requirement, address: str, now: int) -> Caller:
    """The caller behind the claims. Every refusal of a credential looks the same; a missing permission is another."""
    record = found[keys.tenant_key(claims.tenant)]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    if claims.kind == "user":
        allowed = _user_permissions(claims, found, now)
    elif claims.kind == "customer":
        allowed = _customer_permissions(claims, found, now)
    else:
        allowed = _admit_key(claims, tenant, address, now).scopes
    program = tenant.program.id if tenant.program else None
    owner = tenant.program.owner if tenant.program else tenant.id
    if claims.kind != "basic" and claims.program != program and (claims.program or claims.owner != owner):
        # The tenant has moved to another program: the books that this credential names are no longer its own. One from
        # before the tenant's first program names the right books where that program is the tenant's own.
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    caller = Caller(claims, tenant, allowed, address)
    if requirement.kind == "tenant" and claims.names != claims.tenant:
        raise errors.FORBIDDEN("X-Tenant-Id does not name the tenant of these credentials.")
    if requirement.kind == "user" and claims.kind != "user":
        raise errors.FORBIDDEN("Only a signed-in user can do this.")
    if _ENROLLING in allowed and not requirement.enrolling:
        raise errors.MFA_ENROLMENT_REQUIRED()
    if requirement.permission and requirement.permission not in allowed:
        raise errors.FORBIDDEN(f"These credentials lack the permission {requirement.permission}.")
    return caller


def _admit_key(claims: Claims, tenant: Tenant, address: str, now: int) -> KeyRecord:
    refusal = errors.UNAUTHENTICATED(headers=CHALLENGE)
    record = tenant.keys.get(claims.subject)
    if record is None or record.mode != claims.mode or not record.in_force(now):
        raise refusal
    if (record.kind == "basic") != (claims.kind == "basic"):
        raise refusal
    if record.kind == "basic" and not hmac.compare_digest(record.secret_hash or b"", claims.secret_hash or b""):
        raise refusal
    if record.mode == "live" and not in_networks(address, tenant.networks):
        refusal.why = OUTSIDE_NETWORKS
        raise refusal
    return record


def _user_permissions(claims: Claims, found: Found, now: int) -> frozenset[str]:
    record = found[keys.user_key(claims.tenant, claims.subject)]
    opened = found[keys.session_key(claims.session)] if claims.session else None
    if record is None or record["status"] != "active" or opened is None:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    session = read_session(opened)
    if not session.is_open(claims.subject, record.get("epoch", 0), now):
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    return _ONLY_ENROLLING if session.enrolling else permissions(record["roles"])


def _customer_permissions(claims: Claims, found: Found, now: int) -> frozenset[str]:
    """None: the routes of a customer take no other caller, and no other route takes a customer."""
    record = found[keys.customer_key(claims.scope, claims.subject)]
    opened = found[keys.session_key(claims.session)] if claims.session else None
    if record is None or record.get("erased") or opened is None:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    session = read_session(opened)
    if session.tenant != claims.tenant or not session.is_open(claims.subject, record.get("epoch", 0), now):
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    return frozenset()


def in_networks(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks (CIDR, IPv4 or IPv6)."""
    from ipaddress import IPv6Address, ip_address

    try:
        caller = ip_address(address)
    except ValueError:
        return False
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped:
        caller = caller.ipv4_mapped
    return any(caller in network for network in _ip_networks(networks))


@lru_cache(maxsize=256)
def _ip_networks(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    from ipaddress import ip_network

    return tuple(map(ip_network, networks))
