"""Sample events as functions get them: with the credentials and ids of the platform that runs."""

from __future__ import annotations

import json
from typing import Any

from batua.openapi.inventory import EndpointSource
from local.host import ROOT
from local.invoke import fill


def event_of(endpoint: EndpointSource, credentials: dict[str, Any]) -> dict[str, Any]:
    """The sample event of an endpoint. `endpoint.event` is no good for a call: it has a reader's examples in it."""
    file = ROOT / "events" / endpoint.domain / f"{endpoint.file.stem}.json"
    event: dict[str, Any] = fill(json.loads(file.read_text()), credentials)
    return event
