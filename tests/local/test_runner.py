"""Functions run as on Lambda, and with the code as it is at the moment of the call."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from local import templates
from local.host import LocalPlatform
from local.runner import FunctionError, FunctionTimeoutError, Runner, UnknownFunctionError
from tests.waiting import until

from .conftest import run, write


@pytest.fixture
def platform(project: Path) -> Iterator[LocalPlatform]:
    with run(project) as platform:
        yield platform


def greeting(platform: LocalPlatform) -> tuple[int, str]:
    response = requests.get(f"{platform.url}/greet", timeout=10)
    return response.status_code, response.text


def after_the_next_look() -> None:
    time.sleep(0.6)


def test_a_changed_handler_is_used_by_the_next_request(platform: LocalPlatform) -> None:
    assert greeting(platform) == (200, "hello")
    for word in ("once", "more"):  # of one length, in one second: bytecode would hide the second
        write(
            platform.root / "functions/shop/greet.py",
            f"def handler(event, context):\n    return {{'statusCode': 200, 'body': '{word}'}}\n",
        )
        assert greeting(platform) == (200, word)


def test_a_changed_core_library_reaches_every_function(platform: LocalPlatform) -> None:
    assert greeting(platform) == (200, "hello")
    for word in ("salve", "adieu"):
        write(platform.root / "layers/core/purse/words.py", f"GREETING = '{word}'\n")
        after_the_next_look()
        assert greeting(platform) == (200, word)


def test_a_function_that_runs_keeps_the_library_that_it_began_with(platform: LocalPlatform) -> None:
    """It imports as it goes on: a part of the new library would not fit what it has of the old one."""
    write(platform.root / "layers/core/purse/words.py", "GREETING = 'old'\n")
    write(platform.root / "layers/core/purse/late.py", "GREETING = 'old'\n")
    write(
        platform.root / "functions/shop/greet.py",
        "import threading\n"
        "import purse.words\n"
        "def handler(event, context):\n"
        "    threading.held_here.wait(10) if getattr(threading, 'held_here', None) else None\n"
        "    from purse import late\n"
        "    return {'statusCode': 200, 'body': purse.words.GREETING + ' ' + late.GREETING}\n",
    )
    after_the_next_look()
    assert greeting(platform) == (200, "old old")
    held = threading.Event()
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(threading, "held_here", held, raising=False)
        first = pool.submit(greeting, platform)
        until(lambda: platform.runner.code.users == 1)
        for name in ("words", "late"):
            write(platform.root / f"layers/core/purse/{name}.py", "GREETING = 'new'\n")
        after_the_next_look()
        second = pool.submit(greeting, platform)  # notices the change
        until(lambda: platform.runner.code.awaited)
        held.set()
        assert first.result() == (200, "old old")
        assert second.result() == (200, "new new")


def test_a_new_module_of_the_core_library_is_found(platform: LocalPlatform) -> None:
    assert greeting(platform) == (200, "hello")
    write(platform.root / "layers/core/purse/more/deep.py", "WORD = 'deep'\n")
    write(platform.root / "layers/core/purse/words.py", "from purse.more.deep import WORD as GREETING\n")
    after_the_next_look()
    assert greeting(platform) == (200, "deep")


@pytest.mark.parametrize("file", ["functions/shop/greet.py", "layers/core/purse/words.py"])
def test_a_broken_edit_fails_with_its_traceback_and_the_next_edit_recovers(
    platform: LocalPlatform, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = (platform.root / file).read_text()
    assert greeting(platform) == (200, "hello")
    write(platform.root / file, "def broken(:\n")
    after_the_next_look()
    assert greeting(platform) == (500, '{"message":"Internal Server Error"}')
    assert "SyntaxError" in caplog.text
    assert file in caplog.text
    write(platform.root / file, good)
    after_the_next_look()
    assert greeting(platform) == (200, "hello")


def test_the_context_is_that_of_the_function(platform: LocalPlatform) -> None:
    seen = requests.get(f"{platform.url}/echo", timeout=10).json()["context"]
    assert seen["function"] == "Echo"
    assert seen["memory"] == "256"
    assert 4000 < seen["left"] <= 5000
    assert seen["arn"] == "arn:aws:lambda:ap-south-1:123456789012:function:Echo"


def test_a_failure_carries_the_name_of_the_error(platform: LocalPlatform) -> None:
    event = {"routeKey": "", "body": '{"raise": "boom"}'}
    with pytest.raises(FunctionError) as failed:
        platform.runner.invoke("Reply", event)
    assert (failed.value.kind, failed.value.message) == ("RuntimeError", "boom")
    assert failed.value.payload()["errorType"] == "RuntimeError"
    with pytest.raises(RuntimeError, match="boom"):
        platform.runner.call("Reply", event)


def test_what_is_not_json_is_refused_both_ways(platform: LocalPlatform) -> None:
    with pytest.raises(FunctionError, match=r"Runtime\.MarshalError"):
        platform.runner.call("Reply", {"routeKey": "", "body": '{"not_json": true}'})
    with pytest.raises(FunctionError):
        platform.runner.invoke("Echo", {"amount": Decimal("1.5")})


def test_a_payload_over_six_megabytes_is_refused(platform: LocalPlatform) -> None:
    with pytest.raises(FunctionError, match="at most"):
        platform.runner.invoke("Echo", {"body": "x" * 6 * 1024 * 1024})


def test_a_handler_that_ends_the_process_only_fails(platform: LocalPlatform) -> None:
    write(platform.root / "functions/shop/greet.py", "def handler(event, context):\n    raise SystemExit(3)\n")
    with pytest.raises(FunctionError) as failed:
        platform.runner.invoke("Greet", {})
    assert failed.value.kind == "Runtime.ExitError"


def test_a_function_over_its_time_is_told_so(platform: LocalPlatform) -> None:
    with pytest.raises(FunctionTimeoutError, match=r"timed out after 1\.00 seconds"):
        platform.runner.invoke("Nap", {"pathParameters": {"milliseconds": "1050"}})


def test_an_unknown_function_is_refused(project: Path) -> None:
    runner = Runner(templates.load(project), project / "layers/core/purse")
    with pytest.raises(UnknownFunctionError):
        runner.invoke("Nobody", {})
    runner.close()


def test_half_a_character_and_no_number_reach_a_function_and_come_back(platform: LocalPlatform) -> None:
    """JSON can write what is no text, and Python's writes what is no number: as on Lambda, neither is a fault."""
    write(platform.root / "functions/shop/greet.py", "def handler(event, context):\n    return event\n")
    for event in ({"body": "\udcff"}, {"body": ["\ud800x"]}, {"weight": float("inf")}):
        assert platform.runner.invoke("Greet", event) == event
        assert json.loads(platform.runner.invoke_text("Greet", json.dumps(event))) == event
