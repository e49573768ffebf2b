"""What the apps below tell of, written as events in the transaction of the effect."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from api.hooks.choices import EventType
from api.hooks.models import Endpoint
from api.hooks.payloads import match_to_firms, match_to_staff, row
from api.hooks.services import record_event
from companies.models import Company
from companies.signals import company_erased, company_verified
from matching.choices import Side
from matching.models import Introduction, Match, MatchRun, Outcome
from matching.signals import answered, introduced, outcome_recorded, published, run_ended


@receiver(company_verified, sender=Company, dispatch_uid="hooks")
def on_company_verified(company: Company, now: datetime, **kwargs: Any) -> None:
    until = company.verified_until
    data = {
        "company": row("companies", company.pk),
        "verified_until": until.isoformat() if until else None,
    }
    record_event(
        type=EventType.COMPANY_VERIFIED,
        key=f"company:{company.pk}",
        data=data,
        of_firms={company.pk: data},
        now=now,
    )


@receiver(published, sender=Match, dispatch_uid="hooks")
def on_published(match: Match, now: datetime, **kwargs: Any) -> None:
    expires = match.expires_at.isoformat() if match.expires_at else None
    _of_match(EventType.MATCH_APPROVED, match, tuple(Side), now, answer_until=expires)


@receiver(answered, sender=Match, dispatch_uid="hooks")
def on_answered(match: Match, side: str, kind: str, now: datetime, **kwargs: Any) -> None:
    """The other firm does not hear of it: what it may know is in its match."""
    record_event(
        type=EventType.MATCH_ANSWERED,
        key=f"match:{match.pk}",
        data=match_to_staff(match, side=side, answer=kind),
        of_firms=match_to_firms(match, side, answer=kind),
        now=now,
    )


@receiver(introduced, sender=Introduction, dispatch_uid="hooks")
def on_introduced(introduction: Introduction, now: datetime, **kwargs: Any) -> None:
    _of_match(EventType.MATCH_INTRODUCED, introduction.match, tuple(Side), now)


@receiver(outcome_recorded, sender=Outcome, dispatch_uid="hooks")
def on_outcome_recorded(outcome: Outcome, match: Match, now: datetime, **kwargs: Any) -> None:
    """Told to the firm that said it; the other one is asked to confirm in its own time."""
    record_event(
        type=EventType.OUTCOME_RECORDED,
        key=f"match:{match.pk}",
        data=match_to_staff(match, side=outcome.side, stage=outcome.stage),
        of_firms=match_to_firms(match, outcome.side, stage=outcome.stage),
        now=now,
    )


@receiver(run_ended, sender=MatchRun, dispatch_uid="hooks")
def on_run_ended(run: MatchRun, state: str, now: datetime, **kwargs: Any) -> None:
    """Neither simulations nor the runs of a single changed firm, which come by the dozen."""
    if run.company_id is None and not run.is_simulation:
        record_event(
            type=EventType.RUN_FINISHED,
            key=f"run:{run.pk}",
            data={"run": row("runs", run.pk), "state": state},
            now=now,
        )


@receiver(company_erased, dispatch_uid="hooks")
def on_company_erased(company_id: UUID, **kwargs: Any) -> None:
    Endpoint.objects.filter(company=company_id).delete()


def _of_match(
    event_type: EventType, match: Match, sides: tuple[str, ...], now: datetime, **facts: Any
) -> None:
    record_event(
        type=event_type,
        key=f"match:{match.pk}",
        data=match_to_staff(match, **facts),
        of_firms=match_to_firms(match, *sides, **facts),
        now=now,
    )
