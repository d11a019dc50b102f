"""How the adapters of payment providers call, and how they read what comes back. Whatever cannot be read is refused."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final

from .. import money
from ..money import INR_SCALE, json_number
from .payment_port import LinkState, ProviderEvent, ProviderFault, ProviderLink

_TIMEOUT_SECONDS: Final = 10
_LONGEST_ID: Final = 128


def faulting(call: Callable[..., Any]) -> Callable[..., Any]:
    """An answer that cannot be read is the provider's fault as well."""

    @wraps(call)
    def asked(*given: Any) -> Any:
        try:
            return call(*given)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise ProviderFault("the answer could not be read") from fault

    return asked


def send(method: str, url: str, headers: Mapping[str, str], content: Mapping[str, Any] | None = None) -> bytes:
    import simplejson
    import urllib3

    body = simplejson.dumps(content, use_decimal=True) if content is not None else None
    sent = {"content-type": "application/json", "accept": "application/json", **headers}
    try:
        # Not sent again by itself: a repeated request gets the same reference.
        answer = urllib3.PoolManager().request(
            method, url, body=body, headers=sent, timeout=_TIMEOUT_SECONDS, retries=False
        )
    except urllib3.exceptions.HTTPError as fault:
        raise ProviderFault(type(fault).__name__) from fault
    if answer.status >= 300:
        raise ProviderFault(f"status {answer.status}")
    return bytes(answer.data)


def link_state_of(status: Any, paid: str, ended: tuple[str, ...], payments: Iterable[ProviderEvent]) -> LinkState:
    found = tuple(payments)
    if status == paid and found:
        return LinkState("paid", found)
    return LinkState("ended" if status in ended else "open", found)


def json_objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where the field is missing or null."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("not a list of objects")
    return value


def link_of(answer: Mapping[str, Any], id: str, url: str) -> ProviderLink:
    address = str(answer.get(url, ""))
    if not answer.get(id) or not address.startswith(("https://", "http://127.0.0.1:")):
        raise ProviderFault("the answer has no link")
    return ProviderLink(str(answer[id]), address)


def json_content(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=json_number)
    except (ValueError, RecursionError) as fault:
        raise ValueError("not JSON") from fault


def json_object(body: bytes) -> dict[str, Any]:
    content = json_content(body)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def entity_of(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = (payload.get(name) or {}).get("entity")
    return found if isinstance(found, dict) else {}


def paise_of(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= money.MAX_MINOR:
        raise ValueError("not an amount in paise")
    return value


def rupees_of(value: Any) -> int:
    try:
        return money.to_minor(money.parse(value), INR_SCALE)
    except money.AmountError as fault:
        raise ValueError("not an amount in rupees") from fault


def provider_id(value: Any) -> str:
    """The provider's id of something. It becomes part of a key, so it is short and printable."""
    id = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not 0 < len(id) <= _LONGEST_ID or not id.isascii() or not id.isprintable():
        raise ValueError("not an id")
    return id


def same_signature(shown: str | None, expected: str) -> bool:
    return hmac.compare_digest((shown or "").encode(), expected.encode())
