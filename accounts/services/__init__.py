"""What people, and staff about people, can do; one module a noun."""

from accounts.services.erasure import ask_erasure, cancel_erasure, erase_due, forget_consents
from accounts.services.exports import (
    build_export,
    expire_exports,
    note_download,
    request_export,
    waiting_exports,
)
from accounts.services.people import (
    appoint_staff,
    give_consent,
    give_consents,
    open_account,
    withdraw_consent,
)
from accounts.services.renewals import ask_consents_again, end_consents, renew_consent
from accounts.services.sessions import end_session, end_sessions
from accounts.services.staff import (
    change_role,
    deactivate_staff,
    invite_staff,
    join_staff,
    reactivate_staff,
    resend_staff_invitation,
    withdraw_staff_invitation,
)
from accounts.services.trail import note_register_export, note_trail_export

__all__ = [
    "appoint_staff",
    "ask_consents_again",
    "ask_erasure",
    "build_export",
    "cancel_erasure",
    "change_role",
    "deactivate_staff",
    "end_consents",
    "end_session",
    "end_sessions",
    "erase_due",
    "expire_exports",
    "forget_consents",
    "give_consent",
    "give_consents",
    "invite_staff",
    "join_staff",
    "note_download",
    "note_register_export",
    "note_trail_export",
    "open_account",
    "reactivate_staff",
    "renew_consent",
    "request_export",
    "resend_staff_invitation",
    "waiting_exports",
    "withdraw_consent",
    "withdraw_staff_invitation",
]
