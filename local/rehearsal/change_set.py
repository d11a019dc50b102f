"""`sam deploy` up to the change set, against moto instead of AWS: packages, uploads, and asks CloudFormation for it.

    python -m local.rehearsal.change_set [environment of samconfig.toml]

It runs in a process of its own, as the stand-in answers every AWS client of the process. Nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import tomllib
import warnings
from pathlib import Path
from typing import Any

from local.host import ROOT
from local.model import REGION

_BUCKET = "artifacts-of-the-rehearsal"


def main(environment: str = "default") -> int:
    """Prints the change set's resources as JSON, after what SAM says on stderr."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]
    stack = config["global"]["parameters"]["stack_name"]
    overrides = config["deploy"]["parameters"]["parameter_overrides"]
    os.environ |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "SAM_CLI_TELEMETRY": "0"}
    os.environ |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    stdout, sys.stdout = sys.stdout, sys.stderr
    try:
        changes = _changes(stack, overrides)
    finally:
        sys.stdout = stdout
    print(json.dumps(changes))
    return 0


def _changes(stack: str, overrides: list[str]) -> list[list[str]]:
    import boto3
    from moto import mock_aws
    from samcli.cli.main import cli

    warnings.simplefilter("ignore")
    with mock_aws(), tempfile.TemporaryDirectory() as folder:
        s3: Any = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        empty = Path(folder) / "samconfig.toml"
        empty.write_text("version = 0.1\n")
        command = [
            *("deploy", "--template", str(ROOT / "template.yaml"), "--config-file", str(empty), "--stack-name", stack),
            *("--region", REGION, "--s3-bucket", _BUCKET, "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
            *("--no-confirm-changeset", "--no-execute-changeset", "--no-progressbar", "--parameter-overrides"),
        ]
        cli([*command, *overrides], standalone_mode=False)
        cloudformation: Any = boto3.client("cloudformation", region_name=REGION)
        [summary] = cloudformation.list_change_sets(StackName=stack)["Summaries"]
        described = cloudformation.describe_change_set(ChangeSetName=summary["ChangeSetName"], StackName=stack)
        changes = [each["ResourceChange"] for each in described["Changes"]]
    return [[each["Action"], each["LogicalResourceId"], each["ResourceType"]] for each in changes]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
