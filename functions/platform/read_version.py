from pathlib import Path

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public
from batua.platform.health import Version, version


@endpoint("GET", "/api/v1/health/version", caller=public(), response=Version)
def handler(call: Call[None]) -> Version:
    """Version, build and stage of this deployment.

    `build` is the commit that the function was packed from, `source` where it runs from the source tree.
    """
    return version(Path(__file__).with_name("build.txt"))
