"""GET /api/v1/rewards/programs/{id}/segments"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.identity.caller import user_caller
from batua.rewards import programs, segment_report
from batua.rewards.segment_report import CustomerReport, SegmentsQuery


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}/segments",
    caller=user_caller("tenant:admin"),
    request=SegmentsQuery,
    response=Success(CustomerReport, media=("application/json", "text/csv")),
    errors=segment_report.SEGMENT_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…` or `waty_…`."},
)
def handler(call: Call[SegmentsQuery]) -> CustomerReport | Raw:
    """Report a program's customers by segment (recency, frequency, value) and by monthly cohort with retention.

    For the program's owner. The first request has the report made, which takes some minutes; from then on it is kept up
    to date: by the hour, or by the night with more than 5,000 customers.
    """
    return segment_report.read_segments(call)
