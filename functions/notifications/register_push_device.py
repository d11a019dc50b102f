"""POST /api/v1/notifications/push"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.notifications.push_devices import (
    TOO_MANY_DEVICES,
    PushDevicesOut,
    RegisterDevice,
    prefetch_push_devices,
    register_push_device,
)


@endpoint(
    "POST",
    "/api/v1/notifications/push",
    caller=user_caller(),
    request=RegisterDevice,
    response=PushDevicesOut,
    errors=(TOO_MANY_DEVICES, VERSION_CONFLICT),
    prefetch=prefetch_push_devices,
)
def handler(call: Call[RegisterDevice]) -> PushDevicesOut:
    """Register a browser for notifications (Web Push). Messages are encrypted for it, and contain only a title."""
    return register_push_device(call)
