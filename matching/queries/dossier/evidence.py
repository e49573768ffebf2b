"""What backs the two firms' words: certificates, documents, registers, and what staff checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from companies.models import Company, CompanyCertification, Proof, RegistryCheck, Verification
from matching.choices import Side
from matching.models import Match
from taxonomy.models import Certification

SHOWN_CHECKS: Final = 3


@dataclass(frozen=True, slots=True)
class Requirement:
    """A certification the buyer asks for. `standing` of the seller's certificate that answers it:
    `valid`, `endless`, `ends_soon`, `expired`; `claimed`: the offering says so, no certificate is
    on the list; `missing`."""

    certification: Certification
    is_required: bool
    standing: str
    certificate: CompanyCertification | None = None


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    certificate: CompanyCertification
    standing: str
    days_left: int | None


@dataclass(frozen=True, slots=True)
class FirmEvidence:
    """What one firm has shown, and what staff and registers said of it."""

    side: Side
    company: Company
    certificates: list[HeldCertificate]
    proofs: list[Proof]
    registers: list[RegistryCheck]
    last_decision: Verification | None

    @property
    def is_bare(self) -> bool:
        return not (self.certificates or self.proofs or self.registers or self.last_decision)


@dataclass(frozen=True, slots=True)
class Evidence:
    requirements: list[Requirement]
    firms: list[FirmEvidence]


def evidence(match: Match, *, today: date) -> Evidence:
    return Evidence(
        requirements=list(_requirements(match, today)),
        firms=[_firm(side, match.company_of(side), today) for side in (Side.BUYER, Side.SELLER)],
    )


STANDINGS: Final = ("valid", "endless", "ends_soon", "expired")


def _requirements(match: Match, today: date) -> Iterator[Requirement]:
    claimed = set(match.offering.certifications.all())
    held: dict[Any, list[CompanyCertification]] = {}
    for certificate in match.seller.certificates.all():
        held.setdefault(certificate.certification, []).append(certificate)
    required = set(match.need.required_certifications.all())
    for wanted in sorted(
        required | set(match.need.certifications.all()),
        key=lambda each: (each not in required, str(each)),
    ):
        # Of several certificates the one that holds longest answers.
        best = min(
            held.get(wanted, []),
            key=lambda each: STANDINGS.index(each.standing(today)),
            default=None,
        )
        standing = best.standing(today) if best else "claimed" if wanted in claimed else "missing"
        yield Requirement(wanted, wanted in required, standing, best)


def _firm(side: Side, company: Company, today: date) -> FirmEvidence:
    return FirmEvidence(
        side=side,
        company=company,
        certificates=[
            HeldCertificate(each, each.standing(today), each.days_left(today))
            for each in company.certificates.all()
        ],
        proofs=list(company.proofs.all()),
        registers=list(company.registry_checks.all())[:SHOWN_CHECKS],
        last_decision=next(iter(company.verifications.all()), None),
    )
