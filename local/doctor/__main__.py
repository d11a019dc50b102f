"""`make doctor URL=https://...`: uses a deployment as a merchant would, says what is wrong and where to look.

    make doctor URL=https://wallet.example.com
    make doctor URL=... KEY=<test key> EMAIL=admin@example.com PASSWORD=...      everything

With a test key it issues and redeems in the sandbox; with a tenant's administrator it signs in, has an event sent to
a webhook endpoint that it takes away again, and a mail to that address. Nothing live is changed. It says what it can't
check without a credential. Key and password come from the environment: DOCTOR_KEY, DOCTOR_PASSWORD.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping

from .checks import CHECKS, Check
from .client import Broken, Deployment, Skipped, answer_text

_WIDTH = max(map(len, CHECKS))


def main(arguments: list[str] | None = None, checks: Mapping[str, Check] = CHECKS) -> int:
    """0 where nothing is wrong, 1 where something is."""
    parser = argparse.ArgumentParser(
        prog="make doctor", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--email", default="")
    parser.add_argument("--code", default="", help="of the second factor, where the account has one")
    parser.add_argument("--report", action="store_true", help="tell the status page, as the operator's staff")
    parser.add_argument("--api-host", default="", help="of API Gateway, to see that it refuses")
    asked = parser.parse_args(arguments)
    if not asked.url.startswith(("http://", "https://")):
        print(f"'{asked.url}' is not an address: give URL=https://...", file=sys.stderr)
        return 2
    deployment = Deployment(
        asked.url.rstrip("/"),
        key=os.environ.get("DOCTOR_KEY", ""),
        email=asked.email,
        password=os.environ.get("DOCTOR_PASSWORD", ""),
        code=asked.code,
        api_host=asked.api_host,
    )
    outcomes = {name: _examine(name, check, deployment) for name, check in checks.items()}
    if asked.report:
        _report(deployment, outcomes)
    found = list(outcomes.values())
    wrong, skipped = found.count("FAIL"), found.count("skip")
    print(f"\n{len(found) - wrong - skipped} fine, {wrong} wrong, {skipped} not checked")
    return 1 if wrong else 0


def _report(deployment: Deployment, outcomes: Mapping[str, str]) -> None:
    words = {"ok": "ok", "FAIL": "failed", "skip": "skipped"}
    run = {"checks": [{"name": name, "outcome": words[outcome]} for name, outcome in outcomes.items()]}
    try:
        answer = deployment.call("POST", "/api/v1/landing-content/doctor-runs", headers=deployment.as_user(), json=run)
        what = (
            "told the status page" if answer.status_code == 200 else f"the status page refused: {answer_text(answer)}"
        )
    except Broken as broken:
        what = f"the status page was not reached: {broken}"
    print(f"\n{what}")


def _examine(name: str, check: Check, deployment: Deployment) -> str:
    hint = ""
    try:
        state, detail = "ok", check(deployment)
    except Skipped as skipped:
        state, detail = "skip", str(skipped)
    except Broken as broken:
        state, detail, hint = "FAIL", str(broken), broken.hint
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        state, detail = "FAIL", f"an answer has another form than the API's: {type(error).__name__}: {error}"
        hint = "is the address that of a Batua deployment of this version?"
    print(f"{state:<5} {name:<{_WIDTH}}  {detail}", flush=True)
    if hint:
        print(f"{'':<5} {'':<{_WIDTH}}  Where to look: {hint}", flush=True)
    return state


if __name__ == "__main__":
    sys.exit(main())
