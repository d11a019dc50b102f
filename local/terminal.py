"""What functions log, made readable on a terminal: one line a request or event. Elsewhere every line is JSON."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

_LEVELS: Final = ("WARNING", "ERROR", "CRITICAL")
_RED, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


class TerminalLog(io.TextIOBase):
    """Stands in for stdout; what is no log record passes as it is."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._rest = out, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._out.write(f"{readable(line)}\n")
        return len(text)

    def flush(self) -> None:
        self._out.flush()


class JsonLines(logging.Formatter):
    """What the platform itself logs, in the form of what its functions do."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "level": record.levelname,
            "location": record.name,
            "message": record.getMessage(),
            "timestamp": f"{at:%Y-%m-%d %H:%M:%S},{int(record.msecs):03d}+0000",
            "service": "local",
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(on_terminal: bool) -> None:
    """Has this process log there, as `LOG_LEVEL` (INFO) says."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(name)s %(message)s", datefmt="%H:%M:%S") if on_terminal else JsonLines()
    )
    logging.basicConfig(handlers=[handler])
    level = os.environ.get("LOG_LEVEL", "INFO").upper()
    logging.getLogger("local").setLevel(level if level in logging.getLevelNamesMapping() else "INFO")
    # The function's own record tells of the request, with route and tenant: as one line on a terminal, else as JSON.
    logging.getLogger("local.gateway.answered").setLevel("WARNING")


def readable(line: str) -> str:
    """`11:20:05  POST /api/v1/merchant/coins/issue  201  8 ms  ten_01K…` for the record of a request."""
    record = _record(line)
    if record is None:
        return line
    at = str(record.get("timestamp", ""))[11:19]
    if record.get("message") == "request" and "route" in record:
        status = int(record.get("status") or 0)
        shown = f"{record['route']}  {_coloured(str(status), status)}  {float(record.get('ms') or 0):.0f} ms"
        outcome = record.get("outcome")
        notes = [str(outcome)] if status >= 400 and outcome else []
        notes += [str(record["tenant"])] if record.get("tenant") else []
        return "  ".join([f"{_DIM}{at}{_PLAIN}", shown, *notes])
    level = str(record.get("level", "INFO"))
    mark = f"{_RED if level != 'WARNING' else _YELLOW}{level}{_PLAIN}  " if level in _LEVELS else ""
    text = f"{_DIM}{at}{_PLAIN}  {mark}{record.get('message', '')}"
    if trace := record.get("exception"):
        text += f"\n{trace}"
    return text


def _coloured(text: str, status: int) -> str:
    colour = _RED if status >= 500 else _YELLOW if status >= 400 else ""
    return f"{colour}{text}{_PLAIN}" if colour else text


def _record(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "level" in record else None
