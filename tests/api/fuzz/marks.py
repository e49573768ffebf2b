"""Whatever people wrote, with a mark of its own in it, and who may read the mark.

The marks are written past the rules of the product: what matters is who is shown them. A text
field that is neither marked nor named as plain fails a test.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import models

from accounts.models import User
from companies.models import Company, Membership
from matching.choices import Side
from matching.models import Introduction, Match

#: Only its person.
PERSON: Final = "person"
#: Only the association.
STAFF: Final = "staff"
#: Its firm, the association, and the firms it was introduced to.
FIRM: Final = "firm"
#: Besides these the firms on the other side of its matches.
PAIR: Final = "pair"

TOLD: Final[dict[str, dict[str, str]]] = {
    "accounts.User": dict.fromkeys(("email", "name", "name_kana", "title", "phone"), FIRM),
    "accounts.StaffInvitation": {"email": STAFF, "name": STAFF},
    "api.Token": {"name": PERSON},
    "hooks.Endpoint": {"name": PERSON, "address": PERSON},
    "hooks.Secret": {"salt": PERSON},
    "hooks.Attempt": {"body": PERSON},
    "documents.Document": {"name": FIRM},
    "mailing.Message": dict.fromkeys(("to", "subject", "text", "html", "last_error"), FIRM),
    "mailing.Suppression": {"address": STAFF},
    "mailing.MailEvent": {"detail": STAFF},
    "companies.Company": dict.fromkeys(
        (
            *("name_ko", "name_ja", "name_en", "name_kana", "name_key"),
            *("source_list", "source_id", "website", "address", "representative", "stock_code"),
        ),
        FIRM,
    ),
    "companies.CompanyCertification": dict.fromkeys(("number", "scope"), FIRM),
    "companies.JoinRequest": {"message": FIRM},
    "companies.Verification": {"note": STAFF},
    "companies.FormDraft": {"device": PERSON},
    "companies.SavedMapping": {"name": STAFF},
    "companies.ImportJob": dict.fromkeys(("filename", "revert_reason", "source_list"), FIRM),
    "companies.ImportRowError": {"value": FIRM},
    "companies.ImportChange": {"label": FIRM},
    "companies.Invitation": {"email": FIRM},
    "companies.DomainProof": {"address": FIRM},
    "companies.CompanyMerge": {"note": STAFF},
    "companies.RegistryCheck": {"error": STAFF},
    **{
        f"companies.{item}": {
            **dict.fromkeys(
                [f"{a}_{b}" for a in ("title", "text") for b in ("ko", "ja", "en")], PAIR
            ),
            **dict.fromkeys(("price_min", "price_max", "source_id"), FIRM),
        }
        for item in ("Need", "Offering")
    },
    "dialogue.Post": {"text": FIRM},
    "dialogue.Call": {"url": FIRM},
    "dialogue.Proposal": {"url": FIRM},
    "insights.Approach": {"note": STAFF, "result_note": STAFF},
    "insights.GapReport": {"failure": STAFF},
    "insights.TradeUpload": {"filename": STAFF},
    "matching.MatchPolicy": {"name": STAFF, "activation_reason": STAFF},
    "matching.PolicyActivation": {"reason": STAFF},
    "matching.Match": {"hold_note": STAFF},
    "matching.Review": {"note": STAFF},
    "matching.Answer": {"note": FIRM},
    "matching.SavedView": {"name": STAFF},
    "matching.BulkDecision": {"note": STAFF},
    "matching.StaffNote": {"text": STAFF},
    "matching.StaffQuestion": {"words": FIRM, "words_of_firm": FIRM, "answer": FIRM},
    "matching.Question": {"note": STAFF},
    "matching.Satisfaction": {"note": FIRM},
    "matching.Outcome": {"note": FIRM},
}
#: Texts that are public, or codes that no person wrote.
PLAIN: Final[dict[str, tuple[str, ...]]] = {
    "accounts.User": ("password",),
    "accounts.Consent": ("wording_version",),
    "accounts.DataExport": ("object_id",),
    "api.KeptAnswer": ("key", "fingerprint", "content_type"),
    "api.Token": ("hint", "digest"),
    "api.TokenUse": ("route", "object_id"),
    "companies.Company": ("official_number", "industry", "about_ko", "about_ja", "about_en"),
    "companies.CompanyCertification": ("issuer",),
    "companies.DomainProof": ("official_number",),
    "companies.FormDraft": ("key",),
    "companies.ImportJob": ("sha256", "encoding", "preset", "failure"),
    "companies.ImportRowError": ("column", "code"),
    "companies.JoinRequest": ("official_number",),
    "companies.RegistryCheck": ("official_number",),
    "companies.SearchEntry": ("name_key", "names", "titles", "body"),
    "common.AuditEvent": ("actor_label", "verb", "object_type", "object_id", "reason"),
    "documents.Document": ("media_type", "sha256"),
    "hooks.Delivery": ("key",),
    "hooks.Event": ("key",),
    "hooks.Stream": ("key",),
    "insights.Approach": ("code",),
    "insights.GoodsGap": ("code",),
    "insights.Journey": ("end_reason",),
    "insights.TradeFigure": ("goods", "key"),
    "insights.TradeUpload": ("source", "source_url", "sha256"),
    "mailing.Announcement": tuple(
        f"{a}_{b}" for a in ("subject", "body") for b in ("ko", "ja", "en")
    ),
    "mailing.MailEvent": ("key",),
    "mailing.Message": ("kind", "dedupe_key", "context_key", "message_id", "provider_id"),
    "matching.BulkItem": ("why",),
    "matching.MatchEvent": ("reason",),
    "matching.MatchRun": ("snapshot", "failure"),
    "matching.NeedFeatures": ("digest",),
    "matching.OfferingFeatures": ("digest",),
}
APPS: Final = ("accounts", "api", "common", "companies", "dialogue", "documents", "hooks")
APPS_ABOVE: Final = ("insights", "mailing", "matching")
SHORTEST: Final = 12


@dataclass(frozen=True)
class Mark:
    text: str
    where: str
    audience: str
    firms: frozenset[UUID]
    people: frozenset[int]

    def is_for(self, person: User | None) -> bool:
        if person is None:
            return False
        if self.audience == PERSON:
            return person.pk in self.people
        if person.is_association_staff:
            return True
        own = {each.company_id for each in person.memberships.all()}
        return self.audience != STAFF and (
            not own.isdisjoint(self.firms) or person.pk in self.people
        )


def texts_of(model: type[models.Model]) -> set[str]:
    """Fields in which a text of a person's fits."""
    return {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and (field.max_length or SHORTEST) >= SHORTEST
    }


