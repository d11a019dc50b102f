"""Keys of the names by which the totals know what they have counted."""

from __future__ import annotations

from .keys import Key


def counted_page_key(scope: str, page: int) -> Key:
    """Names the entries of some seconds that came late and have been added to the totals."""
    return Key("directory", f"COUNTED#{scope}", f"{page:012d}")


def counted_names_partition(row: Key) -> str:
    """Names of entries that a row of the totals has counted and no longer keeps itself: the partition."""
    return f"COUNTED#{row.pk}#{row.sk}"


def counted_names_key(row: Key, until: int) -> Key:
    """Those up to an instant, from where the item before it ends."""
    return Key("directory", counted_names_partition(row), f"{until:015d}")
