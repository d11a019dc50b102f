"""What people are called, for pages that say who did something."""

from __future__ import annotations

from collections.abc import Iterable

from .. import ids
from ..store import keys
from ..store.store import Store


def load_user_names(store: Store, people: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names by user id, of pairs of tenant and user. Who is no user of that tenant is left out: somebody who is gone,
    or a workflow."""
    wanted = {keys.user_key(tenant, user): user for tenant, user in people if ids.is_id(user, "usr")}
    found = store.read(wanted) if wanted else {}
    return {wanted[key]: str(record["name"]) for key, record in found.items() if record}
