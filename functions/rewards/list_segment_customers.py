"""GET /api/v1/rewards/programs/{id}/segments/{segment}"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw, Reply
from batua.identity.caller import user_caller
from batua.rewards import programs, segment_report
from batua.rewards.segment_report import SegmentCustomer, SegmentCustomersQuery


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}/segments/{segment}",
    caller=user_caller("tenant:admin"),
    request=SegmentCustomersQuery,
    response=Success(list[SegmentCustomer], media=("application/json", "text/csv")),
    errors=segment_report.SEGMENT_CUSTOMERS_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={
        "id": "The program, `prg_…` or `waty_…`.",
        "segment": "`champions`, `loyal`, `new`, `promising`, `needs_attention`, `at_risk`, `hibernating` or `lost`.",
    },
)
def handler(call: Call[SegmentCustomersQuery]) -> Reply | Raw:
    """List the customers of a segment, by the scores of the latest report. For the program's owner.

    Phone numbers are masked. A CSV file has them whole: it takes a proof of identity in `X-Reauthentication`.
    """
    return segment_report.list_segment_customers(call)
