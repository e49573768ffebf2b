"""Everything that writes about firms, their people and their items; one module a noun."""

from companies.services.certificates import (
    remind_of_certificates,
    remove_certificate,
    save_certificate,
    tell_expired_certificates,
)
from companies.services.checking import begin_check, end_check, judge_proof, note_viewed
from companies.services.claiming import (
    ask_domain_proof,
    claim_by_link,
    claim_by_own_address,
    own_address_at,
)
from companies.services.closing import close_company, erase_closed, reopen_company
from companies.services.duplicates import dismiss_duplicate, find_duplicates, possible_duplicates
from companies.services.invitations import (
    accept_invitation,
    invite,
    resend,
    withdraw_invitation,
)
from companies.services.item_sets import ItemChange, save_items
from companies.services.items import (
    a_year_from,
    close_item,
    open_item,
    ready_item,
    renew_item,
    save_item,
    tell_of_ending_items,
)
from companies.services.lookups import ask_registries
from companies.services.mail_choices import choose_mail
from companies.services.membership import (
    ask_to_join,
    decide_join_request,
    hand_on_join_requests,
    hand_over,
    remove_member,
    set_member_role,
)
from companies.services.merging import merge_companies, preview_merge, undo_merge
from companies.services.profile import (
    block_company,
    save_company,
    unblock_company,
)
from companies.services.proofs import (
    add_proof,
    erase_old_proofs,
    replace_proof,
    withdraw_proof,
)
from companies.services.registration import (
    AlreadyRegistered,
    register_company,
    submit_company,
    submit_with_items,
)
from companies.services.renewal import ask_renewal, remind_of_renewals
from companies.services.verification import (
    lapse_verifications,
    reinstate_company,
    required_checks,
    return_company,
    suspend_company,
    verify_company,
)

__all__ = [
    "AlreadyRegistered",
    "ItemChange",
    "a_year_from",
    "accept_invitation",
    "add_proof",
    "ask_domain_proof",
    "ask_registries",
    "ask_renewal",
    "ask_to_join",
    "begin_check",
    "block_company",
    "choose_mail",
    "claim_by_link",
    "claim_by_own_address",
    "close_company",
    "close_item",
    "decide_join_request",
    "dismiss_duplicate",
    "end_check",
    "erase_closed",
    "erase_old_proofs",
    "find_duplicates",
    "hand_on_join_requests",
    "hand_over",
    "invite",
    "judge_proof",
    "lapse_verifications",
    "merge_companies",
    "note_viewed",
    "open_item",
    "own_address_at",
    "possible_duplicates",
    "preview_merge",
    "ready_item",
    "register_company",
    "reinstate_company",
    "remind_of_certificates",
    "remind_of_renewals",
    "remove_certificate",
    "remove_member",
    "renew_item",
    "reopen_company",
    "replace_proof",
    "required_checks",
    "resend",
    "return_company",
    "save_certificate",
    "save_company",
    "save_item",
    "save_items",
    "set_member_role",
    "submit_company",
    "submit_with_items",
    "suspend_company",
    "tell_expired_certificates",
    "tell_of_ending_items",
    "unblock_company",
    "undo_merge",
    "verify_company",
    "withdraw_invitation",
    "withdraw_proof",
]
