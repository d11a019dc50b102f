"""Every six hours: starts the sealing of a month where no execution has done it or is doing it."""

from typing import Any

from batua import clock
from batua.archive.recovery import resume_sealing


def handler(event: dict[str, Any], context: Any) -> dict[str, str | None]:
    return {"started": resume_sealing(clock.system())}
