"""The keys of what the operator publishes for everybody, in the directory: lists of content, and incidents."""

from __future__ import annotations

from .keys import Key
from .scope import require_id


def published_list_key(name: str) -> Key:
    """A whole list, such as `faqs`: it is short, and replaced as a whole."""
    return Key("directory", "LANDING", name)


def incidents_partition() -> str:
    return "LANDING#INCIDENTS"


def incident_key(incident_id: str) -> Key:
    """Incident ids sort by time."""
    require_id(incident_id, "inc")
    return Key("directory", incidents_partition(), incident_id)
