"""House rules of the stacks as a whole."""

from __future__ import annotations

from collections import defaultdict

from tests.templates.stacks import domain_templates, functions, obey, relative, stacks

MOST_RESOURCES = 400
"""CloudFormation ends at 500; the rest is for aliases and alarms that a deployment may add."""


def test_a_stack_has_at_most_400_resources() -> None:
    counts = {stack: len(stack.transformed["Resources"]) for stack in stacks()}
    obey(
        f"a stack has at most {MOST_RESOURCES} resources after SAM's transformation",
        (f"{stack}: {count} resources" for stack, count in counts.items() if count > MOST_RESOURCES),
    )


def test_every_domains_template_is_nested_in_the_root_stack() -> None:
    reached = {stack.file for stack in stacks()}
    obey(
        "every functions/<domain>/template.yaml is a nested stack of template.yaml",
        (f"{relative(file)}: not nested" for file in domain_templates() if file not in reached),
    )


def test_a_logical_id_stands_for_one_resource_over_all_stacks() -> None:
    places = defaultdict(list)
    for stack in stacks():
        for logical_id in stack.resources:
            places[logical_id].append(str(stack))
    obey(
        "logical ids are unique over all stacks",
        (f"{logical_id}: in {', '.join(files)}" for logical_id, files in places.items() if len(files) > 1),
    )


def test_a_route_is_served_once() -> None:
    served = defaultdict(list)
    for function in functions():
        for route in function.routes:
            served[route].append(function)
    obey(
        "a route is served by one function",
        (f"{route}: {', '.join(map(str, by))}" for route, by in served.items() if len(by) > 1),
    )


def test_what_outlives_a_stack_is_retained() -> None:
    kept = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"}
    obey(
        "tables, buckets and keys are retained when their stack goes, or when an update replaces them",
        (
            f"{stack}: {logical_id}"
            for stack in stacks()
            for logical_id, resource in stack.resources.items()
            if resource["Type"] in kept
            and not (
                str(resource.get("DeletionPolicy", "")).startswith("Retain")
                and resource.get("UpdateReplacePolicy") == "Retain"
            )
        ),
    )
