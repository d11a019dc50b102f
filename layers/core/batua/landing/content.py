"""Questions and answers, and testimonials: short lists that the operator replaces and anyone reads."""

from __future__ import annotations

from typing import Any, Final, Literal

from .. import clock
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..store import landing_keys
from ..store.store import Store, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry
from .documents import public_reply, publish_document, published_document
from .models import ContentSaved, ReplaceFaqs, ReplaceTestimonials

ContentName = Literal["faqs", "testimonials"]
CONTENT_NAMES: Final[tuple[ContentName, ...]] = ("faqs", "testimonials")


def list_content(call: Call[Any], name: ContentName) -> Reply | Raw:
    """The list as it was published last; empty where the operator has written nothing."""
    found = published_document(name)
    items = found.get("items", [])
    return public_reply(call.request, items, {"version": found.get("version", 0), "updated_at": found.get("updated")})


def replace_content(call: Call[ReplaceFaqs] | Call[ReplaceTestimonials], name: ContentName) -> ContentSaved:
    given, before = call.input, load_versioned(call.store, landing_keys.published_list_key(name))
    require_version(before, given.version)
    updated = clock.iso(clock.system())
    put = before.replacement(
        {"items": [each.model_dump(exclude={"consented"}) for each in given.items], "updated": updated}
    )
    done = tenant_audit_entry(call, f"landing {name} replaced", name, {"entries": len(given.items)})
    commit_unless_changed(call.store, [put, done], caller=call.request.id)
    publish_document(name, put.item)
    return ContentSaved(entries=len(given.items), version=before.version + 1, updated_at=updated)


def publish_content(store: Store) -> None:
    """Publishes every list again as the table has it."""
    places = {name: landing_keys.published_list_key(name) for name in CONTENT_NAMES}
    found = store.read(places.values())
    for name, key in places.items():
        record = found[key] or {"items": [], "version": 0, "updated": None}
        publish_document(name, {field: record[field] for field in ("items", "version", "updated")})
