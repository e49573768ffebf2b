from django.urls import path, register_converter
from django.urls.converters import StringConverter

from companies.views import (
    certificates,
    directory,
    drafts,
    firm,
    imports,
    invitations,
    items,
    joining,
    mail_preferences,
    proofs,
    registering,
    team,
    verification,
)


class ItemKindConverter(StringConverter):
    regex = "offering|need"


register_converter(ItemKindConverter, "item_kind")

app_name = "companies"
urlpatterns = [
    path("settings/mail/", mail_preferences.mail_preferences, name="mail_preferences"),
    path("m/<str:token>/", mail_preferences.mail_by_link, name="mail_by_link"),
    path("directory/", directory.directory, name="directory"),
    path("directory/suggestions/", directory.suggestions, name="directory_suggestions"),
    path("directory/<uuid:pk>/", directory.company, name="company"),
    path("directory/<uuid:pk>/block/", directory.block, name="company_block"),
    path("company/", firm.profile, name="profile"),
    path("company/welcome/", registering.welcome, name="welcome"),
    path("company/register/", registering.register, name="register"),
    path("company/register/number/", registering.number_check, name="number_check"),
    path("company/start/", registering.start, name="start"),
    path(
        "company/start/<item_kind:kind>/concepts/",
        registering.start_concepts,
        name="start_concepts",
    ),
    path("company/edit/", firm.profile_edit, name="profile_edit"),
    path("company/submit/", firm.submit, name="submit"),
    path("company/certificates/", certificates.certificates, name="certificates"),
    path(
        "company/certificates/<int:pk>/remove/",
        certificates.certificate_remove,
        name="certificate_remove",
    ),
    path("company/certificates/<int:pk>/", certificates.certificate_edit, name="certificate_edit"),
    path("company/certificates/<int:pk>/file/", proofs.certificate_file, name="certificate_file"),
    path("company/documents/", proofs.proofs, name="proofs"),
    path("company/documents/<int:pk>/file/", proofs.proof_file, name="proof_file"),
    path("company/documents/<int:pk>/replace/", proofs.proof_replace, name="proof_replace"),
    path("company/documents/<int:pk>/withdraw/", proofs.proof_withdraw, name="proof_withdraw"),
    path("company/blocks/", firm.blocks, name="blocks"),
    path("company/blocks/<int:pk>/remove/", firm.block_remove, name="block_remove"),
    path("company/team/", team.team, name="team"),
    path("company/team/<int:pk>/role/", team.member_role, name="member_role"),
    path("company/team/<int:pk>/remove/", team.member_remove, name="member_remove"),
    path("company/team/<int:pk>/hand-over/", team.hand_over, name="hand_over"),
    path("company/team/invite/", invitations.invite, name="invite"),
    path(
        "company/team/invitations/<uuid:pk>/resend/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "company/team/invitations/<uuid:pk>/withdraw/",
        invitations.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("i/<str:token>/", invitations.invitation, name="invitation"),
    path("company/requests/<int:pk>/", team.join_decide, name="join_decide"),
    path("company/<uuid:pk>/join/", joining.join, name="join"),
    path("company/<uuid:pk>/claim/", joining.claim, name="claim"),
    path("drafts/<slug:key>/", drafts.draft, name="draft"),
    path("items/", items.items, name="items"),
    path("items/offerings/new/", items.offering_new, name="offering_new"),
    path("items/offerings/<uuid:pk>/", items.offering_edit, name="offering_edit"),
    path("items/needs/new/", items.need_new, name="need_new"),
    path("items/needs/<uuid:pk>/", items.need_edit, name="need_edit"),
    path("items/<item_kind:kind>/concepts/", items.concept_suggest, name="concept_suggest"),
    path("items/<item_kind:kind>/<uuid:pk>/close/", items.item_close, name="item_close"),
    path("items/<item_kind:kind>/<uuid:pk>/reopen/", items.item_reopen, name="item_reopen"),
    path("items/<item_kind:kind>/<uuid:pk>/renew/", items.item_renew, name="item_renew"),
    path("staff/verification/", verification.verification, name="verification"),
    path(
        "staff/verification/<uuid:pk>/",
        verification.verification_detail,
        name="verification_detail",
    ),
    path(
        "staff/verification/<uuid:pk>/registers/",
        verification.registers_ask,
        name="registers_ask",
    ),
    path("staff/verification/<uuid:pk>/verify/", verification.verify, name="verify"),
    path("staff/verification/<uuid:pk>/return/", verification.give_back, name="give_back"),
    path("staff/verification/<uuid:pk>/suspend/", verification.suspend, name="suspend"),
    path("staff/verification/<uuid:pk>/reinstate/", verification.reinstate, name="reinstate"),
    path("staff/imports/", imports.imports, name="imports"),
    path("staff/imports/new/", imports.import_new, name="import_new"),
    path("staff/imports/<uuid:pk>/", imports.import_detail, name="import_detail"),
    path("staff/imports/<uuid:pk>/start/", imports.import_start, name="import_start"),
    path("staff/imports/<uuid:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("staff/imports/<uuid:pk>/errors.csv", imports.import_errors, name="import_errors"),
]
