"""POST /api/v1/health/dead-letters/{queue}/replay"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.platform.dead_letters import DEAD_LETTERS_NOT_FOUND, DeadLettersReplayed, replay_dead_letters


@endpoint(
    "POST",
    "/api/v1/health/dead-letters/{queue}/replay",
    caller=user_caller("platform:admin"),
    response=DeadLettersReplayed,
    errors=(DEAD_LETTERS_NOT_FOUND,),
    parameters={"queue": "The name of the queue, such as `lost_notices`."},
)
def handler(call: Call[None]) -> DeadLettersReplayed:
    """Move the messages of a dead-letter queue back to the queue they came from, up to 1,000 at a time.

    Mend what made them fail first: each is tried five times again. Messages that were delivered after all are not
    delivered twice.
    """
    return replay_dead_letters(call)
