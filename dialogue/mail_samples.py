"""An example of every mail of a conversation (see `mailing.samples`)."""

from typing import Any, Final

from accounts.mail_samples import AT, sample_user
from common.localisation import pick
from companies.mail_samples import sample_company
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


SAMPLES: Final = (Sample("thread_posts", Category.MATCHES, "dialogue/mail/posts", _posts),)
