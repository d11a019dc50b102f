from pathlib import Path

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public_caller
from batua.platform.health import VersionOut, build_version


@endpoint("GET", "/api/v1/health/version", caller=public_caller(), response=VersionOut)
def handler(call: Call[None]) -> VersionOut:
    """Version, build and stage of this deployment.

    `build` is the commit that the function was packed from, `source` where it runs from the source tree.
    """
    return build_version(Path(__file__).with_name("build.txt"))
