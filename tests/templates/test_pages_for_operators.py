"""What pages tell an operator to type names things that exist: at three in the morning nobody checks that."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from local.deploy import QUESTIONS
from tests.templates.stacks import ROOT, obey, relative, stacks

RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
PAGES = [
    *RUNBOOKS,
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
]
SET_UP = "[Before you begin](README.md#before-you-begin)"

CLI_SERVICES = {"deploy": "codedeploy", "s3api": "s3"}
"""Where the AWS CLI calls a service otherwise than botocore."""
CLI_FLAGS = {"query", "output", "region", "profile", "cli-binary-format", "max-items", "page-size"}
CLI_OWN = {
    ("logs", "tail"): {"since", "follow", "filter-pattern", "format"},
    ("cloudformation", "deploy"): {"stack-name", "template-file", "capabilities", "parameter-overrides"},
    ("s3", "cp"): {"recursive", "quiet"},
    ("s3", "ls"): {"recursive"},
    ("s3", "sync"): {"delete", "exclude", "include"},
}
"""Commands that the AWS CLI makes itself, with those of their flags that are used here."""

_BLOCK = re.compile(r"^ *```(?:sh|bash)\n(.*?)^ *```|((?:^ {4,}make [^\n]*\n)+)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_QUOTED = re.compile(r"\"(?:[^\"$]|\$(?!\())*\"|'[^']*'")
_INNER = re.compile(r"\$\(([^()]*)\)")


def commands(text: str) -> Iterator[str]:
    """What is to be typed: blocks, whole, and pieces of code in a line."""
    yield from ("".join(found) for found in _BLOCK.findall(text))
    rest = _BLOCK.sub("", text)
    yield from (" ".join(piece.split()) for piece in _INLINE.findall(rest))


@cache
def typed() -> tuple[tuple[Path, str], ...]:
    return tuple((page, command) for page in PAGES for command in commands(page.read_text(encoding="utf-8")))


def aws_calls(command: str) -> Iterator[tuple[str, str, list[str]]]:
    """Service, operation and flags of each call of the AWS CLI, those within another one's arguments included."""
    flat = _QUOTED.sub("_", command.replace("\\\n", " "))
    parts = []
    while inner := _INNER.search(flat):
        parts.append(inner[1])
        flat = flat[: inner.start()] + "_" + flat[inner.end() :]
    for part in (*parts, *re.split(r"\n|;|&&|\|", flat)):
        if found := re.search(
            r"^\s*(?:do |\w+\(\) \{ )?(?:\w+=)?aws ([a-z0-9]+) ([a-z0-9-]+)(.*)", part.partition(" #")[0]
        ):
            yield found[1], found[2], re.findall(r"\s--([a-z0-9-]+)", found[3])


@cache
def operations(service: str) -> dict[str, tuple[set[str], set[str]]]:
    """By the AWS CLI's name of an operation its flags, and those that it cannot be called without."""
    model = botocore.session.get_session().get_service_model(CLI_SERVICES.get(service, service))
    found = {}
    for name in model.operation_names:
        shape: Any = model.operation_model(name).input_shape
        members = {xform_name(member, "-"): shape.members[member] for member in shape.members} if shape else {}
        negated = {f"no-{flag}" for flag, member in members.items() if member.type_name == "boolean"}
        required = {xform_name(member, "-") for member in shape.required_members} if shape else set()
        found[xform_name(name, "-")] = (set(members) | negated, required)
    return found


def cli_faults(command: str) -> Iterator[str]:
    for service, operation, flags in aws_calls(command):
        said = f"aws {service} {operation}"
        if (service, operation) in CLI_OWN:
            known, required = CLI_OWN[service, operation], set[str]()
        else:
            try:
                known, required = operations(service)[operation]
            except (UnknownServiceError, KeyError):
                yield f"{said}: there is no such command"
                continue
        if unknown := set(flags) - known - CLI_FLAGS:
            yield f"{said}: knows no --{', --'.join(sorted(unknown))}"
        # A command that is only named, in the middle of a sentence, needs nothing.
        if flags and (missing := required - set(flags)):
            yield f"{said}: needs --{', --'.join(sorted(missing))}"


def test_commands_of_the_aws_cli_exist_with_their_flags() -> None:
    obey(
        "a page names commands of the AWS CLI that exist, with flags that they have and what they need",
        (f"{relative(page)}: {fault}" for page, command in typed() for fault in cli_faults(command)),
    )


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("aws sqs receive --queue-url $QUEUE", "aws sqs receive: there is no such command"),
        ("aws sqs purge-queue --url $QUEUE", "aws sqs purge-queue: knows no --url"),
        ("x=$(aws lambda invoke --payload '{}' out)", "aws lambda invoke: needs --function-name"),
        ("aws sqs list-queues --query \"[?contains(@, 'x')]\" --output text", None),
    ],
)
def test_a_command_that_would_fail_is_noticed(command: str, fault: str | None) -> None:
    assert next(cli_faults(command), None) == fault


