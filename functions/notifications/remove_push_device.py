"""DELETE /api/v1/notifications/push/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.notifications.push_devices import (
    PUSH_DEVICE_NOT_FOUND,
    PushDevicesOut,
    prefetch_push_devices,
    remove_push_device,
)


@endpoint(
    "DELETE",
    "/api/v1/notifications/push/{id}",
    caller=user_caller(),
    response=PushDevicesOut,
    errors=(PUSH_DEVICE_NOT_FOUND, VERSION_CONFLICT),
    prefetch=prefetch_push_devices,
    parameters={"id": "One of your devices, `psh_…`."},
)
def handler(call: Call[None]) -> PushDevicesOut:
    """Stop notifications on one of your browsers."""
    return remove_push_device(call)
