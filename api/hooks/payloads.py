"""What an event says: ids, states and addresses of the API, never a person or a name."""

import json
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from api.hooks.models import Delivery
from matching.choices import Side
from matching.models import Match

API_VERSION: Final = "v1"


def body_of(delivery: Delivery) -> bytes:
    """The same bytes at every attempt."""
    event = delivery.event
    told = {
        "id": str(event.pk),
        "type": event.type,
        "created": event.created_at.isoformat(),
        "api_version": API_VERSION,
        "key": delivery.key,
        "sequence": delivery.sequence,
        "data": delivery.data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def row(noun: str, pk: UUID | int) -> dict[str, str]:
    """A row of the API by its id and address."""
    return {"id": str(pk), "url": f"{settings.PUBLIC_URL}/api/{API_VERSION}/{noun}/{pk}/"}


def match_to_staff(match: Match, **facts: Any) -> dict[str, Any]:
    return {
        "match": row("matches", match.pk),
        "buyer": row("companies", match.buyer.pk),
        "seller": row("companies", match.seller.pk),
        **facts,
    }


def match_to_firms(match: Match, *sides: str, **facts: Any) -> dict[UUID, dict[str, Any]]:
    """For the firm of each side: nothing of the other firm, whose name may be hidden."""
    return {
        match.company_of(Side(side)).pk: {
            "match": row("matches", match.pk),
            "company": row("companies", match.company_of(Side(side)).pk),
            "side": side,
            **facts,
        }
        for side in sides
    }
