"""GET /api/v1/notifications/push"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications.push_devices import PushDevicesOut, list_push_devices, prefetch_push_devices


@endpoint(
    "GET",
    "/api/v1/notifications/push",
    caller=user_caller(),
    response=PushDevicesOut,
    prefetch=prefetch_push_devices,
)
def handler(call: Call[None]) -> PushDevicesOut:
    """List the browsers that you get notifications on, with the key to register one (VAPID)."""
    return list_push_devices(call)
