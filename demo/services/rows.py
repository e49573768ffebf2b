"""Plans as unsaved rows: the part that both ways of seeding share."""

from typing import Any

from companies.models import Company, CompanyCertification, Item, Need, Offering
from demo.generator.papers import pdf
from demo.generator.plans import CertificatePlan, FirmPlan, ItemPlan
from demo.services.reference import Reference

# What the registration page asks for; the rest of the plan is filled in on the profile page.
ASKED_AT_REGISTRATION = (
    "official_number",
    "name_ko",
    "name_ja",
    "name_en",
    "website",
)


def registered_company(plan: FirmPlan) -> Company:
    """The firm as the registration form hands it over."""
    asked = {name: value for name, value in plan.values.items() if name in ASKED_AT_REGISTRATION}
    return Company(id=plan.id, country=plan.country, **asked)


def fill_profile(company: Company, plan: FirmPlan, reference: Reference) -> list[str]:
    """Set what the profile form asks for; return the names of the fields."""
    profile: dict[str, Any] = {
        name: value for name, value in plan.values.items() if name not in ASKED_AT_REGISTRATION
    }
    profile["region"] = reference.regions[plan.region]
    for name, value in profile.items():
        setattr(company, name, value)
    return list(profile)


def certificate_row(
    company: Company, plan: CertificatePlan, reference: Reference
) -> CompanyCertification:
    return CompanyCertification(
        company=company,
        certification=reference.certifications[plan.certification],
        number=plan.number,
        issuer=plan.issuer,
        issued_on=plan.issued_on,
        expires_on=plan.expires_on,
    )


def item_rows(
    company: Company, plan: FirmPlan, reference: Reference
) -> list[tuple[Item, ItemPlan]]:
    """The firm's offerings, then its needs, unsaved and without their many-to-many fields."""
    return [
        (_item(model, item, company, reference), item)
        for model, items in ((Offering, plan.offerings), (Need, plan.needs))
        for item in items
    ]


def _item(model: type[Item], plan: ItemPlan, company: Company, reference: Reference) -> Item:
    return model(
        id=plan.id,
        company=company,
        unit=reference.units[plan.unit] if plan.unit else None,
        currency=reference.currencies[plan.currency] if plan.currency else None,
        **plan.values,
    )


def related_rows(plan: ItemPlan, reference: Reference) -> dict[str, list[Any]]:
    return {field: reference.related(field, codes) for field, codes in plan.related.items()}


def certificate_file(plan: CertificatePlan) -> dict[str, Any]:
    """The certificate as a document (name, content)."""
    lines = [
        "CERTIFICATE (demo)",
        plan.certification,
        f"No. {plan.number}",
        f"Issued {plan.issued_on}, valid until {plan.expires_on}",
    ]
    return {"name": f"{plan.certification}.pdf", "content": pdf(lines)}


def proof_file(company: Company) -> dict[str, Any]:
    """What the firm hands in for its verification (name, content)."""
    lines = ["EXTRACT OF THE REGISTER (demo)", company.name_en, company.formatted_number]
    return {"name": f"register-{company.official_number}.pdf", "content": pdf(lines)}
