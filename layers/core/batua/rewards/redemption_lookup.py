"""Which redemption a request means: found in the same read as the caller, and only where its tenant made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..identity.credentials import Claims
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Store
from .redemption import Redemption, read_redemption_record


@dataclass(frozen=True, slots=True)
class RedemptionLookup:
    scope: str
    id: str

    @property
    def key(self) -> Key:
        return reward_keys.redemption_key(self.scope, self.id)

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_redemption(claims: Claims, content: object, request: Request) -> RedemptionLookup:
    id = request.path["id"]
    if not ids.is_id(id, "rdm"):
        raise errors.REDEMPTION_NOT_FOUND()
    return RedemptionLookup(claims.scope, id)


def own_redemption(call: Call[Any]) -> Redemption:
    """The redemption in the path, where this tenant made it. Any other looks as if it were not there."""
    record = call.loaded[call.lookup.key]
    redemption = read_redemption_record(record) if record else None
    if redemption is None or redemption.tenant != call.caller.tenant.id:
        raise errors.REDEMPTION_NOT_FOUND()
    return redemption


def redemption_of(store: Store, scope: str, id: str) -> Redemption:
    key = reward_keys.redemption_key(scope, id)
    record = store.read([key])[key]
    if record is None:
        raise errors.REDEMPTION_NOT_FOUND()
    return read_redemption_record(record)
