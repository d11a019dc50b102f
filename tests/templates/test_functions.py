"""House rules of each function: its file, its routes, its role, its logs, its sample event, its test."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from tests.templates.stacks import ROOT, Function, domain_templates, functions, obey, relative, role_id, stacks, strings


def test_a_functions_logical_id_is_its_file_name_in_camel_case() -> None:
    obey(
        "issue_coins.py is the function IssueCoins, and its Handler is issue_coins.handler",
        (
            f"{function}: its Handler is {function.properties['Handler']}"
            for function in functions()
            if function.properties["Handler"] != f"{function.module}.handler"
            or function.logical_id != "".join(word.capitalize() for word in function.module.split("_"))
        ),
    )


def test_every_function_of_a_template_has_a_handler_file() -> None:
    obey(
        "every function has a file of its own with `handler`",
        (
            f"{function}: {relative(function.file)} "
            + ("has no `handler`" if function.file.is_file() else "is missing")
            for function in functions()
            if not (function.file.is_file() and function.defines_handler)
        ),
    )


def test_every_handler_file_is_a_function_of_its_domains_template() -> None:
    named = {function.file for function in functions()}
    obey(
        "every functions/<domain>/*.py is the file of a function in that domain's template",
        (
            f"{relative(file)}: no function has it"
            for template in domain_templates()
            for file in template.parent.glob("*.py")
            if file.resolve() not in named
        ),
    )


def test_every_function_has_something_that_calls_it() -> None:
    obey(
        "every function has a route, another event, or a resource that refers to it",
        (
            f"{function}: nothing calls it"
            for function in functions()
            if not function.events and not _referred_to(function)
        ),
    )


def test_the_route_of_a_template_is_the_route_that_the_handler_declares() -> None:
    obey(
        "the first route of a function in the template is the one in its @endpoint(...), and the other way round",
        _route_faults(),
    )


def test_every_function_has_a_role_of_its_own() -> None:
    shared = Counter((function.stack, role_id(function)) for function in functions())
    obey(
        "every function has a role of its own, made by SAM from its Policies",
        (
            f"{function}: role {role_id(function)}"
            for function in functions()
            if shared[function.stack, role_id(function)] > 1 or "Role" in function.properties
        ),
    )


def test_every_function_has_a_log_group_with_retention() -> None:
    obey("every function has a log group of its own, with RetentionInDays", _log_faults())


def test_every_function_has_a_sample_event() -> None:
    obey("every function has events/<domain>/<function>.json, for one of its routes", _sample_faults())


def test_every_function_is_named_by_a_test() -> None:
    tests = _tests()
    obey(
        "some test outside tests/templates names the function or its route",
        (
            f"{function}: no test has {' or '.join(_names(function))}"
            for function in functions()
            if not any(_mention(name).search(tests) for name in _names(function))
        ),
    )


def _referred_to(function: Function) -> bool:
    others = (
        resource["Properties"]
        for logical_id, resource in function.stack.resources.items()
        if logical_id != function.logical_id and "Properties" in resource
    )
    return any(
        function.logical_id in text.replace("${", ".").replace("}", ".").split(".") for text in strings(list(others))
    )


def _route_faults() -> Iterator[str]:
    for function in functions():
        if not function.file.is_file():
            continue
        routes, declared = function.routes, function.declared_routes
        if routes and not declared:
            yield f"{relative(function.file)}: no @endpoint, the template has {routes[0]}"
        elif declared and not routes:
            yield f"{relative(function.file)}: declares {declared[0]}, the template has no route"
        elif routes and declared[0] != routes[0]:
            yield f"{relative(function.file)}: declares {declared[0]}, the template has {routes[0]}"


def _log_faults() -> Iterator[str]:
    used = Counter(str(function.properties.get("LoggingConfig")) for function in functions())
    for function in functions():
        group = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
        target = function.stack.resources.get(group["Ref"] if isinstance(group, dict) else "", {})
        if target.get("Type") != "AWS::Logs::LogGroup":
            yield f"{function}: its LoggingConfig names no log group of the stack"
        elif used[str(function.properties["LoggingConfig"])] > 1:
            yield f"{function}: shares its log group"
        elif function.properties["LoggingConfig"].get("SystemLogLevel") != "WARN":
            yield f"{function}: Lambda writes lines of its own for each call, which cost more than they tell"
    for stack in stacks():
        for logical_id, resource in stack.transformed["Resources"].items():
            if resource["Type"] == "AWS::Logs::LogGroup" and "RetentionInDays" not in resource["Properties"]:
                yield f"{stack}: {logical_id} has no RetentionInDays"


def _sample_faults() -> Iterator[str]:
    samples = {function.sample for function in functions()}
    for function in functions():
        if not function.sample.is_file():
            yield f"{relative(function.sample)}: missing"
            continue
        try:
            event = json.loads(function.sample.read_text())
        except ValueError as fault:
            yield f"{relative(function.sample)}: not JSON: {fault}"
            continue
        routes = [str(route) for route in function.routes]
        if routes and (event.get("version") != "2.0" or event.get("routeKey") not in routes):
            yield f"{relative(function.sample)}: not an event of version 2.0 with routeKey {' or '.join(routes)}"
    for file in ROOT.glob("events/*/*.json"):
        if file not in samples:
            yield f"{relative(file)}: no function has it"


@cache
def _tests() -> str:
    files = (file for file in ROOT.glob("tests/**/*.py") if "templates" not in file.relative_to(ROOT).parts)
    return "\n".join(file.read_text() for file in files)


def _names(function: Function) -> list[str]:
    return [function.module, function.logical_id, *(route.path for route in function.routes)]


def _mention(name: str) -> re.Pattern[str]:
    """The name as a whole; a path with anything for its parameters, and not as the beginning of a longer one.

    What must not come before the name is looked up after its first part: a pattern that begins with plain text is
    searched for many times as fast.
    """
    first, *others = (re.escape(part) for part in re.split(r"\{\w+\}", name))
    return re.compile(r"[^\s/\"']+".join([rf"{first}(?<![\w/]{first})", *others]) + r"(?![\w/])")
