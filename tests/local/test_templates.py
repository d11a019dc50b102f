"""The templates are the only declaration of what the local platform is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import templates
from local.intrinsics import TemplateError

ARN = "arn:aws:{}:ap-south-1:123456789012:{}"


def change(project: Path, before: str, after: str, template: str = "functions/shop/template.yaml") -> None:
    file = project / template
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def test_a_function_has_its_code_settings_and_events(project: Path) -> None:
    echo = templates.load(project).functions["Echo"]
    assert (echo.domain, echo.module, echo.attribute) == ("shop", "echo", "handler")
    assert echo.file == project / "functions/shop/echo.py"
    assert (echo.timeout, echo.memory) == (5, 256)
    events = {event.name: event for event in echo.events}
    assert dict(events["One"].properties) == {"ApiId": "Api", "Path": "/things/{source_id}", "Method": "GET"}
    assert events["Queue"].type == "SQS"
    assert events["Queue"].properties["Queue"] == ARN.format("sqs", "batua-local-Orders.fifo")


def test_intrinsics_resolve_across_nested_stacks(project: Path) -> None:
    environment = templates.load(project).functions["Greet"].environment
    assert environment == {
        "LEDGER_TABLE": "batua-local-Ledger",
        "LEDGER_ARN": ARN.format("dynamodb", "table/batua-local-Ledger/index/*"),
        "TOPIC": "batua-local-News",
        "KEEP_DAYS": "7",
        "QUEUE_URL": "https://sqs.ap-south-1.amazonaws.com/123456789012/batua-local-Orders.fifo",
    }


def test_resources_have_stable_names_and_resolved_properties(project: Path) -> None:
    resources = templates.load(project).resources
    assert resources["Ledger"].name == "batua-local-Ledger"
    assert "DeletionProtectionEnabled" not in resources["Ledger"].properties
    assert resources["Directory"].name == "batua-dev-directory"
    assert resources["Directory"].arn == ARN.format("dynamodb", "table/batua-dev-directory")
    assert resources["EchoLogs"].name == "/aws/lambda/Echo"
    assert resources["Flow"].arn == ARN.format("states", "stateMachine:batua-local-Flow")
    assert resources["Flow"].properties["DefinitionUri"] == str(project / "functions/shop/flow.asl.json")
    assert resources["Flow"].properties["DefinitionSubstitutions"] == {"EchoArn": ARN.format("lambda", "function:Echo")}
    assert resources["Flow"].stack == project / "functions/shop/template.yaml"
    assert resources["Orders"].name == "batua-local-Orders.fifo"
    assert "Alarm" not in resources


def test_parameters_override_the_defaults_of_the_root_and_reach_its_children(project: Path) -> None:
    platform = templates.load(project, {"Stage": "prod"})
    assert platform.functions["Echo"].environment["KEEP_DAYS"] == "400"
    assert platform.resources["Ledger"].properties["DeletionProtectionEnabled"] is True
    assert "Alarm" in platform.resources


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("!Select [1, !Split ['/', a/b/c]]", "b"),
        ("!Sub ['${A}-${!B}-${Echo}', {A: !Ref Stage}]", "dev-${B}-Echo"),
        ("!If [Never, x, !Ref AWS::Region]", "ap-south-1"),
        ("!Join ['', [!Ref 'AWS::AccountId', ':', !Ref AWS::Partition]]", "123456789012:aws"),
        ("!GetAtt Orders.QueueName", "batua-local-Orders.fifo"),
        ("!Base64 hello", "aGVsbG8="),
        ("!Ref AWS::StackName", "batua-local-Shop"),
        ("true", "true"),
    ],
)
def test_each_intrinsic_function_gives_its_value(project: Path, expression: str, value: str) -> None:
    change(project, "Mappings:", "Conditions: {Never: !Not [!Or [!Equals [a, a], !Equals [a, b]]]}\nMappings:")
    change(project, "KEEP_DAYS: !FindInMap [Days, !Ref Stage, keep]", f"KEEP_DAYS: {expression}")
    assert templates.load(project).functions["Echo"].environment["KEEP_DAYS"] == value


def test_the_environment_of_the_process_leaves_the_service_name_to_each_function(project: Path) -> None:
    environment = templates.environment(templates.load(project))
    assert environment["LEDGER_TABLE"] == "batua-local-Ledger"
    assert "POWERTOOLS_SERVICE_NAME" not in environment


def test_two_values_for_one_variable_are_refused_by_name(project: Path) -> None:
    change(project, "{POWERTOOLS_SERVICE_NAME: shop}", "{KEEP_DAYS: '8'}")
    with pytest.raises(TemplateError, match=r"KEEP_DAYS is '8' in Echo but '7' in Reply"):
        templates.environment(templates.load(project))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("!Ref Orders", "!Ref Nothing", "'Nothing', which is neither a parameter nor a resource"),
        ("Handler: nap.handler", "Handler: nap", "'Nap' has no handler"),
        ("CodeUri: .", "CodeUri: .\n    Nonsense: 1", "Nonsense"),
        ("Mappings:", "Mappings: [", "functions/shop/template.yaml"),
        ("Stage: {Type: String}", "Stage: {Type: String}\n  Given: {Type: String}", ""),
        (
            "KEEP_DAYS: !FindInMap [Days, !Ref Stage, keep]",
            "KEEP_DAYS: !FindInMap [Days, other, keep]",
            "Days.other.keep",
        ),
    ],
)
def test_a_faulty_template_is_refused_with_its_place(project: Path, before: str, after: str, message: str) -> None:
    change(project, before, after)
    if not message:
        change(project, "!Ref Orders", "!Ref Given")
        message = "parameter 'Given' has no value"
    with pytest.raises(TemplateError, match=r"shop/template\.yaml") as refused:
        templates.load(project)
    assert message in str(refused.value)


def test_outputs_that_need_each_other_are_refused(project: Path) -> None:
    talk = "Outputs: {A: {Value: !Ref P}}\nParameters: {P: {Type: String}}\nResources: {}\n"
    (project / "functions/talk/template.yaml").write_text(talk)
    location = "Location: functions/talk/template.yaml"
    given = f"{location}\n      Parameters: {{P: !GetAtt Talk.Outputs.A}}"
    change(project, location, given, "template.yaml")
    change(project, "!GetAtt Talk.Outputs.TopicName", "!GetAtt Talk.Outputs.A", "template.yaml")
    with pytest.raises(TemplateError, match="refers to itself"):
        templates.load(project)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("Orders: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}", "are both called 'batua-local-Orders.fifo'"),
        (
            "Echo: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12, CodeUri: .}}",
            "function 'Echo' exists in another stack too",
        ),
    ],
)
def test_a_function_or_a_name_may_exist_once_only(project: Path, resource: str, message: str) -> None:
    change(project, "Resources:", f"Resources:\n  {resource}", "functions/talk/template.yaml")
    with pytest.raises(TemplateError, match=message):
        templates.load(project)


def test_a_loaded_platform_is_kept_until_a_template_changes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = templates.load(project)
    with monkeypatch.context() as patch:
        patch.setattr(templates, "_resolved", lambda stack: pytest.fail("the templates were read again"))
        assert templates.load(project) == first
    change(project, "Timeout: 1", "Timeout: 2")
    assert templates.load(project).functions["Nap"].timeout == 2
    (project / ".local/templates.pickle").write_bytes(b"cut off")
    assert templates.load(project).functions["Nap"].timeout == 2
