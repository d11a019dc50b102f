"""A tenant's API keys: made, rotated, revoked by its own people.

The tenant item holds the records of the keys in force, which every request reads anyway: what is no longer there is
refused from the next request on. A key's history stays in an item of its own. The key itself is stored nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Text
from ..api.styles import Reply
from ..identity import api_keys
from ..identity.credentials import hash_secret
from ..identity.keyring import API_KEY_DAYS
from ..identity.roles import KEY_SCOPES
from ..identity.step_up import require_live_for
from ..identity.tenant import KeyRecord, Tenant, keys_item
from ..ledger.queries import coin_entries as ledger
from ..store import keys
from ..store.keys import Mode
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import Update, Write
from . import tree
from .as_read import tenant_as_read
from .audit_entries import tenant_audit_entry
from .profile import MAX_KEYS
from .proofs import require_proofs

MAX_OVERLAP_SECONDS: Final = 7 * 86_400
MAX_KEY_LIFETIME_MS: Final = API_KEY_DAYS * clock.DAY_MS
"""For so long the public half of a retired signing key stays published."""

_PAUSES: Final = (0.02, 0.05, 0.1, 0.2)
_ENTRIES_LOOKED_AT: Final = 200

KeyScope = Annotated[str, Field(json_schema_extra={"enum": sorted(KEY_SCOPES)})]


class CreateKey(Model):
    name: Text = Field(description="What the key is for, such as the till that uses it.")
    mode: Mode = "live"
    scopes: list[KeyScope] = Field(min_length=1, max_length=len(KEY_SCOPES))
    type: Literal["jwt", "basic"] = Field("jwt", description="`basic`: a user name and a password instead of a token.")
    expires_at: Instant | None = Field(
        None, description=f"At most {API_KEY_DAYS} days from now, as where it is left out."
    )


class RotateKey(Model):
    overlap_seconds: int = Field(
        86_400, ge=0, le=MAX_OVERLAP_SECONDS, description="How long the old key goes on working: 0 to 7 days."
    )
    expires_at: Instant | None = Field(
        None, description="Of the new key. Left out: it lives as long as the old one did."
    )


class KeysQuery(Model):
    mode: Mode | None = None
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class KeyOut(Model):
    id: str
    name: str
    mode: Mode
    type: Literal["jwt", "basic"]
    prefix: str = Field(description="How the key begins.")
    suffix: str = Field(description="How it ends: this tells keys apart.")
    scopes: list[str]
    status: Literal["active", "expiring", "expired", "revoked"] = Field(
        description="`expiring`: replaced by a rotation, and good until `expires_at`."
    )
    created_at: Instant
    created_by: str | None
    expires_at: Instant | None
    last_used_at: Instant | None = Field(description="To a few minutes.")
    replaces: str | None
    replaced_by: str | None
    revoked_at: Instant | None


class KeyCreated(KeyOut):
    """`key`, or `username` and `password`: shown this once."""

    key: str | None
    username: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of the keys in force, and the writes that go with it."""

    keys: Mapping[str, KeyRecord]
    writes: list[Write]


def list_api_keys(call: Call[KeysQuery]) -> Reply:
    """Newest first, those that are gone included."""
    query, tenant = call.input, call.caller.tenant
    filters = {"list": "api keys", "mode": query.mode}
    partition, beginning = keys.tenant_items_range(tenant.id, "KEY")
    after: dict[str, Any] | None = None
    if query.cursor:
        after = {"pk": partition, "sk": beginning + cursor.open_cursor(tenant.id, filters, query.cursor)}
    uses, now = _last_uses(call), clock.system()
    found: list[KeyOut] = []
    last: str | None = None
    while len(found) <= query.limit:
        page = call.store.query(
            "directory", partition, beginning=beginning, descending=True, limit=100, after=after, consistent=True
        )
        wanted = (record for record in page.items if query.mode in (None, record["mode"]))
        found += [_key_response(record, uses, now) for record in wanted]
        after = page.last
        if after is None:
            break
    if len(found) > query.limit:
        found = found[: query.limit]
        last = cursor.seal_cursor(tenant.id, filters, found[-1].id)
    return Reply(found, meta={"next_cursor": last, "limit": query.limit})


def read_api_key(call: Call[None]) -> KeyOut:
    record = _history(call.store, call.caller.tenant.id, _key_id(call))
    return _key_response(record, _last_uses(call), clock.system())


