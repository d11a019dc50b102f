"""What Apple Wallet asks of who issued a pass: to be told of changes, which passes changed, and their newest version.

Addresses, methods, statuses and names of fields are Apple's (PassKit Web Service Reference). A phone shows the token
that stands in its pass; the list of changes alone is opened by the phone's own name, which nobody else knows.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from .. import clock, errors, observe
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Raw
from .accounts import AppleIssuer, load_issuers
from .devices import passes_on, register_device, unregister_device
from .holders import Holder, has_changed, load_coins, load_holder, pass_card, read_serial

_SCHEME: Final = "ApplePass "
_LOGGED: Final = 5
_LINE: Final = 300


class RegisterPass(Model):
    """What a phone says when a pass was added to it."""

    push_token: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8,200}$")] = Field(
        alias="pushToken",
        description="By what Apple's push service knows the phone.",
        examples=["c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2"],
    )


class PassChanges(Model):
    since: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")] | None = Field(
        None,
        alias="passesUpdatedSince",
        description="`lastUpdated` of the answer before; without it, all of the phone's passes.",
        examples=["1795253400000"],
    )


class ChangedPasses(Model):
    serial_numbers: list[str] = Field(
        serialization_alias="serialNumbers",
        examples=[["01KDC0V6M8W3T4Q9X2Z7N5B1FA.01KDC0V6M8W3T4Q9X2Z7N5B1FA.L"]],
    )
    last_updated: str = Field(serialization_alias="lastUpdated", examples=["1795253400000"])


class PassLog(Model):
    """What a phone could not do."""

    logs: list[str] = Field(max_length=100, examples=[["[2026-11-29] Get pass task: error 500"]])


def register_pass(call: Call[RegisterPass]) -> Raw:
    """201 where the phone is new to this pass, 200 where it was registered."""
    holder, issuer = _authorized_pass(call)
    device = _short_name(call, "device")
    new = register_device(
        call.store, holder, issuer.pass_type_id, device, call.input.push_token.lower(), clock.system()
    )
    return _empty(201 if new else 200)


def unregister_pass(call: Call[None]) -> Raw:
    holder, issuer = _authorized_pass(call)
    unregister_device(call.store, holder, issuer.pass_type_id, _short_name(call, "device"))
    return _empty(200)


def list_changed_passes(call: Call[PassChanges]) -> Raw:
    """204 where none has changed."""
    issuer = load_issuers(call.store).apple
    pass_type, device = _short_name(call, "pass_type"), _short_name(call, "device")
    if issuer is None or pass_type != issuer.pass_type_id:
        return _empty(204)
    since = int(call.input.since) if call.input.since else -1
    changed = [each for each in passes_on(call.store, issuer.pass_type_id, device) if each.changed_at > since]
    if not changed:
        return _empty(204)
    found = ChangedPasses(
        serial_numbers=sorted(each.serial for each in changed),
        last_updated=str(max(each.changed_at for each in changed)),
    )
    return Raw(json.dumps(found.model_dump(by_alias=True)), "application/json")


def read_latest_pass(call: Call[None]) -> Raw:
    """The pass as of now; 304 where nothing that it shows has changed since the phone's."""
    from .apple import APPLE_MEDIA, apple_pass

    holder, issuer = _authorized_pass(call)
    coins, now = load_coins(call.store, holder), clock.system()
    since = _parse_http_date(call.request.headers.get("if-modified-since"))
    headers = {"Last-Modified": format_datetime(datetime.fromtimestamp(now // 1000, UTC), usegmt=True)}
    # The header has whole seconds: what happened in the very second of the last answer may be newer than it.
    if since is not None and since <= now and not has_changed(holder, coins, since - 1, now):
        return Raw("", APPLE_MEDIA, {"Last-Modified": call.request.headers["if-modified-since"]}, 304)
    return Raw(apple_pass(pass_card(holder, coins, now), issuer), APPLE_MEDIA, headers)


def log_pass_faults(call: Call[PassLog]) -> Raw:
    """Anybody may send them, so few of them are kept, and short."""
    lines = [line[:_LINE] for line in call.input.logs[:_LOGGED]]
    observe.log().warning("a phone could not update a pass", extra={"lines": lines, "count": len(call.input.logs)})
    return _empty(200)


def _authorized_pass(call: Call[Any]) -> tuple[Holder, AppleIssuer]:
    """The pass whose token the phone shows. Everything else is refused in the same words."""
    issuer = load_issuers(call.store).apple
    named = read_serial(call.path["serial"])
    shown = call.request.headers.get("authorization", "")
    if issuer is None or named is None or call.path["pass_type"] != issuer.pass_type_id:
        raise errors.UNAUTHENTICATED()
    if not shown.startswith(_SCHEME):
        raise errors.UNAUTHENTICATED()
    holder = load_holder(call.store, *named)
    if holder is None or not holder.is_token(shown.removeprefix(_SCHEME)):
        raise errors.UNAUTHENTICATED()
    return holder, issuer


def _short_name(call: Call[Any], parameter: str) -> str:
    value = call.path[parameter]
    if not (0 < len(value) <= 128 and value.isascii() and value.isprintable()):
        raise errors.invalid(parameter, "must be 1 to 128 visible ASCII characters")
    return value


def _parse_http_date(header: str | None) -> int | None:
    """Milliseconds since 1970 of an HTTP date; None for what is none, as RFC 9110 has it."""
    try:
        return int(parsedate_to_datetime(header).timestamp() * 1000) if header else None
    except (ValueError, OverflowError):
        return None


def _empty(status: int) -> Raw:
    return Raw("", "application/json", status=status)
