"""What stands beside the messages on the page of a conversation."""

from datetime import datetime
from typing import Any

from common.localisation import pick
from dialogue.models import Thread
from dialogue.permissions import can_act, side_in
from dialogue.queries.calls import call_view
from dialogue.queries.people import staff_contact
from dialogue.queries.threads import Name
from matching.choices import Side
from matching.links import outcome_url
from matching.queries.letters import contact_at
from matching.queries.outcomes import outcome_ladder
from matching.queries.questions import open_questions


def thread_context(user: Any, thread: Thread, *, now: datetime) -> dict[str, Any]:
    """The firms, the people one may reach, and the association's person."""
    match = thread.match
    side = side_in(user, thread)
    introduction = match.introduction
    shown = [side.other] if side else [Side.SELLER, Side.BUYER]
    ladder = outcome_ladder(match, side or Side.BUYER)
    may_act = bool(can_act(user, thread))
    is_asked = may_act and open_questions().filter(match=match, side=side).exists()
    return {
        "match": match,
        "side": side,
        "may_act": may_act,
        "firms": [
            {
                "company": match.company_of(each),
                "name": Name(*pick(match.company_of(each), "name")),
                "item": Name(*pick(match.item_of(each), "title")),
                "is_buyer": each == Side.BUYER,
                "contact": contact_at(introduction, each) if side else None,
            }
            for each in shown
        ],
        "own_item": Name(*pick(match.item_of(side), "title")) if side else None,
        "staff_contact": staff_contact(match),
        "introduced_at": introduction.at,
        "view": call_view(thread, side, now=now),
        "ladder": ladder,
        "is_any_told": any(rung.buyer_at or rung.seller_at for rung in ladder),
        "outcome_link": outcome_url(match, side, user) if is_asked and side else "",
    }
