"""`make signing-keys` on a deployed stack: shows, rotates, and revokes a key that got out. The stack is moto's."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from batua import clock
from local import bootstrap, signing_keys
from tests.local.moto_stack import REGION, STACK, stack  # noqa: F401

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(stack: Any, capsys: pytest.CaptureFixture[str]) -> Run:
    assert bootstrap.main(["--stack", STACK, "--email", "asha@example.com", "--region", REGION]) == 0

    def do(*more: str) -> tuple[int, str]:
        capsys.readouterr()
        status = signing_keys.main(["--stack", STACK, "--region", REGION, *more])
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return do


def states(said: str) -> dict[str, str]:
    return {state: kid for kid, state in re.findall(r"^(sig_\w+)  (\w+)$", said, re.MULTILINE)}


def test_a_key_that_got_out_is_replaced_and_revoked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    old = states(run()[1])["signing"]
    status, said = run("--revoke", old)
    assert (status, "rotate first" in said) == (1, True)
    status, said = run("--rotate")
    assert (status, states(said)["signing"], "done: published" in said) == (0, old, True)
    assert "Nothing is due yet" in run("--rotate")[1]
    later = clock.system() + 10 * 60_000 + 1
    monkeypatch.setattr(clock, "system", lambda: later)
    status, said = run("--rotate")
    assert (status, states(said)["retired"], "done: signing" in said) == (0, old, True)
    new = states(said)["signing"]
    status, said = run("--revoke", old)
    assert (status, states(said)) == (0, {"signing": new})


def test_what_is_no_key_is_named(run: Run) -> None:
    status, said = run("--revoke", "sig_01KDC0V6M8W3T4Q9X2Z7N5B1FA")
    assert status == 1
    assert "There is no key sig_01KDC0V6M8W3T4Q9X2Z7N5B1FA" in said
    assert signing_keys.main(["--stack", "other", "--region", REGION]) == 1
