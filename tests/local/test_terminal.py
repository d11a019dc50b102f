"""What functions log reads as one line on a terminal."""

from __future__ import annotations

import io
import json
import logging
import re
import sys

import pytest

from local.terminal import JsonLines, TerminalLog, readable

REQUEST = {
    "level": "INFO",
    "message": "request",
    "timestamp": "2026-11-28T11:20:05.123Z",
    "route": "POST /api/v1/merchant/coins/issue",
    "status": 201,
    "outcome": "posted",
    "ms": 8.4,
    "tenant": "ten_01",
}


def plain(text: str) -> str:
    return re.sub(r"\x1b\[\d+m", "", text)


def test_a_request_is_one_line() -> None:
    assert plain(readable(json.dumps(REQUEST))) == "11:20:05  POST /api/v1/merchant/coins/issue  201  8 ms  ten_01"


def test_a_refusal_says_why_and_nobody_is_nobody() -> None:
    refused = {**REQUEST, "status": 401, "outcome": "unauthorized", "tenant": None}
    assert plain(readable(json.dumps(refused))).endswith("401  8 ms  unauthorized")


def test_an_error_keeps_its_traceback() -> None:
    failed = {
        "level": "ERROR",
        "message": "a movement was not checked",
        "exception": "Traceback: here",
        "timestamp": "",
    }
    assert plain(readable(json.dumps(failed))) == "  ERROR  a movement was not checked\nTraceback: here"


@pytest.mark.parametrize("line", ["loaded", "{not json", '{"no": "record"}', "[1]", ""])
def test_what_is_no_record_passes_as_it_is(line: str) -> None:
    assert readable(line) == line


def test_the_platform_logs_as_functions_do() -> None:
    record = logging.LogRecord("local.gateway", logging.INFO, "", 0, "GET %s 404, no route", ("/nothing",), None)
    told = json.loads(JsonLines().format(record))
    assert (told["level"], told["location"], told["message"]) == ("INFO", "local.gateway", "GET /nothing 404, no route")
    assert plain(readable(json.dumps(told))).endswith("GET /nothing 404, no route")


def test_a_fault_of_the_platform_keeps_its_traceback_on_one_line() -> None:
    try:
        raise ValueError("here")
    except ValueError:
        record = logging.LogRecord("local.server", logging.ERROR, "", 0, "a connection failed", (), sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "ValueError: here" in json.loads(line)["exception"]


def test_lines_may_come_in_parts() -> None:
    out = io.StringIO()
    log = TerminalLog(out)
    whole = json.dumps(REQUEST) + "\nnext\n"
    for start in range(0, len(whole), 7):
        log.write(whole[start : start + 7])
    assert len(out.getvalue().splitlines()) == 2
