"""An example of every mail of a conversation (see `mailing.samples`)."""

from datetime import UTC, datetime
from typing import Any, Final

from accounts.mail_samples import AT, sample_user
from common.localisation import pick
from companies.mail_samples import sample_company
from dialogue.calendars import warnings
from dialogue.choices import CallLength, CallPlace
from mailing.choices import Category
from mailing.samples import Sample, in_words, sample_link
from taxonomy.choices import Country

WRITER: Final = in_words(
    "김민수, 주식회사 한빛소재",
    "김민수、주식회사 한빛소재",
    "Kim Minsu, Hanbit Materials Co., Ltd.",
)
POST: Final = "안녕하세요. 소개를 받고 연락드립니다. 문의하신 규격의 시험 성적서를 첨부합니다."


def firm_name(language: str) -> str:
    return pick(sample_company(Country.KR), "name", language)[0]


def _posts(language: str) -> dict[str, Any]:
    return {
        "recipient": sample_user(language),
        "firms": firm_name(language),
        "count": 2,
        "excerpts": [
            {"writer": WRITER[language], "at": AT, "text": POST, "language": "ko"},
            {"writer": WRITER[language], "at": AT, "text": "", "language": "ko"},
        ],
        "thread_url": sample_link("/messages/00000000-0000-0000-0000-000000000000/"),
    }


def _call(language: str, **more: Any) -> dict[str, Any]:
    return {
        "recipient": sample_user(language),
        "firms": firm_name(language),
        "starts_at": AT,
        "length": str(CallLength.HOUR.label),
        "place": str(CallPlace.VIDEO.label),
        "file_url": sample_link("/c/sample/call.ics"),
        "thread_url": sample_link("/messages/00000000-0000-0000-0000-000000000000/"),
        "was_agreed": False,
        **more,
    }


def _proposed(language: str) -> dict[str, Any]:
    holiday = datetime(2027, 1, 1, 6, tzinfo=UTC)
    slots = [
        {"starts_at": AT, "warnings": []},
        {"starts_at": holiday, "warnings": warnings(holiday, CallLength.HOUR, language)},
    ]
    return _call(language, slots=slots)


def _agreed_anew(language: str) -> dict[str, Any]:
    return _call(language, was_agreed=True)


def _taken_back(language: str) -> dict[str, Any]:
    return _call(language, file_url="")


def _row(kind: str, context: Any, variant: str = "") -> Sample:
    return Sample(kind, Category.MATCHES, f"dialogue/mail/{kind}", context, variant=variant)


SAMPLES: Final = (
    Sample("thread_posts", Category.MATCHES, "dialogue/mail/posts", _posts),
    _row("call_proposed", _proposed),
    _row("call_agreed", _call),
    _row("call_agreed", _agreed_anew, "new_time"),
    _row("call_cancelled", _agreed_anew),
    _row("call_cancelled", _taken_back, "taken_back"),
    _row("call_reminder", _call),
)
