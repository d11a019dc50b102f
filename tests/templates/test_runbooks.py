"""House rule: whoever is woken by an alarm is told where it is written down what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.templates.stacks import ROOT, Stack, listed, obey, relative, stacks

FOLDER = ROOT / "docs" / "runbooks"
WITHOUT_ALARM = {"README.md", "restore.md"}
PARTS = ("What it means", "How to look", "How to mend it", "How to know that it is over")
WAYS_TO_FAIL = {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}

_NAMED = re.compile(r"docs/runbooks/(\w+\.md)")
_LINK = re.compile(r"\]\((\w+\.md)\)")


def alarms() -> Iterator[tuple[Stack, str, str]]:
    """Every alarm and budget, with the text that names its runbook."""
    for stack in stacks():
        for logical_id, resource in stack.resources.items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                yield stack, logical_id, str(resource["Properties"].get("AlarmDescription", ""))
            elif resource["Type"] == "AWS::Budgets::Budget":
                yield stack, logical_id, str(resource.get("Metadata", {}).get("Runbook", ""))


def test_every_alarm_names_its_runbook() -> None:
    def faults() -> Iterator[str]:
        for stack, logical_id, text in alarms():
            named = _NAMED.search(text)
            if named is None:
                page = re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id.removesuffix("Alarm")).lower()
                yield (
                    f"{stack}: {logical_id}: write docs/runbooks/{page}.md ({', '.join(PARTS)}), end its "
                    f"AlarmDescription with (docs/runbooks/{page}.md), and add it to docs/runbooks/README.md"
                )
            elif not (FOLDER / named[1]).is_file():
                yield f"{stack}: {logical_id}: docs/runbooks/{named[1]} is missing: write it"

    obey("an alarm's description names a page of docs/runbooks that is there", faults())


def test_every_runbook_is_of_an_alarm() -> None:
    named = {page for _, _, text in alarms() for page in _NAMED.findall(text)}
    obey(
        "a page of docs/runbooks is named by an alarm",
        (
            f"{relative(file)}: no alarm's description names it"
            for file in FOLDER.glob("*.md")
            if file.name not in named | WITHOUT_ALARM
        ),
    )


def test_every_runbook_has_its_four_parts_and_stands_in_the_index() -> None:
    index = set(_LINK.findall((FOLDER / "README.md").read_text()))

    def faults() -> Iterator[str]:
        for file in FOLDER.glob("*.md"):
            text = file.read_text()
            for page in _LINK.findall(text):
                if not (FOLDER / page).is_file():
                    yield f"{relative(file)}: names {page}, which is not there"
            if file.name != "README.md" and file.name not in index:
                yield f"{relative(file)}: docs/runbooks/README.md does not list it"
            if file.name not in WITHOUT_ALARM and tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) != PARTS:
                yield f"{relative(file)}: its parts are not {', '.join(PARTS)}"

    obey("a runbook has its four parts, its links lead somewhere, and the index lists it", faults())


def test_an_alarm_tells_whoever_is_to_be_told() -> None:
    actions = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    obey(
        "an alarm has AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopic], !Ref AWS::NoValue]",
        (
            f"{stack}: {logical_id}"
            for stack in stacks()
            for logical_id, resource in stack.resources.items()
            if resource["Type"] == "AWS::CloudWatch::Alarm" and resource["Properties"].get("AlarmActions") != actions
        ),
    )


def test_every_state_machine_is_watched_however_it_ends_badly() -> None:
    def faults() -> Iterator[str]:
        for stack in stacks():
            watched: dict[str, set[str]] = {}
            for resource in stack.resources.values():
                for metric in _metrics(resource):
                    for dimension in listed(metric.get("Dimensions", [])):
                        if dimension.get("Name") == "StateMachineArn":
                            watched.setdefault(dimension["Value"]["Ref"], set()).add(metric["MetricName"])
            for logical_id, resource in stack.resources.items():
                if resource["Type"] == "AWS::Serverless::StateMachine":
                    missing = WAYS_TO_FAIL - watched.get(logical_id, set())
                    if missing:
                        yield f"{stack}: {logical_id}: no alarm looks at {', '.join(sorted(missing))}"

    obey("alarms of a stack look at ExecutionsFailed, -TimedOut and -Aborted of its state machines", faults())


def test_every_dead_letter_queue_is_watched() -> None:
    def faults() -> Iterator[str]:
        for stack in stacks():
            watched = {
                dimension["Value"]["Fn::GetAtt"].split(".")[0]
                if isinstance(dimension["Value"]["Fn::GetAtt"], str)
                else dimension["Value"]["Fn::GetAtt"][0]
                for resource in stack.resources.values()
                for metric in _metrics(resource)
                for dimension in listed(metric.get("Dimensions", []))
                if dimension.get("Name") == "QueueName"
            }
            for logical_id, resource in stack.resources.items():
                policy = resource.get("Properties", {}).get("RedrivePolicy", {})
                target = policy.get("deadLetterTargetArn", {}).get("Fn::GetAtt", "")
                name = target.split(".")[0] if isinstance(target, str) else target[0]
                if name and name not in watched:
                    yield f"{stack}: {name}, the dead letters of {logical_id}: no alarm looks at it"

    obey("an alarm looks at every queue of dead letters", faults())


def _metrics(resource: dict[str, object]) -> Iterator[dict[str, object]]:
    """The metrics that an alarm looks at, whether one or several."""
    if resource["Type"] != "AWS::CloudWatch::Alarm":
        return
    properties = resource["Properties"]
    assert isinstance(properties, dict)
    yield properties
    for query in properties.get("Metrics", []):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]
