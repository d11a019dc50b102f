"""`make deploy`: builds nothing itself; asks for what is missing, once, and hands it to `sam deploy`.

    make deploy                                        the stage `dev`
    make deploy ARGS="--config-env prod"               the stage `prod`: settings of samconfig.toml
    make deploy ARGS="--region ap-south-1 --email ops@example.com --domain wallet.example.com --certificate arn:..."

Answers are kept in `.local/deploy-<environment>.json`, so later deployments ask nothing. The tables of `prod` are
protected from deletion in a second step, after the first deployment has succeeded: one that fails must be able to roll
back.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from local.host import ROOT

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_STREAM = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]+/stream/[0-9T:.-]+")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")

QUESTIONS: Mapping[str, tuple[str, str, re.Pattern[str]]] = {
    "region": ("AWS region, such as ap-south-1", "", _REGION),
    "email": ("Email address for alarms (empty for none)", "AlarmEmail", _EMAIL),
    "mail_from": ("Address that mail is sent from, verified in SES (empty for no mail)", "MailFrom", _EMAIL),
    "domain": ("Host name of the front door (empty for CloudFront's own)", "DomainName", _DOMAIN),
    "certificate": (
        "ARN of the domain's certificate in us-east-1",
        "CertificateArn",
        re.compile(r"arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]+"),
    ),
    "web_acl": (
        "ARN of a web ACL for the front door, from edge/web_acl.yaml (empty for none)",
        "WebAclArn",
        re.compile(r"arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/[\w-]+/[0-9a-f-]+"),
    ),
    "origin_rotation": (
        "Number of the origin secret's change, one more each time",
        "OriginRotation",
        re.compile(r"[0-9]+"),
    ),
    "ledger_table": ("Restored ledger table, from make restore-tables", "RestoredLedgerTable", _TABLE),
    "ledger_stream": ("ARN of that table's stream", "RestoredLedgerStream", _STREAM),
    "directory_table": ("Directory table restored to the same moment", "RestoredDirectoryTable", _TABLE),
    "directory_stream": ("ARN of that table's stream", "RestoredDirectoryStream", _STREAM),
}
"""Setting -> what is asked, the template's parameter (the region has none), and what an answer looks like."""


_RESTORED = ("ledger_table", "ledger_stream", "directory_table", "directory_stream")
_NEVER_ASKED = ("web_acl", "origin_rotation", *_RESTORED)
"""Settings that a first deployment doesn't have yet."""


class DeployError(Exception):
    """What was given can't be used; the message is for the person at the terminal."""


def settled(
    given: Mapping[str, str | None], kept: Mapping[str, str], ask: Callable[[str], str] | None
) -> dict[str, str]:
    """Every setting: as given, else as kept from before, else as answered. Raises `DeployError`."""
    answers: dict[str, str] = {}
    for name, (question, _, form) in QUESTIONS.items():
        if name == "certificate" and not answers["domain"]:
            answers[name] = ""
            continue
        if name in _NEVER_ASKED and given.get(name) is None:
            answers[name] = kept.get(name, "")
            continue
        value = given.get(name)
        if value is None:
            value = kept.get(name)
        if value is None:
            value = ask(question).strip() if ask else ""
        if value and not form.fullmatch(value):
            raise DeployError(f"--{name.replace('_', '-')} {value}: {question[0].lower()}{question[1:]} was expected")
        if not value and name == "region":
            raise DeployError("no region: give --region, or set AWS_REGION")
        if not value and name == "certificate":
            raise DeployError("--certificate is needed with --domain: a certificate in ACM, region us-east-1")
        answers[name] = value
    restored = [name for name in _RESTORED if answers[name]]
    if restored and len(restored) < len(_RESTORED):
        missing = ", ".join(f"--{name.replace('_', '-')}" for name in _RESTORED if name not in restored)
        raise DeployError(f"restored tables come together: {missing} is missing")
    for table, stream in (_RESTORED[:2], _RESTORED[2:]):
        if restored and f":table/{answers[table]}/stream/" not in answers[stream]:
            raise DeployError(f"--{stream.replace('_', '-')} is not the stream of {answers[table]}")
    return answers


def commands(environment: str, answers: Mapping[str, str], protected: bool, more: list[str]) -> list[list[str]]:
    """The calls of `sam deploy`, one after the other: the second one protects the tables of `prod`."""
    overrides = list(_parameters(environment))
    # What was left empty is left out: SAM refuses empty values, and a stack that exists keeps what it has.
    overrides += [
        f"{parameter}={answers[name]}" for name, (_, parameter, _) in QUESTIONS.items() if parameter and answers[name]
    ]
    overrides.append(f"Release={release(overrides)}")
    base = [
        *("sam", "deploy", "--config-env", environment, "--region", answers["region"]),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset", *more, "--parameter-overrides"),
    ]
    production = "Stage=prod" in overrides
    first = [*base, *overrides]
    if production and not protected:
        return [first, [*base, *overrides, "DeletionProtection=on"]]
    return [first]


def release(overrides: list[str]) -> str:
    """A digest of what runs and of what it is told: functions behind an alias get a new version when it changes.

    SAM looks at a function's properties as they are written, where a parameter's new value and a layer don't show.
    """
    digest = hashlib.sha256("\n".join(overrides).encode())
    for folder in ("layers", "functions"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:10]


def _parameters(environment: str) -> list[str]:
    config: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
    if environment not in config:
        raise DeployError(f"--config-env {environment} is not in samconfig.toml, which has {', '.join(config)}")
    found: list[str] = config[environment]["deploy"]["parameters"]["parameter_overrides"]
    return found


def _stack(environment: str) -> str:
    config: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return str(config[environment]["global"]["parameters"]["stack_name"])


def main(arguments: list[str], run: Callable[[list[str]], int] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__, allow_abbrev=False)
    parser.add_argument("--config-env", default="default", help="the settings of samconfig.toml (default: dev)")
    for name, (question, _, _) in QUESTIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=question)
    asked, more = parser.parse_known_args(arguments)
    environment: str = asked.config_env
    file = ROOT / ".local" / f"deploy-{environment}.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    given = {name: getattr(asked, name) for name in QUESTIONS}
    if given["region"] is None and "region" not in kept:
        given["region"] = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    try:
        answers = settled(given, kept, _ask if sys.stdin.isatty() else None)
        calls = commands(environment, answers, bool(kept.get("protected")), more)
    except DeployError as fault:
        print(fault, file=sys.stderr)
        return 2
    file.parent.mkdir(parents=True, exist_ok=True)
    for number, call in enumerate(calls):
        status = (run or _run)(call)
        if status:
            return status
        protected = bool(kept.get("protected")) or call[-1] == "DeletionProtection=on"
        file.write_text(json.dumps({**answers, "protected": protected}, indent=1) + "\n")
        if number + 1 < len(calls):
            print("Deployed. Protecting the tables from deletion ...")
    stack = _stack(environment)
    print(f"Deployed. Next, once: make bootstrap STACK={stack} EMAIL=you@example.com")
    return 0


def _ask(question: str) -> str:
    return input(f"{question}: ")


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
