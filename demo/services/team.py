"""The people around the demo's owners: a colleague who looks on, and one who is still invited."""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import User
from accounts.services import open_account
from companies.choices import MemberRole
from companies.models import Company
from companies.services import accept_invitation, invite
from demo.logins import OWNER_JA, OWNER_KO
from demo.services.people import CONSENTS

# Owner's address → the colleague who came, and the address of the one who has not answered.
COLLEAGUES: Final = {
    OWNER_KO.email: (("viewer.ko@gagyo.example", "배도윤"), "invited.ko@gagyo.example"),
    OWNER_JA.email: (("viewer.ja@gagyo.example", "早瀬 灯"), "invited.ja@gagyo.example"),
}
CAME: Final = timedelta(days=20)
INVITED: Final = timedelta(days=2)


def gather_teams(*, now: datetime) -> None:
    """Through the invitations that anybody would send."""
    for address, (came, waiting) in COLLEAGUES.items():
        owner = User.objects.filter(email=address).first()
        firm = Company.objects.of_member(owner).order_by("pk").first() if owner else None
        if owner is None or firm is None:
            continue
        email, name = came
        colleague = open_account(
            email=email,
            password=None,
            name=name,
            language=owner.language,
            kinds=CONSENTS,
            now=now - CAME,
        )
        invitation = invite(
            company=firm,
            email=email,
            role=MemberRole.VIEWER,
            language=owner.language,
            actor=owner,
            now=now - CAME,
        )
        accept_invitation(invitation=invitation, user=colleague, now=now - CAME)
        invite(
            company=firm,
            email=waiting,
            role=MemberRole.EDITOR,
            language=owner.language,
            actor=owner,
            now=now - INVITED,
        )