def models_with_texts() -> Iterator[type[models.Model]]:
    for app in (*APPS, *APPS_ABOVE):
        yield from (each for each in apps.get_app_config(app).get_models() if texts_of(each))


def mark_everything() -> list[Mark]:
    """Write a mark into every field of TOLD, and the official numbers as they are."""
    Company.objects.exclude(state="unclaimed").update(is_name_hidden=True)
    firms = Firms()
    marks = []
    for label, fields in TOLD.items():
        model = apps.get_model(label)
        for row in model._default_manager.order_by("pk"):
            values = {}
            own, people = firms.of(row), people_of(row)
            for field, audience in fields.items():
                text, values[field] = _mark(len(marks), model._meta.get_field(field))
                readers = own | firms.met(own) | (firms.matched(own) if audience == PAIR else set())
                marks.append(
                    Mark(text, f"{label}.{field}", audience, frozenset(readers), frozenset(people))
                )
            model._default_manager.filter(pk=row.pk).update(**values)
    for firm in Company.objects.exclude(official_number=None).exclude(official_number=""):
        readers = frozenset({firm.pk} | firms.met({firm.pk}))
        where = "companies.Company.official_number"
        marks.append(Mark(firm.official_number, where, FIRM, readers, frozenset()))
    return marks


def _mark(number: int, field: Any) -> tuple[str, Any]:
    """(what is looked for, what is written): in the shape that the field's readers expect."""
    if isinstance(field, models.DecimalField):
        text = f"97531{number:05d}"
        return text, int(text)
    text = f"qzx{number:05d}"
    shapes = {
        "email": f"{text}@mark.example",
        "to": f"{text}@mark.example",
        "phone": f"+8297531{number:05d}",
        "website": f"https://{text}.example/",
        "address": f"https://{text}.example/",
        "url": f"https://{text}.example/",
    }
    return (f"97531{number:05d}" if field.name == "phone" else text), shapes.get(field.name, text)


class Firms:
    """Which firms know of each other."""

    def __init__(self) -> None:
        self._matched: dict[UUID, set[UUID]] = defaultdict(set)
        self._met: dict[UUID, set[UUID]] = defaultdict(set)
        introduced = set(Introduction.objects.values_list("match", flat=True))
        for match in Match.objects.with_sides().exclude(published_at=None):
            for side in Side:
                one, other = match.company_of(side).pk, match.company_of(side.other).pk
                self._matched[one].add(other)
                if match.pk in introduced:
                    self._met[one].add(other)

    def matched(self, own: set[UUID]) -> set[UUID]:
        return set().union(*(self._matched[each] for each in own))

    def met(self, own: set[UUID]) -> set[UUID]:
        return set().union(*(self._met[each] for each in own))

    def of(self, row: Any) -> set[UUID]:
        """Whose the row is."""
        if isinstance(row, Company):
            return {row.pk}
        if isinstance(row, User):
            return set(Membership.objects.filter(user=row).values_list("company", flat=True))
        if hasattr(row, "company_id") and row.company_id:
            return {row.company_id}
        if hasattr(row, "match") and hasattr(row, "side"):
            return {row.match.company_of(Side(row.side)).pk}
        if hasattr(row, "match"):
            return {row.match.buyer.pk, row.match.seller.pk}
        for parent in ("thread", "call", "job", "endpoint", "delivery", "post", "message"):
            if getattr(row, parent, None) is not None:
                return self.of(getattr(row, parent))
        people = User.objects.filter(pk__in=people_of(row))
        return set().union(*(self.of(each) for each in people))


def people_of(row: Any) -> set[int]:
    if isinstance(row, User):
        return {row.pk}
    if hasattr(row, "endpoint") or hasattr(row, "delivery"):
        return people_of(getattr(row, "endpoint", None) or row.delivery.endpoint)
    names = ("user", "owner", "author", "uploaded_by", "requested_by", "created_by")
    return {pk for name in names if (pk := getattr(row, f"{name}_id", None))}
