"""Everything a person or a job can do with policies, runs and matches."""

from matching.services.answers import Given, NoRoom, answer_match, take_back_answer, version_of
from matching.services.asking import (
    answer_staff_question,
    ask_firm,
    close_silent_questions,
    withdraw_question,
)
from matching.services.bulk import request_bulk, run_bulk, sweep_bulk
from matching.services.claims import (
    assign_matches,
    claim_match,
    forget_old_claims,
    open_next,
    release_claims,
)
from matching.services.computation import compute_run
from matching.services.decisions import (
    approve_match,
    hold_match,
    reject_match,
    send_back,
    undo_decision,
)
from matching.services.digests import write_staff_digests
from matching.services.firm_digests import write_firm_digests
from matching.services.handing_back import hand_back
from matching.services.introductions import introduce_waiting_matches
from matching.services.learning import learn_policy, lesson_of
from matching.services.notes import add_note, edit_note, pin_note
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
from matching.services.run_changes import forget_old_changes
from matching.services.runs import (
    cancel_run,
    claim_run,
    request_nightly_run,
    request_rematch,
    request_rematches,
    request_run,
    retry_run,
    sweep_runs,
)
from matching.services.saved_views import (
    remove_view,
    save_view,
    set_default_view,
    share_view,
)
from matching.services.simulations import request_simulation
from matching.services.withdrawals import (
    mark_stale,
    withdraw_company,
    withdraw_item,
    withdraw_pair,
)

__all__ = [
    "Given",
    "NoRoom",
    "activate_policy",
    "add_note",
    "answer_match",
    "answer_nothing_yet",
    "answer_staff_question",
    "approve_match",
    "ask_firm",
    "ask_outcomes",
    "assign_matches",
    "cancel_run",
    "claim_match",
    "claim_run",
    "close_silent_questions",
    "compute_run",
    "create_policy",
    "discard_policy",
    "edit_note",
    "edit_policy",
    "ensure_default_policy",
    "expire_matches",
    "forget_old_changes",
    "forget_old_claims",
    "hand_back",
    "hold_match",
    "introduce_waiting_matches",
    "learn_policy",
    "lesson_of",
    "mark_stale",
    "open_next",
    "pin_match",
    "pin_note",
    "publish_due_matches",
    "rate_cooperation",
    "record_outcome",
    "refresh_priorities",
    "reject_match",
    "release_claims",
    "remind_matches",
    "remind_outcomes",
    "remove_view",
    "request_bulk",
    "request_nightly_run",
    "request_rematch",
    "request_rematches",
    "request_run",
    "request_simulation",
    "retract_outcome",
    "retry_run",
    "run_bulk",
    "save_view",
    "send_back",
    "set_default_view",
    "settle_silence",
    "share_view",
    "sweep_bulk",
    "sweep_runs",
    "take_back_answer",
    "undo_decision",
    "unpin_match",
    "version_of",
    "withdraw_company",
    "withdraw_item",
    "withdraw_pair",
    "withdraw_question",
    "write_firm_digests",
    "write_staff_digests",
]
