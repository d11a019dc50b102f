"""On deployment: puts the portal's pages into their bucket when they have changed, and tells CloudFormation."""

import os
from pathlib import Path
from typing import Any

from batua import aws
from batua.platform import publish, site


def handler(event: dict[str, Any], context: Any) -> None:
    def run() -> dict[str, int]:
        files = site.read_files(Path(os.environ["PORTAL_FOLDER"]))
        return publish.publish(aws.client("s3"), os.environ["PORTAL_BUCKET"], files)

    publish.answer_cloudformation(event, run)
