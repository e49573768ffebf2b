"""What every kind of mail is called, in lists and figures about mails."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

# A kind that stands in no line here fails a test.
NAMES: Final[dict[str, str | Promise]] = {
    "email_confirmation_signup": pgettext_lazy(
        "kind of mail", "E-mail address to confirm, at sign-up"
    ),
    "email_confirmation": pgettext_lazy("kind of mail", "E-mail address to confirm"),
    "account_already_exists": pgettext_lazy(
        "kind of mail", "Sign-up with an address that has an account"
    ),
    "password_reset_key": pgettext_lazy("kind of mail", "Link for a new password"),
    "unknown_account": pgettext_lazy("kind of mail", "Password asked for without an account"),
    "password_reset": pgettext_lazy("kind of mail", "Password changed by the link"),
    "password_changed": pgettext_lazy("kind of mail", "Password changed"),
    "password_set": pgettext_lazy("kind of mail", "Password set"),
    "email_changed": pgettext_lazy("kind of mail", "E-mail address changed"),
    "email_confirm": pgettext_lazy("kind of mail", "E-mail address confirmed"),
    "email_deleted": pgettext_lazy("kind of mail", "E-mail address removed"),
    "totp_activated": pgettext_lazy("kind of mail", "Two-factor log-in switched on"),
    "totp_deactivated": pgettext_lazy("kind of mail", "Two-factor log-in switched off"),
    "recovery_codes_generated": pgettext_lazy("kind of mail", "New recovery codes issued"),
    "consent_result": pgettext_lazy("kind of mail", "Result of a consent"),
    "consent_renewal": pgettext_lazy("kind of mail", "Renewal of the consent"),
    "staff_invitation": pgettext_lazy("kind of mail", "Invitation of staff"),
    "staff_told": pgettext_lazy("kind of mail", "Change among staff, to administrators"),
    "staff_changed": pgettext_lazy("kind of mail", "Change of one's own staff role"),
    "account_export_ready": pgettext_lazy("kind of mail", "Copy of one's data"),
    "account_erasure_asked": pgettext_lazy("kind of mail", "Erasure of an account announced"),
    "account_erasure_cancelled": pgettext_lazy("kind of mail", "Erasure of an account cancelled"),
    "account_erasure_held": pgettext_lazy("kind of mail", "Erasure of an account held up"),
    "company_verified": pgettext_lazy("kind of mail", "Firm verified"),
    "company_returned": pgettext_lazy("kind of mail", "Profile returned"),
    "company_lapsed": pgettext_lazy("kind of mail", "Verification lapsed"),
    "company_suspended": pgettext_lazy("kind of mail", "Firm suspended"),
    "company_reinstated": pgettext_lazy("kind of mail", "Suspension ended"),
    "company_merged": pgettext_lazy("kind of mail", "Two records merged"),
    "company_unmerged": pgettext_lazy("kind of mail", "Merge undone"),
    "company_items_ending": pgettext_lazy("kind of mail", "Items about to end"),
    "company_certificate_ends": pgettext_lazy("kind of mail", "Certificate about to end"),
    "company_renewal": pgettext_lazy("kind of mail", "Verification about to end"),
    "company_claim_link": pgettext_lazy("kind of mail", "Confirmation of a claim"),
    "company_join_asked": pgettext_lazy("kind of mail", "Request to join a firm"),
    "company_join_accepted": pgettext_lazy("kind of mail", "Request to join accepted"),
    "company_invitation": pgettext_lazy("kind of mail", "Invitation to a firm"),
    "company_closed": pgettext_lazy("kind of mail", "Firm closed"),
    "company_reopened": pgettext_lazy("kind of mail", "Firm opened again"),
    "company_invitation_accepted": pgettext_lazy("kind of mail", "Invitation to a firm accepted"),
    "company_join_refused": pgettext_lazy("kind of mail", "Request to join refused"),
    "announcement": pgettext_lazy("kind of mail", "News by mail"),
    "match": pgettext_lazy("kind of mail", "Match"),
    "match_reminder": pgettext_lazy("kind of mail", "Reminder of a match"),
    "match_declined": pgettext_lazy("kind of mail", "Match declined"),
    "match_expired": pgettext_lazy("kind of mail", "Match expired"),
    "match_introduction": pgettext_lazy("kind of mail", "Introduction"),
    "match_outcome": pgettext_lazy("kind of mail", "Question about the outcome"),
    "match_outcome_reminder": pgettext_lazy(
        "kind of mail", "Question about the outcome, once more"
    ),
    "match_confirm": pgettext_lazy("kind of mail", "Outcome to confirm"),
    "staff_question": pgettext_lazy("kind of mail", "Question of the association"),
    "match_digest": pgettext_lazy("kind of mail", "Digest of open matches"),
    "staff_digest": pgettext_lazy("kind of mail", "Daily digest for staff"),
    "thread_posts": pgettext_lazy("kind of mail", "New messages"),
    "call_proposed": pgettext_lazy("kind of mail", "Call proposed"),
    "call_agreed": pgettext_lazy("kind of mail", "Call agreed"),
    "call_cancelled": pgettext_lazy("kind of mail", "Call called off"),
    "call_reminder": pgettext_lazy("kind of mail", "Reminder of a call"),
    "token_issued": pgettext_lazy("kind of mail", "Token made"),
    "token_rotated": pgettext_lazy("kind of mail", "New key of a system"),
    "token_ending": pgettext_lazy("kind of mail", "Token about to end"),
    "webhook_off": pgettext_lazy("kind of mail", "Webhook switched off"),
}


def kind_name(kind: str) -> str:
    """The name in the active language; of a kind that is sent no more its code."""
    return str(NAMES.get(kind, kind))
