"""How firms come in: registered, filled in, joined by colleagues, submitted, decided by staff."""

from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from random import Random
from typing import Final

from accounts.models import User
from companies.choices import (
    REQUIRED_CHECKS,
    MemberRole,
    ProofKind,
    ReturnReason,
    VerificationCheck,
)
from companies.models import Company, Membership
from companies.services import (
    add_proof,
    ask_to_join,
    decide_join_request,
    register_company,
    return_company,
    save_certificate,
    save_company,
    save_item,
    set_member_role,
    submit_company,
    suspend_company,
    verify_company,
)
from demo.generator.plans import FirmPlan, PersonPlan
from demo.services.agenda import Agenda, office_hour
from demo.services.people import Staff, open_member
from demo.services.reference import Reference
from demo.services.remarks import Remarks
from demo.services.rows import (
    certificate_file,
    certificate_row,
    fill_profile,
    item_rows,
    proof_file,
    registered_company,
    related_rows,
)
from taxonomy.choices import Country
from taxonomy.models import Sector

SOMETIMES_CHECKED: Final = (VerificationCheck.WEBSITE, VerificationCheck.DOCUMENTS)
# The remarks of kind `return` stand in this order.
RETURNED_FOR: Final = (ReturnReason.NAME_DIFFERS, ReturnReason.PROFILE_INCOMPLETE)


class FirmFate(Enum):
    """What becomes of a registration."""

    VERIFIED = auto()
    DRAFT = auto()
    WAITING = auto()
    RETURNED = auto()
    MENDED = auto()
    SUSPENDED = auto()
    LAPSED = auto()


class Registrations:
    """Puts the story of each firm into the agenda; everything goes through the services."""

    def __init__(
        self,
        *,
        agenda: Agenda,
        reference: Reference,
        staff: Staff,
        remarks: Remarks,
        rng: Random,
    ) -> None:
        self._agenda = agenda
        self._reference = reference
        self._staff = staff
        self._remarks = remarks
        self._rng = rng

    def begin(self, plan: FirmPlan, fate: FirmFate, *, at: datetime) -> None:
        self._agenda.at(at, partial(self._register, plan, fate))

    def _register(self, plan: FirmPlan, fate: FirmFate, now: datetime) -> None:
        owner = open_member(plan.owner, now=now)
        company = register_company(
            company=registered_company(plan), sectors=self._sectors(plan), owner=owner, now=now
        )
        filled = self._later(now, minutes=40, act=partial(self._fill_in, plan, company, owner))
        for colleague in plan.people[1:]:
            self._later(now, minutes=300, act=partial(self._join, colleague, company, owner))
        # Handed in an hour after its items, and by then a firm must say where it is.
        items = max(filled, office_hour(now, self._rng.uniform(0, 2), self._rng))
        self._agenda.at(items, partial(self._add_items, plan, company, owner, fate))

    def _fill_in(self, plan: FirmPlan, company: Company, owner: User, now: datetime) -> None:
        changed = fill_profile(company, plan, self._reference)
        save_company(
            company=company,
            sectors=self._sectors(plan),
            changed=[*changed, "sectors"],
            actor=owner,
            now=now,
        )
        for certificate in plan.certificates:
            save_certificate(
                certificate=certificate_row(company, certificate, self._reference),
                upload=certificate_file(certificate),
                actor=owner,
                now=now,
            )

    def _join(self, plan: PersonPlan, company: Company, owner: User, now: datetime) -> None:
        colleague = open_member(plan, now=now)
        request = ask_to_join(
            company=company,
            user=colleague,
            message=self._remarks.draw("join", company.native_language),
            now=now,
        )
        decide_join_request(
            request=request, is_accepted=True, actor=owner, now=now + timedelta(minutes=25)
        )
        if plan.role == MemberRole.VIEWER:
            set_member_role(
                membership=Membership.objects.get(company=company, user=colleague),
                role=MemberRole.VIEWER,
                actor=owner,
                now=now + timedelta(minutes=26),
            )

    def _add_items(
        self, plan: FirmPlan, company: Company, owner: User, fate: FirmFate, now: datetime
    ) -> None:
        for item, item_plan in item_rows(company, plan, self._reference):
            save_item(
                item=item,
                related=related_rows(item_plan, self._reference),
                actor=owner,
                now=now,
            )
        if fate != FirmFate.DRAFT:
            self._later(now, minutes=60, act=partial(self._submit, company, owner, fate))

    def _submit(self, company: Company, owner: User, fate: FirmFate, now: datetime) -> None:
        if not company.proofs.exists():
            add_proof(
                company=company,
                kind=ProofKind.BUSINESS_REGISTRATION
                if company.country == Country.KR
                else ProofKind.REGISTER_EXTRACT,
                **proof_file(company),
                actor=owner,
                now=now,
            )
        submit_company(company=company, actor=owner, now=now)
        checked = office_hour(now, self._rng.uniform(1, 3), self._rng)
        match fate:
            case FirmFate.WAITING:
                pass
            case FirmFate.RETURNED | FirmFate.MENDED:
                self._agenda.at(checked, partial(self._return, company, owner, fate))
            case _:
                self._agenda.at(checked, partial(self._verify, company, fate))

    def _verify(self, company: Company, fate: FirmFate, now: datetime) -> None:
        extra = [check for check in SOMETIMES_CHECKED if self._rng.random() < 0.5]
        verify_company(
            company=company,
            checked=[*REQUIRED_CHECKS, *extra],
            actor=self._reviewer(company),
            now=now,
        )
        if fate == FirmFate.SUSPENDED:
            later = office_hour(now, self._rng.uniform(20, 40), self._rng)
            self._agenda.at(later, partial(self._suspend, company))

    def _return(self, company: Company, owner: User, fate: FirmFate, now: datetime) -> None:
        reason = self._rng.choice(RETURNED_FOR)
        return_company(
            company=company,
            reasons=[reason],
            note=self._remarks.draw("return", company.native_language, RETURNED_FOR.index(reason)),
            actor=self._reviewer(company),
            now=now,
        )
        if fate == FirmFate.MENDED:
            again = office_hour(now, self._rng.uniform(1, 4), self._rng)
            self._agenda.at(again, partial(self._submit, company, owner, FirmFate.VERIFIED))

    def _suspend(self, company: Company, now: datetime) -> None:
        suspend_company(
            company=company,
            note=self._remarks.draw("suspend", company.native_language),
            actor=self._staff.supervisor,
            now=now,
        )

    def _sectors(self, plan: FirmPlan) -> list[Sector]:
        return [self._reference.sectors[code] for code in plan.sectors]

    def _reviewer(self, company: Company) -> User:
        return self._staff.reviewers[company.native_language]

    def _later(self, now: datetime, *, minutes: int, act: partial[None]) -> datetime:
        moment = now + timedelta(minutes=self._rng.randint(minutes // 2, minutes))
        self._agenda.at(moment, act)
        return moment
