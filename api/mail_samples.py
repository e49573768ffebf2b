"""An example of every mail about tokens (see `mailing.samples`)."""

from datetime import timedelta
from typing import Any, Final

from accounts.mail_samples import AT, sample_user
from api.choices import Scope
from api.models import Token
from mailing.choices import Category
from mailing.samples import Sample, sample_link


def _token(language: str) -> dict[str, Any]:
    user = sample_user(language)
    token = Token(
        user=user,
        name="ERP",
        scopes=[Scope.FIRM],
        created_at=AT,
        last_used_at=AT,
        expires_at=AT + timedelta(days=7),
    )
    return {
        "user": user,
        "token": token,
        "is_system": False,
        "tokens_url": sample_link("/account/tokens/"),
    }


def _rotated(language: str) -> dict[str, Any]:
    made = _token(language)
    made["token"].scopes = [Scope.DATA]
    replaced = Token(name="ERP", hint="gagyo_Xw3k9q", expires_at=AT + timedelta(days=1))
    return made | {
        "replaced": replaced,
        "still_stands": True,
        "is_system": True,
        "tokens_url": sample_link("/accounts/login/"),
    }


_VALUES: Final = {"issued": _token, "rotated": _rotated, "ending": _token}
SAMPLES: Final = tuple(
    Sample(f"token_{kind}", Category.ACCOUNT, f"tokens/mail/{kind}", values)
    for kind, values in _VALUES.items()
)
