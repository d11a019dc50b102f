"""A merchant's connections: made, looked at, changed, paused, given a new secret, and taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import parse_instant
from ..api.request import Request
from ..api.styles import Reply
from ..identity import sealing
from ..identity.credentials import Claims
from ..identity.step_up import require_live_for
from ..settings import settings
from ..store import keys
from ..store.keys import Key
from ..store.store import commit_unless_changed
from ..store.versions import at_version
from ..store.writes import ABSENT, Put, Write
from ..tenants.audit_entries import tenant_audit_entry
from .amounts import EligibleAmountPolicy
from .deliveries import latest_deliveries
from .mappings import FieldMapping, column_expressions
from .model import CONNECTION_SECRET_OVERLAP_MS, MAX_CONNECTIONS, Connection, connection_item, read_connection
from .models import (
    ConnectionChanged,
    ConnectionCreated,
    ConnectionDeleted,
    ConnectionDetail,
    ConnectionOut,
    CreateConnection,
    MappingSettings,
    UpdateConnection,
    mapping_settings,
    policy_settings,
)
from .open_connections import OpenConnection, OpenConnections, commit_connection

TOO_MANY_CONNECTIONS = errors.define(
    "too_many_connections", 409, "Connection limit reached. Disconnect a system you no longer use."
)


@dataclass(frozen=True, slots=True)
class ConnectionLookup:
    """The connection that the path names."""

    id: str

    @property
    def keys(self) -> list[Key]:
        return [keys.connection_key(self.id)]


def prefetch_connection(claims: Claims, content: object, request: Request) -> ConnectionLookup:
    if not ids.is_id(request.path["id"], "con"):
        raise errors.NOT_FOUND()
    return ConnectionLookup(request.path["id"])


def requested_connection(call: Call[Any]) -> Connection:
    """The connection of the path, where it is the caller's: another tenant's looks as if it were not there."""
    record = call.loaded[keys.connection_key(call.lookup.id)]
    if record is None or record["tenant"] != call.caller.tenant.id:
        raise errors.NOT_FOUND()
    return read_connection(record)


def create_connection(call: Call[CreateConnection]) -> Reply:
    """Makes a connection. Its secret is in this answer and in no other."""
    asked, tenant = call.input, call.caller.tenant
    require_live_for(asked.mode, call.caller.mode)
    if tenant.program is None:
        raise errors.FORBIDDEN("This tenant runs no coin program.")
    id, plain = ids.new_id("con", call.now), asked.secret or sealing.new_sender_secret()
    connection = Connection(
        id=id,
        tenant=tenant.id,
        mode=asked.mode,
        system=asked.system,
        name=asked.name,
        shop=asked.shop.lower() if asked.shop else None,
        secret=sealing.seal_tenant_secret(tenant.id, id, plain),
        counting=asked.counting.merged_onto(EligibleAmountPolicy()),
        mapping=_mapping(asked.mapping),
        signing=asked.signing or ("legacy" if asked.mapping.base == "tally" else "standard_webhooks"),
        # Shops tell whole seconds: an order of this very second would seem to be older than the connection.
        orders_from=_orders_from(asked.orders_from, call.now // 1000 * 1000),
        created_at=call.now,
    )
    made = Put(connection.key, connection_item(connection), when=ABSENT)
    act = _audit_entry(call, connection, "connection made")

    def writes(opened: OpenConnections) -> list[Write]:
        if len(opened.listed) >= MAX_CONNECTIONS:
            raise TOO_MANY_CONNECTIONS()
        _require_shops(call, opened.listed)
        return [opened.with_one(connection), made, act]

    commit_connection(call.store, tenant.id, writes)
    return Reply(ConnectionCreated(**connection_out(connection), secret=plain), "Connected")


def _require_shops(call: Call[CreateConnection], others: Iterable[OpenConnection]) -> None:
    """An order is known by its shop: through two connections that do not name theirs it would be rewarded twice."""
    asked = call.input
    same = [each for each in others if (each.system, each.mode) == (asked.system, asked.mode)]
    if asked.system == "pos" or not same:
        return
    if asked.shop is None:
        raise errors.invalid("shop", f"is required, as you have another {asked.system} connection")
    if unnamed := next((each.id for each in same if not each.names_shop), None):
        key = keys.connection_key(unnamed)
        name = (call.store.read([key])[key] or {}).get("name", unnamed)
        raise errors.invalid("shop", f"may be that of {name}, which names none. Disconnect that one first.")


def list_connections(call: Call[None]) -> Reply:
    """All connections of the tenant, oldest first; there are at most fifty."""
    return Reply([ConnectionOut(**connection_out(each)) for each in _all(call)], meta={"next_cursor": None})


def read_connection_detail(call: Call[None]) -> ConnectionDetail:
    connection = requested_connection(call)
    return ConnectionDetail(**connection_out(connection), deliveries=latest_deliveries(call, connection))


def update_connection(call: Call[UpdateConnection]) -> Reply:
    """Changes a connection. A new secret leaves the one before it good for a day."""
    before, asked = requested_connection(call), call.input
    require_live_for(before.mode, call.caller.mode)
    if asked.signing and before.system != "pos":
        raise errors.invalid("signing", "is only for the system pos: shops have their own signatures")
    after = replace(
        before,
        name=asked.name or before.name,
        status=asked.status or before.status,
        why_paused={"paused": "by_hand", "active": None}[asked.status] if asked.status else before.why_paused,
        counting=asked.counting.merged_onto(before.counting) if asked.counting else before.counting,
        mapping=_mapping(asked.mapping) if asked.mapping else before.mapping,
        signing=asked.signing or before.signing,
        orders_from=_orders_from(asked.orders_from, before.orders_from),
        version=before.version + 1,
    )
    plain = asked.secret or (sealing.new_sender_secret() if asked.rotate_secret else None)
    if plain:
        after = replace(
            after,
            secret=sealing.seal_tenant_secret(before.tenant, before.id, plain),
            former=before.secret,
            former_until=call.now + CONNECTION_SECRET_OVERLAP_MS,
        )
    what = "connection's secret rotated" if plain else "connection changed"
    change = at_version(before.key, before.version).replacement(connection_item(after))
    commit_unless_changed(call.store, [change, _audit_entry(call, after, what)])
    return Reply(ConnectionChanged(**connection_out(after), secret=plain), "Changed")


def delete_connection(call: Call[None]) -> Reply:
    """Takes a connection away: its address answers 404 from now on. What it posted stays in the ledger."""
    connection = requested_connection(call)
    require_live_for(connection.mode, call.caller.mode)
    gone = at_version(connection.key, connection.version).deletion()
    act = _audit_entry(call, connection, "connection deleted")
    commit_connection(call.store, connection.tenant, lambda opened: [opened.without(connection.id), gone, act])
    return Reply(ConnectionDeleted(id=connection.id), "Disconnected")


def connection_out(connection: Connection) -> dict[str, Any]:
    until = connection.former_until if connection.former_until > clock.system() else 0
    return {
        "id": connection.id,
        "system": connection.system,
        "name": connection.name,
        "shop": connection.shop,
        "mode": connection.mode,
        "status": connection.status,
        "paused_because": connection.why_paused,
        "webhook_url": webhook_url(connection),
        "counting": policy_settings(connection.counting),
        "mapping": mapping_settings(connection.mapping.base, connection.mapping.own)
        if connection.system == "pos"
        else {},
        "signing": connection.signing if connection.system == "pos" else None,
        "orders_from": clock.iso(connection.orders_from),
        "former_secret_until": clock.iso(until) if until else None,
        "created_at": clock.iso(connection.created_at),
    }


def webhook_url(connection: Connection) -> str:
    return f"{settings().public_url}/webhooks/{connection.system}/{connection.id}"


def _all(call: Call[Any]) -> list[Connection]:
    partition = keys.connections_partition(call.caller.tenant.id)
    return [read_connection(record) for record in call.store.query_all("directory", partition, index="by_parent")]


def _audit_entry(call: Call[Any], connection: Connection, what: str) -> Put:
    """The line of the audit trail, committed with the change or not at all."""
    announce = f"Connection “{connection.name}” to {connection.system} ({connection.mode}): {what}."
    return tenant_audit_entry(call, what, connection.id, announce=announce)


def _mapping(asked: MappingSettings) -> FieldMapping:
    return FieldMapping(asked.base, {**column_expressions(asked.columns), **asked.fields} or None)


def _orders_from(text: str | None, otherwise: int) -> int:
    return otherwise if text is None else parse_instant(text, "orders_from")
