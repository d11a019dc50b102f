"""The document as a whole, and its operations."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .. import __version__
from . import events, words
from .inventory import EndpointSource
from .responses import JSON, failure_schemas, responses, share
from .schemas import Schemas, without_null

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def openapi_document(endpoints: Sequence[EndpointSource]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these endpoints: the same for the same declarations, whatever their order."""
    ordered = sorted(endpoints, key=sort_position)
    schemas = Schemas(ordered)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ordered:
        at = paths.setdefault(endpoint.declaration.path, {})
        at[endpoint.declaration.method.lower()] = _operation(endpoint, schemas)
    shared = share(paths)
    served = {endpoint.domain for endpoint in ordered}
    styles = {endpoint.declaration.style.name: endpoint.declaration.style for endpoint in ordered}
    webhooks = events.webhooks()
    components = {
        "securitySchemes": {name: dict(scheme) for name, scheme in words.SCHEMES.items()},
        "parameters": {_component(name): _header(name) for name in words.REQUEST_HEADERS},
        "headers": dict(words.ANSWER_HEADERS),
        "responses": shared,
        "schemas": {
            **failure_schemas(styles[name] for name in sorted(styles)),
            **schemas.components,
            **events.components(),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Batua API",
            "version": __version__,
            "summary": "A multi-tenant loyalty wallet and prefund ledger",
            "description": words.INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The host that serves this document"}],
        "tags": [
            {"name": name, "description": description} for name, description in words.DOMAINS.items() if name in served
        ],
        "paths": paths,
        "webhooks": webhooks,
        "components": _used(components, [paths, webhooks]),
    }


def _used(components: Mapping[str, Mapping[str, Any]], roots: Any) -> dict[str, dict[str, Any]]:
    """The components that paths and webhooks lead to. A query's model, for one, is in its parameters instead."""
    used: set[str] = {f"#/components/securitySchemes/{name}" for name in words.SCHEMES}
    left = _references(roots)
    while new := left - used:
        used |= new
        left = set()
        for reference in new:
            kind, name = reference.split("/")[2:]
            left |= _references(components[kind][name])
    kept = {
        kind: {name: part for name, part in parts.items() if f"#/components/{kind}/{name}" in used}
        for kind, parts in components.items()
    }
    return {kind: parts for kind, parts in kept.items() if parts}


def _references(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values()))
    if isinstance(value, list):
        return set().union(*map(_references, value))
    return set()


def summary(endpoint: EndpointSource) -> tuple[str, str]:
    """The first line of what the handler says of itself, and the rest."""
    first, _, rest = inspect.cleandoc(endpoint.declaration.summary).partition("\n")
    return first.rstrip("."), rest.strip()


def sort_position(endpoint: EndpointSource) -> tuple[int, str, int]:
    """An endpoint's position: by domain, path and method. Raises ValueError where its domain is not described."""
    if endpoint.domain not in words.DOMAINS:
        raise ValueError(f"the domain {endpoint.domain} has no description in {words.__name__}")
    domain = list(words.DOMAINS).index(endpoint.domain)
    return domain, endpoint.declaration.path, _METHODS.index(endpoint.declaration.method)


def _operation(endpoint: EndpointSource, schemas: Schemas) -> dict[str, Any]:
    declaration = endpoint.declaration
    short, long = summary(endpoint)
    permission = declaration.caller.permission
    caller = words.CALLERS[declaration.caller.kind].format(permission=permission)
    operation: dict[str, Any] = {
        "operationId": endpoint.function,
        "tags": [endpoint.domain],
        "summary": short,
        "description": "\n\n".join(part for part in (long, f"**Caller:** {caller}") if part),
        "parameters": _parameters(endpoint, schemas),
        "security": [
            {scheme: [permission] if permission and scheme != "csrf" else [] for scheme in way}
            for way in words.security_schemes(declaration.caller.kind, declaration.method)
        ],
    }
    if declaration.request is not None and not declaration.reads_query:
        operation["requestBody"] = _body(endpoint, schemas)
    operation["responses"] = responses(endpoint, schemas)
    return operation


def _body(endpoint: EndpointSource, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.of(endpoint, "request") or {}
    content: dict[str, Any] = {"schema": schema}
    if endpoint.sample_body is not None:
        content["example"] = endpoint.sample_body
    return {"required": bool(schemas.resolved(schema).get("required")), "content": {JSON: content}}


def _parameters(endpoint: EndpointSource, schemas: Schemas) -> list[dict[str, Any]]:
    declaration = endpoint.declaration
    parameters = [_path_parameter(endpoint, name) for name in _names(declaration.path)]
    if declaration.request is not None and declaration.reads_query:
        model = schemas.resolved(schemas.of(endpoint, "request") or {})
        required = model.get("required", [])
        parameters += [
            _query_parameter(endpoint, name, schema, name in required)
            for name, schema in model.get("properties", {}).items()
        ]
    sent = ["X-Tenant-Id", "X-User-Id"] if declaration.caller.kind == "tenant" else []
    if declaration.caller.kind == "customer":
        sent.append("X-Merchant")
    sent.append("X-Request-ID")
    if endpoint.takes_idempotency_key:
        sent.append("Idempotency-Key")
    if declaration.caller.kind in ("key", "basic", "tenant"):
        sent.append("X-Test-Clock")
    if declaration.caller.step_up:
        sent.append("X-Reauthentication")
    if declaration.precondition:
        sent.append(declaration.precondition)
    return parameters + [{"$ref": f"#/components/parameters/{_component(name)}"} for name in sent]


def _path_parameter(endpoint: EndpointSource, name: str) -> dict[str, Any]:
    description = endpoint.declaration.parameters.get(name)
    if description is None:
        raise ValueError(f"{endpoint.file}: the path parameter {name} is not described")
    schema = {"type": "string", "minLength": 1, "maxLength": 128}
    parameter = {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
    return _with_sample(parameter, endpoint.sample_path)


def _query_parameter(endpoint: EndpointSource, name: str, schema: Mapping[str, Any], required: bool) -> dict[str, Any]:
    plain = without_null(schema)
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": required}
    if description := plain.pop("description", None):
        parameter["description"] = description
    return _with_sample({**parameter, "schema": plain}, endpoint.sample_query)


def _with_sample(parameter: dict[str, Any], sample: Mapping[str, str]) -> dict[str, Any]:
    name = parameter["name"]
    return {**parameter, "example": sample[name]} if name in sample else parameter


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": name == "X-Tenant-Id", **words.REQUEST_HEADERS[name]}


def _component(header: str) -> str:
    return header.replace("-", "")


def _names(path: str) -> list[str]:
    """The parameters of a path such as /wallets/{id}."""
    return [part[1:-1].removesuffix("+") for part in path.split("/") if part.startswith("{")]