def create_api_key(call: Call[CreateKey]) -> KeyCreated:
    given, caller, now = call.input, call.caller, clock.system()
    require_live_for(given.mode, call.caller.mode)
    unknown = sorted(set(given.scopes) - KEY_SCOPES)
    if unknown:
        raise errors.invalid("scopes", f"must be among {', '.join(sorted(KEY_SCOPES))}")
    if not set(given.scopes) <= caller.permissions:
        lacking = ", ".join(sorted(set(given.scopes) - caller.permissions))
        raise errors.ROLE_NOT_YOURS(f"You cannot give a key what you do not hold: {lacking}.")
    require_proofs(call.store, caller.tenant, given.mode, "live_keys", now)
    record = KeyRecord(
        id=ids.new_id("key", now),
        kind=given.type,
        mode=given.mode,
        scopes=frozenset(given.scopes),
        name=given.name,
        created_at=now,
        expires_at=_expiry(given.expires_at, now, MAX_KEY_LIFETIME_MS),
    )
    made = _Made.of(caller.tenant, record)
    announce = f"The API key “{given.name}” ({given.mode}) was created."

    def change(tenant: Tenant) -> _Change:
        _require_room(tenant, record.mode, now)
        details = {"mode": record.mode, "scopes": sorted(record.scopes), "type": record.kind}
        return _Change(
            {**_in_force(tenant, now), record.id: made.record},
            [
                _remember(tenant.id, made, caller.id),
                tenant_audit_entry(call, "api key created", record.id, details, announce=announce),
            ],
        )

    tenant = _commit_keys(call, change)
    return made.shown(_history(call.store, tenant.id, record.id), now)


def rotate_api_key(call: Call[RotateKey]) -> KeyCreated:
    """A new key with the rights of an old one, which goes on working for as long as the caller chose."""
    given, caller, now = call.input, call.caller, clock.system()
    old_id, new_id = _key_id(call), ids.new_id("key", now)
    until = now + given.overlap_seconds * 1000
    require_live_for(_history(call.store, caller.tenant.id, old_id)["mode"], call.caller.mode)
    made: list[_Made] = []

    def change(tenant: Tenant) -> _Change:
        present = _in_force(tenant, now)
        old = present.get(old_id)
        if old is None or _history(call.store, tenant.id, old_id).get("replaced_by"):
            raise errors.KEY_NOT_ACTIVE()
        if not old.scopes <= caller.permissions:
            raise errors.ROLE_NOT_YOURS("You cannot give a key what you do not hold.")
        life = (
            MAX_KEY_LIFETIME_MS if old.expires_at is None else min(MAX_KEY_LIFETIME_MS, old.expires_at - old.created_at)
        )
        ends = until if old.expires_at is None else min(until, old.expires_at)
        kept = {**present, old_id: replace(old, expires_at=ends)} if ends > now else _without(present, old_id)
        _require_room(replace(tenant, keys=kept), old.mode, now)
        new = KeyRecord(
            id=new_id,
            kind=old.kind,
            mode=old.mode,
            scopes=old.scopes,
            name=old.name,
            created_at=now,
            expires_at=_expiry(given.expires_at, now, life),
        )
        made[:] = [_Made.of(tenant, new)]
        replaced = Update(keys.api_key_key(tenant.id, old_id), set={"exp": ends, "replaced_by": new_id})
        details = {"new": new_id, "overlap_seconds": given.overlap_seconds}
        return _Change(
            {**kept, new_id: made[0].record},
            [
                _remember(tenant.id, made[0], caller.id, replaces=old_id),
                replaced,
                tenant_audit_entry(
                    call,
                    "api key rotated",
                    old_id,
                    details,
                    announce=f"The API key “{old.name}” ({old.mode}) was rotated.",
                ),
            ],
        )

    tenant = _commit_keys(call, change)
    return made[0].shown(_history(call.store, tenant.id, new_id), now)


def revoke_api_key(call: Call[None]) -> KeyOut:
    """The next request with the key is refused. Revoking it again changes nothing."""
    caller, key_id, now = call.caller, _key_id(call), clock.system()
    history = _history(call.store, caller.tenant.id, key_id)
    require_live_for(history["mode"], call.caller.mode)
    announce = f"The API key “{history['name']}” ({history['mode']}) was revoked."
    if history.get("revoked") is None:

        def change(tenant: Tenant) -> _Change:
            gone = Update(keys.api_key_key(tenant.id, key_id), set={"revoked": now, "revoked_by": caller.id})
            return _Change(
                _without(_in_force(tenant, now), key_id),
                [gone, tenant_audit_entry(call, "api key revoked", key_id, announce=announce)],
            )

        tenant = _commit_keys(call, change)
        history = _history(call.store, tenant.id, key_id)
    return _key_response(history, _last_uses(call), now)


@dataclass(frozen=True, slots=True)
class _Made:
    """A new key, with what is shown of it this once."""

    record: KeyRecord
    key: str | None
    username: str | None
    password: str | None

    @staticmethod
    def of(tenant: Tenant, record: KeyRecord) -> _Made:
        if record.kind == "jwt":
            return _Made(record, api_keys.api_key_token(tenant, record), None, None)
        secret = api_keys.new_basic_secret()
        record = replace(record, secret_hash=hash_secret(secret))
        return _Made(record, None, *api_keys.basic_pair(tenant, record, secret))

    def shown(self, history: Record, now: int) -> KeyCreated:
        shown = _key_response(history, {}, now)
        return KeyCreated(**shown.model_dump(), key=self.key, username=self.username, password=self.password)


