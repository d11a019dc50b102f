"""A small SAM project, root and one nested stack, served as the real one is: without AWS, which it doesn't need."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from local.host import LocalPlatform

REPOSITORY = Path(__file__).resolve().parents[2]

ROOT_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      DeletionProtectionEnabled: !If [IsProd, true, !Ref AWS::NoValue]
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Directory:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Join ["-", [batua, !Ref Stage, directory]]
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: IsProd
    Properties: {MetricName: never}
  Pepper:
    Type: AWS::SecretsManager::Secret
  Shop:
    Type: AWS::Serverless::Application
    Properties:
      Location: functions/shop/template.yaml
      Parameters:
        LedgerTable: !Ref Ledger
        LedgerArn: !GetAtt Ledger.Arn
        Stage: !Ref Stage
        Topic: !GetAtt Talk.Outputs.TopicName
  Talk:
    Type: AWS::Serverless::Application
    Properties:
      Location: functions/talk/template.yaml
"""

TALK_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  News: {Type: AWS::SNS::Topic}
Outputs:
  TopicName: {Value: !GetAtt News.TopicName}
"""

SHOP_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  LedgerTable: {Type: String}
  LedgerArn: {Type: String}
  Stage: {Type: String}
  Topic: {Type: String}
Mappings:
  Days: {dev: {keep: 7}, prod: {keep: 400}}
Globals:
  Function:
    Runtime: python3.12
    CodeUri: .
    Timeout: 5
    Environment:
      Variables:
        LEDGER_TABLE: !Ref LedgerTable
        LEDGER_ARN: !Sub "${LedgerArn}/index/*"
        TOPIC: !Ref Topic
        KEEP_DAYS: !FindInMap [Days, !Ref Stage, keep]
        QUEUE_URL: !Ref Orders
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  Orders: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  EchoLogs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/aws/lambda/${Echo}"}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: {EchoArn: !GetAtt Echo.Arn}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Handler: echo.handler
      MemorySize: 256
      Environment: {Variables: {POWERTOOLS_SERVICE_NAME: shop}}
      Events:
        Any: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /echo, Method: ANY}}
        One: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/things/{source_id}", Method: GET}}
        Two: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/things/{owner}/parts/{part}", Method: PUT}}
        Files: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/files/{path+}", Method: GET}}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 5}}
  Reply:
    Type: AWS::Serverless::Function
    Properties:
      Handler: reply.handler
      Events:
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /reply, Method: POST}}
        Literal: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /things/special, Method: GET}}
  Nap:
    Type: AWS::Serverless::Function
    Properties:
      Handler: nap.handler
      Timeout: 1
      Events:
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/nap/{milliseconds}", Method: GET}}
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      Handler: greet.handler
      Events:
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /greet, Method: GET}}
"""

HANDLERS = {
    "echo": """
        import json

        def handler(event, context):
            seen = {"function": context.function_name, "memory": context.memory_limit_in_mb,
                    "left": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn}
            return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
                    "body": json.dumps({"event": event, "context": seen})}
    """,
    "reply": """
        import json

        def handler(event, context):
            if event["routeKey"] == "GET /things/special":
                return "special"
            asked = json.loads(event["body"])
            if "raise" in asked:
                raise RuntimeError(asked["raise"])
            return object() if asked.get("not_json") else asked["result"]
    """,
    "nap": """
        import time

        def handler(event, context):
            time.sleep(int(event["pathParameters"]["milliseconds"]) / 1000)
            return {"statusCode": 200, "body": "rested"}
    """,
    "greet": """
        from purse.words import GREETING

        def handler(event, context):
            return {"statusCode": 200, "body": GREETING}
    """,
}


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")
    return file


def make_project(root: Path) -> Path:
    write(root / "template.yaml", ROOT_TEMPLATE)
    write(root / "functions/talk/template.yaml", TALK_TEMPLATE)
    write(root / "functions/shop/template.yaml", SHOP_TEMPLATE)
    for name, code in HANDLERS.items():
        write(root / f"functions/shop/{name}.py", code)
    write(root / "layers/core/purse/__init__.py", "")
    write(root / "layers/core/purse/words.py", "GREETING = 'hello'\n")
    return root


def run(root: Path, **options: object) -> LocalPlatform:
    """The project's platform. Its core is not called batua, which other tests of this process import."""
    return LocalPlatform(root, aws=None, seed=None, core=root / "layers/core/purse", **options)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    yield make_project(tmp_path)
    forget_code()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    with run(make_project(tmp_path_factory.mktemp("project"))) as platform:
        yield platform
    forget_code()


@pytest.fixture(autouse=True)
def _bytecode() -> Iterator[None]:
    before = sys.dont_write_bytecode
    yield
    sys.dont_write_bytecode = before


def forget_code() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("purse", "functions")]:
        del sys.modules[name]


def subprocess_environment(**variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("PORT", "STORE", "LOG_LEVEL")}
    return {**inherited, "PYTHONPATH": str(REPOSITORY), **variables}
