"""Every minute: carries changed networks to the members whose counters they have not reached."""

from typing import Any

from batua import clock, observe
from batua.rewards.program_carry import carry_program, waiting_programs
from batua.store.store import store

RESERVE_MS = 15_000
LATE_MS = 10 * 60_000
"""After so long members' counters work by settings that were changed: someone has to look."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def more_time() -> bool:
        return int(context.get_remaining_time_in_millis()) > RESERVE_MS

    done = late = 0
    for marker in waiting_programs(store()):
        program = str(marker["sk"])
        try:
            carried = carry_program(store(), program, more_time)
        except Exception:
            carried = False
            observe.log().exception("a program was not carried to its members", extra={"program": program})
        done += carried
        late += not carried and clock.system() - int(marker["at"]) > LATE_MS
    observe.tally(ProgramsCarried=done, ProgramsLate=late)
    return {"carried": done, "late": late}