def history_item(record: KeyRecord, beginning: str, end: str, by: str | None) -> dict[str, Any]:
    """What a key's own item holds from the first day. `beginning` and `end` are of the key as its user sees it."""
    return {
        "kind": record.kind,
        "mode": record.mode,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "made": record.created_at,
        "by": by,
        "exp": record.expires_at,
        "prefix": beginning[:16],
        "suffix": end[-6:],
    }


def _remember(tenant: str, made: _Made, by: str, replaces: str | None = None) -> Update:
    beginning = made.key or made.username or ""
    item = {**history_item(made.record, beginning, made.key or made.username or "", by), "replaces": replaces}
    return Update(
        keys.api_key_key(tenant, made.record.id), set={name: value for name, value in item.items() if value is not None}
    )


def _commit_keys(call: Call[Any], change: Callable[[Tenant], _Change]) -> Tenant:
    """Changes the keys in force, on top of whatever else happens to the tenant at the same time."""
    tenant = call.caller.tenant
    for pause in _PAUSES:
        changed = change(tenant)
        write = tenant_as_read(tenant).change({"keys": keys_item(changed.keys)})
        try:
            call.store.commit([write, *changed.writes])
            return tenant
        except (Cancelled, Contended):
            call.store.sleep(pause)
            tenant = tree.load_tenant(call.store, tenant.id)
    raise errors.BUSY(headers={"Retry-After": "1"})


def _require_room(tenant: Tenant, mode: Mode, now: int) -> None:
    if mode == "live" and not tenant.networks:
        raise errors.ALLOWLIST_REQUIRED()
    if len(_in_force(tenant, now)) >= MAX_KEYS:
        raise errors.KEY_LIMIT_REACHED(figures={"limit": MAX_KEYS})


def _in_force(tenant: Tenant, now: int) -> dict[str, KeyRecord]:
    return {id: record for id, record in tenant.keys.items() if record.in_force(now)}


def _without(present: Mapping[str, KeyRecord], key_id: str) -> dict[str, KeyRecord]:
    return {id: record for id, record in present.items() if id != key_id}


def _key_id(call: Call[Any]) -> str:
    key_id = call.path["id"]
    if not ids.is_id(key_id, "key"):
        raise errors.NOT_FOUND()
    return key_id


def _history(store: Store, tenant_id: str, key_id: str) -> Record:
    key = keys.api_key_key(tenant_id, key_id)
    record = store.read([key])[key]
    if record is None:
        raise errors.NOT_FOUND()
    return record


def _expiry(text: str | None, now: int, life: int) -> int:
    """When a key ends: as requested, or after its life (ms). Raises a 400."""
    if text is None:
        return now + life
    try:
        at = clock.parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise errors.invalid("expires_at", "must be an ISO 8601 time such as 2027-11-21T09:30:00Z") from error
    if not now < at <= now + MAX_KEY_LIFETIME_MS:
        raise errors.invalid("expires_at", f"must be in the future, and within {API_KEY_DAYS} days")
    return at


def _last_uses(call: Call[Any]) -> dict[str, int]:
    """Key -> when it was last seen: as functions noted it, and as the latest entries of the ledger tell."""
    tenant, now = call.caller.tenant, clock.system()
    partition = keys.key_uses_partition(tenant.id)
    uses = {record["sk"]: int(record["at"]) for record in call.store.query_all("directory", partition)}
    modes: tuple[Mode, ...] = ("live", "test")
    for mode in modes:
        scope = keys.scope(mode, tenant.program.owner if tenant.program else tenant.id)
        for entry in ledger.merchant_activity(call.store, scope, tenant.id, limit=_ENTRIES_LOOKED_AT).items:
            # An entry's place in the index begins with its time; the sandbox's may be in the future.
            who, at = str(entry.get("by")), clock.parse_iso(entry["g2s"].partition("#")[0])
            uses[who] = max(uses.get(who, 0), min(at, now))
    return uses


def _key_response(record: Record, uses: Mapping[str, int], now: int) -> KeyOut:
    key_id = record["sk"].rpartition("#")[2]
    expires, revoked = record.get("exp"), record.get("revoked")
    status: Literal["active", "expiring", "expired", "revoked"] = "active"
    if revoked is not None:
        status = "revoked"
    elif expires is not None and now >= expires:
        status = "expired"
    elif record.get("replaced_by"):
        status = "expiring"
    return KeyOut(
        id=key_id,
        name=record["name"],
        mode=record["mode"],
        type=record["kind"],
        prefix=record["prefix"],
        suffix=record["suffix"],
        scopes=list(record["scopes"]),
        status=status,
        created_at=clock.iso(record["made"]),
        created_by=record.get("by"),
        expires_at=clock.iso_or_none(expires),
        last_used_at=clock.iso_or_none(uses.get(key_id)),
        replaces=record.get("replaces"),
        replaced_by=record.get("replaced_by"),
        revoked_at=clock.iso_or_none(revoked),
    )
