"""Who can log in to the demo. Plain data: the launcher prints it before Django is there."""

from dataclasses import dataclass
from typing import Final

# For the demo only: `manage.py seed` refuses to run outside GAGYO_LOCAL.
PASSWORD: Final = "bridge-demo-2026"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """`staff_role` is empty for people of firms. `role` is what the launcher prints."""

    role: str
    email: str
    language: str
    name: str
    staff_role: str = ""
    password: str = PASSWORD


ADMINISTRATOR: Final = DemoLogin(
    "administrator", "admin@gagyo.example", "en", "Robin Park", "administrator"
)
SUPERVISOR: Final = DemoLogin(
    "supervisor", "supervisor@gagyo.example", "ko", "서다인", "supervisor"
)
REVIEWER_KO: Final = DemoLogin(
    "reviewer, Korean", "reviewer.ko@gagyo.example", "ko", "문하람", "reviewer"
)
REVIEWER_JA: Final = DemoLogin(
    "reviewer, Japanese", "reviewer.ja@gagyo.example", "ja", "三枝 紬", "reviewer"
)
OWNER_KO: Final = DemoLogin("owner of a Korean firm", "owner.ko@gagyo.example", "ko", "윤서온")
OWNER_JA: Final = DemoLogin("owner of a Japanese firm", "owner.ja@gagyo.example", "ja", "蓮見 透")
MEMBER_EN: Final = DemoLogin(
    "editor in the Korean firm, reads English", "editor.en@gagyo.example", "en", "Alex Chung"
)

STAFF: Final = (ADMINISTRATOR, SUPERVISOR, REVIEWER_KO, REVIEWER_JA)
DEMO_LOGINS: Final = (*STAFF, OWNER_KO, OWNER_JA, MEMBER_EN)
