"""Everything a person or a job can do with policies, runs and matches."""

from matching.services.answers import NoRoom, answer_match, take_back_answer, version_of
from matching.services.computation import compute_run
from matching.services.decisions import approve_match, hold_match, reject_match, undo_decision
from matching.services.digests import write_staff_digests
from matching.services.firm_digests import write_firm_digests
from matching.services.introductions import introduce_waiting_matches
from matching.services.learning import learn_policy, lesson_of
from matching.services.outcomes import record_outcome, retract_outcome
from matching.services.pins import pin_match, unpin_match
from matching.services.policies import (
    activate_policy,
    create_policy,
    discard_policy,
    edit_policy,
    ensure_default_policy,
)
from matching.services.priorities import refresh_priorities
from matching.services.publication import expire_matches, publish_due_matches, remind_matches
from matching.services.questions import (
    answer_nothing_yet,
    ask_outcomes,
    rate_cooperation,
    remind_outcomes,
    settle_silence,
)
from matching.services.runs import (
    cancel_run,
    claim_run,
    request_rematch,
    request_run,
    retry_run,
    sweep_runs,
)
from matching.services.withdrawals import (
    mark_stale,
    withdraw_company,
    withdraw_item,
    withdraw_pair,
)

__all__ = [
    "NoRoom",
    "activate_policy",
    "answer_match",
    "answer_nothing_yet",
    "approve_match",
    "ask_outcomes",
    "cancel_run",
    "claim_run",
    "compute_run",
    "create_policy",
    "discard_policy",
    "edit_policy",
    "ensure_default_policy",
    "expire_matches",
    "hold_match",
    "introduce_waiting_matches",
    "learn_policy",
    "lesson_of",
    "mark_stale",
    "pin_match",
    "publish_due_matches",
    "rate_cooperation",
    "record_outcome",
    "refresh_priorities",
    "reject_match",
    "remind_matches",
    "remind_outcomes",
    "request_rematch",
    "request_run",
    "retract_outcome",
    "retry_run",
    "settle_silence",
    "sweep_runs",
    "take_back_answer",
    "undo_decision",
    "unpin_match",
    "version_of",
    "withdraw_company",
    "withdraw_item",
    "withdraw_pair",
    "write_firm_digests",
    "write_staff_digests",
]
