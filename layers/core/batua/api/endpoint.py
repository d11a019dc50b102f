"""The declaration of an endpoint, and the way of a request through it.

    @endpoint("POST", "/api/v1/merchant/coins/issue", caller=key("coins:issue"), request=IssueCoins, ...)
    def handler(call: Call[IssueCoins]) -> CoinsIssued:
        \"\"\"Issue coins to a customer.\"\"\"
        return issue(call)

A request without a good signature ends before anything is read. Then one BatchGetItem reads the records behind the
credential, together with what `prefetch` asks for where the input is cheap to read; any other body is looked at only
once its sender is admitted. The handler runs only for an admitted caller and valid input.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from .. import clock, errors, ids, observe
from ..errors import ErrorKind, Problem
from ..identity import credentials, tokens
from ..identity.caller import Caller, Requirement, Sender, SignatureVerifier, admit
from ..identity.credentials import Claims
from ..identity.key_usage import KeyUsageTracker
from ..store.keys import Key
from ..store.store import Found, Store, store
from ..store.writes import Put
from .limits import CUSTOMER_PER_MINUTE, REFUSED, STRANGERS, Limiter, stranger
from .models import require_known, validated
from .request import MAX_SIGNED_BODY, Request, gateway_response
from .styles import RUCOIN, Raw, Reply, Style, Trace, json_text, plain_value

Input = TypeVar("Input")


class KeysToLoad(Protocol):
    """What an endpoint looks for; its keys are read in the same round trip as the credential's records."""

    @property
    def keys(self) -> Iterable[Key]: ...


Precondition = Literal["If-Match", "If-None-Match"]
FileForm = Literal["einvoice", "gstr1"]

Prefetch = Callable[[Claims, Any, Request], KeysToLoad]
"""Tells what to look for from the claims, the input and the path."""

SIGNED_PER_MINUTE: Final = 12_000
"""Requests that one sender may sign."""

SMALL_BODY: Final = 8 * 1024
"""Bytes of a body that may be read together with its sender's records."""

STEP_UP_ERRORS: Final = (errors.REAUTHENTICATION_REQUIRED,)
LIVE_ONLY_ERRORS: Final = (errors.LIVE_SESSION_REQUIRED,)

_limiter = Limiter()
_uses = KeyUsageTracker()


@dataclass(frozen=True)
class Call(Generic[Input]):
    """An admitted request. `input` is the body, or for GET and DELETE the query, as its model."""

    input: Input
    request: Request
    store: Store
    now: int
    loaded: Found = field(default_factory=dict)
    lookup: Any = None
    _caller: Caller | None = None
    sender: Any = None
    """Who signed the request, where the endpoint asks for a signature."""

    @property
    def caller(self) -> Caller:
        if self._caller is None:
            raise RuntimeError("a public endpoint has no caller")
        return self._caller

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.path

    def act(self, what: str, reference: str | None = None, *, announce: str | None = None, **details: Any) -> Put:
        """The line of the audit trail that says what the caller did: to be committed with it.

        `announce` is mailed to the tenant's administrators.
        """
        from .. import audit_trail  # what moves value leaves its entry instead

        return audit_trail.audit_entry(
            self.caller.mode,
            self.caller.tenant.id,
            self.now,
            what=what,
            who=self.caller.id,
            address=self.caller.address,
            reference=reference,
            request_id=self.request.id,
            details=details or None,
            announce=announce,
        )

    @property
    def idempotency_key(self) -> str | None:
        """The key in the header or in the body; the same in both where both are given."""
        header = self.request.idempotency_key
        body = getattr(self.input, "idempotency_key", None)
        if header is not None and body is not None and header != body:
            raise errors.invalid("idempotency_key", "must equal the Idempotency-Key header")
        return header or body


@dataclass(frozen=True)
class Success:
    """What an endpoint answers where all went well. Without media it has no body; the JSON of a file no envelope."""

    model: Any = None
    status: int = 200
    media: Sequence[str] = ("application/json",)
    file: FileForm | None = None
    others: Mapping[int, str] = field(default_factory=dict)
    """Further statuses without a body, and what they mean."""


@dataclass(frozen=True)
class Declaration:
    """All that is known of an endpoint: the OpenAPI document, the tests and the house rules read it."""

    method: str
    path: str
    caller: Requirement
    request: type[BaseModel] | None
    success: Success
    errors: tuple[ErrorKind, ...]
    style: Style
    moves_value: bool
    summary: str
    function: str
    parameters: Mapping[str, str]
    precondition: Precondition | None

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reads_query(self) -> bool:
        return self.method in ("GET", "DELETE")


