"""One request to a vendor. A reply is distinguished from no reply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

VENDOR_SECONDS: Final = 8
MOST_BYTES: Final = 8_000_000

Silence = Literal["no_answer", "vendor_busy", "vendor_credentials", "unreadable_answer", "vendor_fault"]


@dataclass(frozen=True, slots=True)
class VendorReply:
    status: int
    content: Any

    def get(self, name: str) -> Any:
        return self.content.get(name) if isinstance(self.content, Mapping) else None


def rows_of(value: Any) -> list[Any]:
    """The value where a list is expected; empty if the vendor sent anything else."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """The value where a text is expected, which may be a whole number; None if it is neither, or empty."""
    return str(value) or None if isinstance(value, str | int) and not isinstance(value, bool) else None


class VendorSilent(Exception):
    """The vendor did not say anything that counts. Whether it acted is not known."""

    def __init__(self, silence: Silence) -> None:
        super().__init__(silence)
        self.silence: Silence = silence


def ask_vendor(method: str, url: str, headers: Mapping[str, str], content: Any = None) -> VendorReply:
    """Sent once: whether it arrived is looked up before it is sent again. Raises VendorSilent.

    A success whose body can't be read is silence too: something may have been ordered.
    """
    import urllib3

    body = json.dumps(content, separators=(",", ":"), sort_keys=True) if content is not None else None
    sent = {"Accept": "application/json", "Content-Type": "application/json", **headers}
    try:
        answer = urllib3.PoolManager().request(
            method, url, body=body, headers=sent, timeout=VENDOR_SECONDS, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as fault:
        raise VendorSilent("no_answer") from fault
    if answer.status in (401, 403):
        raise VendorSilent("vendor_credentials")
    if answer.status == 429:
        raise VendorSilent("vendor_busy")
    if answer.status >= 500 or 300 <= answer.status < 400 or answer.status == 408:
        raise VendorSilent("vendor_fault")
    if len(answer.data) > MOST_BYTES:
        raise VendorSilent("unreadable_answer")
    try:
        return VendorReply(answer.status, json.loads(answer.data))
    except ValueError as fault:
        # Also of a 404: a proxy's page is not the vendor's word that there is no such order.
        raise VendorSilent("unreadable_answer") from fault
