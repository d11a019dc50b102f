"""`make rehearse`: everything of a deployment that can be tried without an AWS account.

Transforms every stack as CloudFormation does and looks at the result: the order of resources, limits, roles, cfn-lint,
and `sam deploy` against a stand-in up to the change set. `--quick` leaves out the last two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from local import templates
from local.aws.authorization.policies import Policies, UnsupportedPolicy
from local.host import PARAMETERS, ROOT
from local.transform import transform

from . import limits
from .graph import circles, graph_of

NEAR = 0.8
"""Of a limit: from here on it is shown."""
_WARNINGS = "W"
"""Left out: `make check` has those of the templates as written, and a transformation uses parameters up."""

Stacks = dict[str, dict[str, Any]]
Check = Callable[[Stacks], Iterator[str]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without cfn-lint and without the change set")
    parser.add_argument("--no-change-set", action="store_true", help="without `sam deploy` against the stand-in")
    asked = parser.parse_args(arguments)
    stacks = _stacks()
    resources = sum(len(stack["Resources"]) for stack in stacks.values())
    print(f"{len(stacks)} stacks, {resources} resources after SAM's transformation")
    checks: dict[str, Check] = {"order": _order, "limits": _limits, "roles": _roles}
    if not asked.quick:
        checks["cfn-lint"] = _lint
        if not asked.no_change_set:
            checks["change set"] = _change_set
    failed = [name for name, check in checks.items() if not _run(name, check, stacks)]
    return 1 if failed else 0


def _run(name: str, check: Check, stacks: Stacks) -> bool:
    """A check yields its faults; a line that begins with a dash is a remark."""
    said = list(check(stacks))
    faults = [line for line in said if not line.startswith("- ")]
    print(f"{'FAIL' if faults else 'ok':<5} {name}", flush=True)
    for line in said:
        print(f"        {line}", flush=True)
    return not faults


def _stacks() -> Stacks:
    """Path of a stack, such as `Coins` -> its transformed template. Raises `TemplateError` where SAM refuses it."""
    found: Stacks = {}
    for file in [ROOT / "template.yaml", *sorted(ROOT.glob("functions/*/template.yaml"))]:
        written = templates.read(file)
        name = "root" if file.parent == ROOT else file.parent.name
        found[name] = transform(written, {each: f"given{each}" for each in written.get("Parameters") or {}})
    return found


def _order(stacks: Stacks) -> Iterator[str]:
    for name, stack in stacks.items():
        for circle in circles(graph_of(stack["Resources"])):
            yield f"{name}: each of these waits for the others: {' -> '.join(circle)}"


def _limits(stacks: Stacks) -> Iterator[str]:
    platform = templates.load(ROOT, PARAMETERS)
    measures = [each for name, stack in stacks.items() for each in limits.of_template(name, stack)]
    measures += [*limits.of_roles(platform), *limits.of_environments(platform)]
    largest: dict[str, limits.Measure] = {}
    for each in measures:
        if each.share >= 1:
            yield f"{each}: too much"
        elif each.what not in largest or each.share > largest[each.what].share:
            largest[each.what] = each
    for each in sorted(largest.values(), key=lambda measure: -measure.share)[:6]:
        yield f"- {each}{' (near the limit)' if each.share >= NEAR else ''}"


def _roles(stacks: Stacks) -> Iterator[str]:
    platform = templates.load(ROOT, PARAMETERS)
    for name in platform.functions:
        if name not in platform.roles:
            yield f"{name} has no role of its own"
    for role in platform.roles.values():
        try:
            Policies(role, {})
        except UnsupportedPolicy as error:
            yield str(error)
    yield f"- {len(platform.roles)} roles can be evaluated; `make test` judges every call by them"


def _lint(stacks: Stacks) -> Iterator[str]:
    folder = ROOT / ".local" / "rehearsal"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, stack in stacks.items():
        file = folder / f"{name}.json"
        file.write_text(json.dumps(stack, indent=1))
        files += ["--template", str(file)]
    program = Path(sys.executable).with_name("cfn-lint")
    options = [
        "--config-file",
        "/dev/null",
        "--regions",
        "ap-south-1",
        "--ignore-checks",
        _WARNINGS,
        "--format",
        "parseable",
    ]
    done = subprocess.run([str(program), *options, *files], capture_output=True, text=True, check=False)
    yield from (line for line in done.stdout.splitlines() if line.strip())
    if done.returncode and not done.stdout.strip():
        yield done.stderr[-500:]


def _change_set(stacks: Stacks) -> Iterator[str]:
    command = [sys.executable, "-m", "local.rehearsal.change_set"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        yield f"sam deploy stopped: {done.stderr[-1500:]}"
        return
    changes = json.loads(done.stdout.splitlines()[-1])
    added = {logical_id for action, logical_id, _ in changes if action == "Add"}
    for missing in sorted(_unconditional() - added):
        yield f"{missing} is in the template, but not in the change set"
    yield f"- a change set of {len(added)} resources of the root stack; SAM packaged the stacks below it"


def _unconditional() -> set[str]:
    written = templates.read(ROOT / "template.yaml")["Resources"]
    return {logical_id for logical_id, resource in written.items() if "Condition" not in resource}


if __name__ == "__main__":
    sys.exit(main())