def declared(kind: str, attribute: str) -> dict[str, str]:
    """Resources of all stacks: logical id -> the name that the template gives it, as a shell would write it, or ``."""
    found = {}
    for stack in stacks():
        for logical_id, resource in stack.resources.items():
            if resource["Type"] == kind:
                name = (resource.get("Properties") or {}).get(attribute, "")
                text = name.get("Fn::Sub", "") if isinstance(name, dict) else name
                found[logical_id] = text.replace("${Stage}", "$STAGE").replace("${AWS::Region}", "$AWS_REGION")
    return found


def test_log_groups_that_are_named_exist() -> None:
    groups = set(declared("AWS::Logs::LogGroup", "LogGroupName").values())
    domains = {group.split("/")[3] for group in groups if group.startswith("/batua/$STAGE/")}

    def faults() -> Iterator[str]:
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            for named in re.findall(r"/(?:aws/vendedlogs/)?batua/\$STAGE/[\w$/]+", text):
                meant = {named.rstrip("/").replace("$DOMAIN", domain) for domain in domains}
                if not any(group == one or group.startswith(f"{one}/") for group in groups for one in meant):
                    yield f"{relative(page)}: {named}"

    obey("log groups that a page names are declared", faults())


def test_every_job_of_the_runbook_is_named_with_its_log_group() -> None:
    text = (ROOT / "docs/runbooks/jobs_failed.md").read_text(encoding="utf-8")
    jobs = re.findall(r"^\| (\w+) \| (\w+) \|", text, re.MULTILINE)[1:]
    groups = set(declared("AWS::Logs::LogGroup", "LogGroupName").values())
    obey(
        "jobs_failed.md names each job's function and log group",
        (
            f"{domain}: {job}"
            for domain, job in jobs
            if f"/batua/$STAGE/{domain}/{_snake(job)}" not in groups or f"{domain}/{_snake(job)}" not in text
        ),
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_what_is_looked_up_by_its_name_is_found_in_the_stage_that_is_meant() -> None:
    """CloudFormation names what has no name of its own after the stack and the logical id."""
    functions = dict.fromkeys(declared("AWS::Serverless::Function", "FunctionName"), "")
    kinds = {
        "queues": declared("AWS::SQS::Queue", "QueueName"),
        "state-machines": declared("AWS::Serverless::StateMachine", "Name"),
        "functions": functions,
        "event-source-mappings": functions | declared("AWS::SQS::Queue", "QueueName"),
        "rules": functions,
    }

    def faults() -> Iterator[str]:
        for page, command in typed():
            for kind, query in re.findall(
                r"aws \w+ list-([\w-]+)[^\n]*?(?:\\\n\s*)?--query[\s\\]+\"([^\"]*)\"", command
            ):
                if kind not in kinds or "?" not in query:
                    continue
                words = re.findall(r"(?:contains\([\w@]+, |starts_with\([\w@]+, |==)'-?([^']*?)-?'", query)
                names = [word for word in words if word not in ("$STAGE", "batua-$STAGE")]
                known = {*kinds[kind], *kinds[kind].values()}
                if not all(name in known or name == "$1" for name in names) or not names:
                    yield f"{relative(page)}: {query}: none of {kind} is called so"
                if "$STAGE" not in query:
                    yield f"{relative(page)}: {query}: finds that of another stage as well"

    obey("a query for a queue, a state machine or a function names one that is declared, and the stage", faults())


def test_outputs_of_the_stack_that_are_read_exist() -> None:
    (root,) = (stack for stack in stacks() if stack.file == ROOT / "template.yaml")
    outputs = set(root.template["Outputs"])
    obey(
        "$(out Name) is an output of template.yaml",
        (
            f"{relative(page)}: {name}"
            for page, command in typed()
            for name in re.findall(r"\$\(out (\w+)\)", command)
            if name not in outputs
        ),
    )


def test_targets_of_make_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    def faults() -> Iterator[str]:
        for page, command in typed():
            for line in command.replace("\\\n", " ").splitlines():
                for called in re.findall(r"(?:^|&& |; )(?: {4})?make ([a-z][^#;&`]*)", line):
                    # What a line of a list says about a command stands two spaces behind it.
                    words = re.findall(r"^((?:[a-z][a-z-]*(?=\s|$)\s?)+)", called.partition("  ")[0])
                    for target in words[0].split() if words else ():
                        if target not in targets:
                            yield f"{relative(page)}: make {target}"
                for flag in re.findall(r"--([a-z-]+)", line.partition("make deploy")[2]):
                    if flag.replace("-", "_") not in {*QUESTIONS, "config_env"}:
                        yield f"{relative(page)}: make deploy knows no --{flag}"

    obey("a page names targets that the Makefile has", faults())


def test_modules_that_are_run_exist() -> None:
    obey(
        "python -m names a module of the repository",
        (
            f"{relative(page)}: {module}"
            for page, command in typed()
            for module in re.findall(r"python -m ((?:batua|local|tests|benchmarks)(?:\.\w+)*)", command)
            if importlib.util.find_spec(module) is None
        ),
    )


def test_a_runbook_with_commands_says_how_the_shell_is_set_up() -> None:
    obey(
        f"a runbook with commands has {SET_UP}",
        (
            relative(page)
            for page in RUNBOOKS
            if page.name != "README.md" and "```sh" in (text := page.read_text()) and SET_UP not in text
        ),
    )
