"""What a malware scanner says of a document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..api.models import Model
from ..api.observe import log
from ..store import keys
from ..store.store import Store
from ..store.writes import Condition, Update
from . import uploads


class Verdict(Model):
    """The `detail` of an event `Document scanned`. `number` is the version of the content."""

    tenant_id: str = Field(pattern=r"^ten_[0-9A-Z]{26}$")
    document_id: str = Field(pattern=r"^doc_[0-9A-Z]{26}$")
    number: int = Field(ge=1)
    verdict: Literal["clean", "infected"]


def record(store: Store, detail: dict[str, Any]) -> None:
    """Raises pydantic's ValidationError for what is no verdict: the event goes to the dead letters."""
    verdict = Verdict.model_validate(detail)
    known = uploads.record_scan(store, verdict.tenant_id, verdict.document_id, verdict.number, verdict.verdict)
    if verdict.verdict == "infected":
        _take_off(store, verdict.tenant_id, verdict.document_id)
    log().info(
        "document scanned",
        extra={"document": verdict.document_id, "number": verdict.number, "verdict": verdict.verdict, "known": known},
    )


def _take_off(store: Store, tenant: str, document: str) -> None:
    """An infected document is nobody's logo."""
    key = keys.branding(tenant)
    style = uploads.reread(store, key)
    if style and (style.get("logo") or {}).get("doc") == document:
        as_read = Condition(equal={"version": style["version"]})
        store.commit([Update(key, add={"version": 1}, remove=("logo",), when=as_read)])
