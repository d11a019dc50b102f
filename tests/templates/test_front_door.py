"""The front door sends each request to the domain that serves it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.templates.stacks import ROOT, Route, Stack, functions, obey, stacks


def test_every_route_is_reached_through_the_front_door() -> None:
    """CloudFront takes the first path pattern that matches; a route that another domain's pattern catches is a 404."""
    (root,) = [stack for stack in stacks() if stack.file == ROOT / "template.yaml"]
    config = root.resources["FrontDoor"]["Properties"]["DistributionConfig"]
    folders = {origin["Id"]: _folder(root, origin["DomainName"]) for origin in config["Origins"]}
    behaviours = [(_pattern(each["PathPattern"]), each["TargetOriginId"]) for each in config["CacheBehaviors"]]
    default = config["DefaultCacheBehavior"]["TargetOriginId"]

    def served_by(route: Route) -> Path | None:
        path = re.sub(r"\{\w+\}", "x", route.path).replace("{proxy+}", "x/y")
        return folders[next((origin for pattern, origin in behaviours if pattern.fullmatch(path)), default)]

    obey(
        "the front door's path patterns lead every route to its own domain",
        (
            f"{function}: {route} goes to {served_by(route)}"
            for function in functions()
            for route in function.routes
            if served_by(route) != function.stack.file.parent
        ),
    )


def _folder(root: Stack, domain_name: Any) -> Path | None:
    """The domain's folder whose API an origin names; None for the bucket of the pages."""
    resource, output = domain_name["Fn::GetAtt"]
    location = root.resources[resource]["Properties"].get("Location")
    return (root.file.parent / location).parent if location and output == "Outputs.ApiHost" else None


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in path))