def endpoint(
    method: str,
    path: str,
    *,
    caller: Requirement,
    request: type[BaseModel] | None = None,
    response: Any = None,
    errors: Sequence[ErrorKind] = (),
    style: Style = RUCOIN,
    moves_value: bool = False,
    prefetch: Prefetch | None = None,
    parameters: Mapping[str, str] | None = None,
    precondition: Precondition | None = None,
) -> Callable[[Callable[[Call[Any]], Any]], Callable[[dict[str, Any], Any], dict[str, Any]]]:
    """Makes a function of a `Call` the Lambda handler of a route.

    `response` is a model, or a `Success` where it is answered with another status or in other media; `parameters`
    describes each path parameter; `precondition` is the header of RFC 9110 that the endpoint understands: If-None-Match
    for what a client may have already (`files.serve`), If-Match for the version that it wants to change.
    """
    proofs = (*(STEP_UP_ERRORS if caller.step_up else ()), *(LIVE_ONLY_ERRORS if caller.live_only else ()))

    def declare(function: Callable[[Call[Any]], Any]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
        declaration = Declaration(
            method=method,
            path=path,
            caller=caller,
            request=request,
            success=response if isinstance(response, Success) else Success(response),
            errors=(*errors, *proofs),
            style=style,
            moves_value=moves_value,
            summary=(function.__doc__ or "").strip(),
            function=function.__module__,
            parameters=parameters or {},
            precondition=precondition,
        )

        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            if event["requestContext"]["http"]["method"] == "OPTIONS":
                return _serve(declaration, None, _preflight, event)
            return _serve(declaration, prefetch, function, event)

        if caller.kind in ("key", "user", "tenant", "customer"):
            tokens.preload_crypto()
        traced = observe.traced(handler)
        traced.declaration = declaration  # type: ignore[attr-defined]
        return traced

    return declare


def _preflight(call: Call[str]) -> Raw:
    from . import cors

    return Raw("", "text/plain", cors.preflight_headers(call.store, call.input, call.request), 204)


@dataclass(slots=True)
class _RequestContext:
    """What is known of a request so far, for its headers and its log line."""

    request: Request
    trace: Trace
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    claims: Claims | None = None
    caller: Caller | None = None
    sender: Sender | None = None
    outcome: str = "success"


def _serve(
    declaration: Declaration, prefetch: Prefetch | None, function: Callable[[Call[Any]], Any], event: dict[str, Any]
) -> dict[str, Any]:
    started = time.perf_counter_ns()
    request = Request(event)
    context = _RequestContext(request, Trace(request.id, ids.new_id("res"), clock.system()))
    try:
        answer = function(_admitted(declaration, prefetch, context))
        status, body, media = _success(declaration, answer, context)
    except Exception as fault:
        from . import refusals  # most requests are served

        problem = refusals.problem_of(fault, declaration.route, context.trace.request_id)
        if declaration.caller.kind != "public":
            problem = refusals.after_counting(
                problem, declaration.route, request, context.claims, admitted=bool(context.caller or context.sender)
            )
        context.outcome = problem.kind.code
        context.headers.update(problem.headers)
        status, content = declaration.style.failure(problem, context.trace)
        body, media = json_text(content), "application/json"
    if "origin" in request.headers:
        from . import cors  # few requests come from another site's page

        tenant = context.caller.tenant if context.caller else None
        context.headers.update(cors.answer_headers(store(), declaration.path, request, tenant))
    milliseconds = (time.perf_counter_ns() - started) / 1e6
    _observe(declaration, context, status, milliseconds)
    headers = {
        "content-type": media,
        "x-request-id": context.trace.request_id,
        "x-response-id": context.trace.response_id,
        "x-response-time": f"{milliseconds:.3f}ms",
        "cache-control": "no-store",
        **{name.lower(): value for name, value in context.headers.items()},
    }
    response = gateway_response(status, headers, "" if request.method == "HEAD" else body)
    return {**response, "cookies": list(context.cookies)} if context.cookies else response


def _admitted(declaration: Declaration, prefetch: Prefetch | None, context: _RequestContext) -> Call[Any]:
    """The call of an admitted caller with valid input; or the problem in its way, the credential's first."""
    request = context.request.require_front_door()
    now = clock.system()
    if request.method == "OPTIONS":
        return Call(declaration.path, request, store(), now)  # nothing of the call that a page may make is known yet
    if declaration.caller.kind == "public":
        if declaration.caller.require_offered:
            declaration.caller.require_offered()
        return Call(_input(declaration, request), request, store(), now)
    if declaration.caller.verifier:
        return _signed_call(declaration, declaration.caller.verifier, context, now)
    claims = _claims(declaration.caller, request)
    REFUSED.require_open(f"refused:{claims.subject}", now)
    context.claims = claims
    wrong: Problem | None = None
    content: Any = None
    lookup: KeysToLoad | None = None
    wanted: list[Key] = list(claims.records)
    together = prefetch is not None and _is_cheap_to_read(declaration, request)
    try:
        now = _now(claims, request, now)
        if prefetch and together:
            content = _input(declaration, request)
            lookup = prefetch(claims, content, request)
            wanted += lookup.keys
    except Problem as problem:
        wrong = problem
    found = store().read(wanted)
    caller = context.caller = admit(claims, found, declaration.caller, request.address, clock.system())
    quota = CUSTOMER_PER_MINUTE if claims.kind == "customer" else caller.tenant.requests_per_minute
    context.headers.update(_limiter.take(store(), claims.subject, quota, clock.system()))
    if claims.kind in ("key", "basic") and not declaration.moves_value:
        _uses.note(store(), claims.tenant, claims.subject, clock.system())
    if declaration.caller.step_up or declaration.caller.live_only:
        from ..identity.step_up import require_assurance  # few routes ask for it

        require_assurance(claims, request.headers, declaration.caller)
    if wrong:
        raise wrong
    if not together:
        content = _input(declaration, request)
        if prefetch:
            lookup = prefetch(claims, content, request)
            more = [key for key in lookup.keys if key not in found]
            found = {**found, **store().read(more)} if more else found
    return Call(content, request, store(), now, found, lookup, caller)


def _is_cheap_to_read(declaration: Declaration, request: Request) -> bool:
    """Whether the input may be looked at before its sender is admitted, so that one read serves both.

    Queries and the small, flat bodies of what moves value may: to read one costs less than the signature did. Any other
    body is work that a stranger with an old token must not be able to have us do.
    """
    if declaration.request is None or declaration.reads_query:
        return True
    return declaration.moves_value and len(request.raw_body) <= SMALL_BODY


def _signed_call(
    declaration: Declaration, verifier: SignatureVerifier, context: _RequestContext, now: int
) -> Call[Any]:
    """The call of a sender whose signature over the raw body holds. What the body says is read after that."""
    request = context.request
    if len(request.raw_body) > MAX_SIGNED_BODY:
        raise errors.BODY_TOO_LARGE("The request body is larger than 6 MiB.")
    STRANGERS.require_open(stranger(declaration.route, request.path, request.address), now)
    found = store().read(verifier.records(request))
    sender = context.sender = verifier.admit(request, found, now)
    if sender:
        context.headers.update(_limiter.take(store(), sender.id, SIGNED_PER_MINUTE, now))
    return Call(None, request, store(), now, found, sender=sender)


def _claims(requirement: Requirement, request: Request) -> Claims:
    if requirement.kind == "basic":
        return credentials.basic_claims(request.headers)
    readers = {"tenant": credentials.tenant_claims, "customer": credentials.customer_claims}
    read = readers.get(requirement.kind, credentials.signed_claims)
    return read(request.method, request.headers, request.cookies)


def _input(declaration: Declaration, request: Request) -> Any:
    if declaration.moves_value:
        _ = (
            request.idempotency_key
        )  # refuses one that is none, also where the body says on its own what may happen once
    if declaration.reads_query and declaration.caller.kind != "public":
        require_known(declaration.request, request.query)
    if declaration.request is None:
        return None
    return validated(declaration.request, request.query if declaration.reads_query else request.json())


def _now(claims: Claims, request: Request, now: int) -> int:
    if "x-test-clock" not in request.headers:
        return now
    from .sandbox_clock import request_time  # few requests bring a time of their own

    return request_time(claims, request)


def _success(declaration: Declaration, answer: Any, context: _RequestContext) -> tuple[int, str | bytes, str]:
    if isinstance(answer, Raw):
        context.headers.update(answer.headers)
        return answer.status, answer.body, answer.media
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    context.headers.update(reply.headers)
    context.cookies = reply.cookies
    status = reply.status or declaration.success.status
    reply = Reply(plain_value(reply.data), reply.message, reply.meta)
    return status, json_text(declaration.style.success(reply, status, context.trace)), "application/json"


def _observe(declaration: Declaration, context: _RequestContext, status: int, milliseconds: float) -> None:
    who: Claims | Sender | None = context.claims or context.sender
    observe.log().info(
        "request",
        extra={
            "route": declaration.route,
            "status": status,
            "outcome": context.outcome,
            "ms": round(milliseconds, 3),
            "request_id": context.trace.request_id,
            "response_id": context.trace.response_id,
            "tenant": who.tenant if who else None,
            "caller": who.subject if isinstance(who, Claims) else who.id if who else None,
            "mode": who.mode if who else None,
        },
    )
    observe.count(declaration.route, status, milliseconds)
