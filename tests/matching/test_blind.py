"""The leak test: what a firm that hides its name, and its people, give away before both accept.

The counterpart looks at every page of the permission table it may open, in three languages, with
every search it could think of; so does a visitor; and it reads every mail written to it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from companies.choices import VerificationDecision
from companies.models import Company, Verification
from companies.services import block_company
from mailing.models import Message
from matching.choices import AnswerKind, DeclineReason, Side
from matching.links import answer_url, outcome_url
from matching.models import Match
from matching.services import expire_matches, remind_matches
from tests.factories import CompanyFactory, NeedFactory, OfferingFactory, SectorFactory
from tests.matching.scenes import answer, member_of, published_match
from tests.permission_scene import arguments
from tests.test_permission_table import TABLE

pytestmark = pytest.mark.django_db

# What identifies each side; the letters are compared without width, case, spaces and hyphens.
SECRETS = {
    Side.SELLER: {
        "name_ko": "주식회사 비밀정밀",
        "name_ja": "ヒミツ精密工業",
        "name_en": "Bimil Precision Co., Ltd.",
        "official_number": "1248100998",
        "website": "https://www.bimil-precision.co.kr/intro",
        "address": "경상남도 창원시 성산구 비밀로 271",
        "representative": "변사또",
        "stock_code": "059091",
    },
    Side.BUYER: {
        "name_ko": "가쿠레 화학",
        "name_ja": "株式会社カクレ化学",
        "name_en": "Kakure Chemical K.K.",
        "name_kana": "カクレカガク",
        "official_number": "7000012050002",
        "website": "https://kakure-kagaku.co.jp/",
        "address": "愛知県豊田市隠町3丁目14番",
        "representative": "隠岐太郎",
    },
}
PEOPLE = {
    Side.SELLER: {
        "name": "성춘향",
        "email": "chun@bimil-precision.co.kr",
        "phone": "+821099998888",
    },
    Side.BUYER: {"name": "浦島花子", "email": "hana@kakure-kagaku.co.jp", "phone": "+819077776666"},
}
TELLING = {
    Side.SELLER: [
        "비밀정밀",
        "ヒミツ精密",
        "bimil",
        "1248100998",
        "비밀로271",
        "변사또",
        "059091",
        "성춘향",
        "chun@",
        "99998888",
    ],
    Side.BUYER: [
        "가쿠레화학",
        "カクレ化学",
        "カクレカガク",
        "kakure",
        "7000012050002",
        "隠町",
        "隠岐太郎",
        "浦島花子",
        "hana@",
        "77776666",
    ],
}
# Each firm gives itself away in its own texts.
WRITTEN = {
    Side.SELLER: (
        "㈜비밀정밀의 부품. 비밀 정밀 / ＢＩＭＩＬ precision / ヒミツ精密 / ﾋﾐﾂ精密工業,"
        " 대표 변사또,"
        " 성춘향 chun@bimil-precision.co.kr, www.bimil-precision.co.kr, 010-9999-8888,"
        " 사업자 124-81-00998, 창원시 성산구 비밀로 271, 종목 059091"
    ),
    Side.BUYER: (
        "(株)カクレ化学の調達。ｶｸﾚ化学、かくれかがく、KAKURE CHEMICAL、가쿠레 화학、"
        "担当 浦島 花子、"
        "hana@kakure-kagaku.co.jp、090-7777-6666、法人番号 7-0000-1205-0002、"
        "豊田市隠町3丁目14番、代表 隠岐太郎"
    ),
}


@dataclass
class Blind:
    """A match as its `reader` side sees it; the firm of `secret` hides its name."""

    match: Match
    secret: Side

    @property
    def reader(self) -> Side:
        return self.secret.other

    @property
    def person(self) -> User:
        return member_of(self.match, self.reader)

    @property
    def firm(self) -> Company:
        return self.match.company_of(self.secret)


def firm_of(side: Side, *, is_hidden: bool) -> Company:
    country = "KR" if side == Side.SELLER else "JP"
    firm = CompanyFactory(
        country=country,
        with_owner=True,
        is_name_hidden=is_hidden,
        employees=4321,
        sectors=[SectorFactory()],
        about_en=WRITTEN[side],
        **SECRETS[side],
    )
    people = User.objects.filter(memberships__company=firm)
    EmailAddress.objects.filter(user__in=people).update(email=PEOPLE[side]["email"])
    people.update(**PEOPLE[side])
    Verification.objects.create(
        company=firm,
        decision=VerificationDecision.VERIFIED,
        checked=["website"],
        note=WRITTEN[side],
        at=timezone.now(),
    )
    return firm


KINDS = ("seller", "buyer", "both, read by the seller", "both, read by the buyer")


@pytest.fixture(params=KINDS)
def blind(request: pytest.FixtureRequest) -> Blind:
    secret = Side.BUYER if request.param in ("buyer", "both, read by the seller") else Side.SELLER
    hidden = set(Side) if "both" in request.param else {secret}
    seller = firm_of(Side.SELLER, is_hidden=Side.SELLER in hidden)
    buyer = firm_of(Side.BUYER, is_hidden=Side.BUYER in hidden)
    words = {
        side: {f"{field}_{lang}": WRITTEN[side] for field in ("title", "text") for lang in langs}
        for side, langs in ((Side.SELLER, ("ko", "en")), (Side.BUYER, ("ja", "en")))
    }
    for texts in words.values():
        texts.update({name: text[:199] for name, text in texts.items() if "title" in name})
    shared = [["비밀정밀", "ヒミツ精密"], ["カクレ化学", "カクレ化学"]]
    match = published_match(
        need=NeedFactory(company=buyer, **words[Side.BUYER]),
        offering=OfferingFactory(company=seller, **words[Side.SELLER]),
        reasons={
            "fits": [{"code": "shared_words", "args": {"words": shared}}],
            "accepts": [],
            "missing": [],
        },
    )
    return Blind(match, secret)


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s\u200b-]+", "", plain)


def leaks(text: str, secret: Side) -> list[str]:
    shown = folded(text)
    return [telling for telling in TELLING[secret] if folded(telling) in shown]


def everything_in(response: HttpResponse) -> str:
    """Body with comments and attributes, headers, cookies and where it leads."""
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{heads}\n{response.cookies}\n{response.getvalue().decode(errors='replace')}"


def addresses(blind: Blind) -> Iterator[str]:
    """Everything of the table that is asked for by GET, then what the counterpart may guess."""
    owner = blind.match.company_of(blind.reader).memberships.get()
    args = arguments(blind.match, owner)
    args["matching:answer"] = [link_part(answer_url(blind.match, blind.reader, blind.person))]
    args["matching:outcome"] = [link_part(outcome_url(blind.match, blind.reader, blind.person))]
    for name, (method, _letters) in sorted(TABLE.items()):
        # The invitation in the scene is the seller's own, for people that firm chooses.
        is_theirs = name == "companies:invitation" and blind.secret == Side.SELLER
        if method == "GET" and not is_theirs:
            yield reverse(name, args=args.get(name, []))
    for folder in ("open", "waiting", "introduced", "ended"):
        yield f"{reverse('matching:inbox')}?folder={folder}"
    for page in ("companies:company", "companies:join"):
        yield reverse(page, args=[blind.firm.pk])
    yield from ("/sitemap.xml", "/robots.txt", "/no-such-page/")
    # A search gives back what was typed, so only words that are no secret of the other side are.
    for words in ("photoresist", "포토레지스트", "정밀", "化学", "precision"):
        yield f"{reverse('companies:directory')}?q={words}"
        yield f"{reverse('companies:blocks')}?q={words}"


def link_part(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]


@pytest.mark.parametrize(
    ("blind", "language"),
    [*zip(KINDS, ("ja", "ko", "en", "ko"), strict=True), ("seller", "en")],
    indirect=["blind"],
)
def test_no_page_of_the_counterpart_gives_the_firm_away(blind: Blind, language: str) -> None:
    User.objects.filter(pk=blind.person.pk).update(language=language)
    block_company(
        company=blind.match.company_of(blind.reader),
        blocked=blind.firm,
        is_blind=True,
        actor=blind.person,
        now=timezone.now(),
    )
    found = {}
    client = Client(headers={"accept-language": language})
    for address in addresses(blind):
        client.force_login(blind.person)
        if told := leaks(everything_in(client.get(address)), blind.secret):
            found[address] = told
    assert not found


@pytest.mark.parametrize("blind", ["seller", "buyer"], indirect=True)
def test_no_public_page_gives_the_firm_away(blind: Blind) -> None:
    found = {}
    client = Client()
    for address in addresses(blind):
        if address.startswith(("/a/", "/o/")):
            continue
        if told := leaks(everything_in(client.get(address)), blind.secret):
            found[address] = told
    assert not found


def test_the_match_pages_name_no_address_under_which_the_firm_is_listed(blind: Blind) -> None:
    client = Client()
    client.force_login(blind.person)
    pages = [
        reverse("matching:inbox"),
        reverse("matching:match", args=[blind.match.pk]),
        answer_url(blind.match, blind.reader, blind.person).split("/", 3)[3].join(("/", "")),
        reverse("portal:home"),
        reverse("companies:blocks"),
    ]
    for page in pages:
        assert str(blind.firm.pk) not in everything_in(client.get(page)), page


@pytest.mark.parametrize(
    ("blind", "ending"),
    [
        *[(kind, ending) for kind in KINDS[:2] for ending in ("declined", "expired")],
        (KINDS[2], "not_now"),
        (KINDS[3], "blocked"),
    ],
    indirect=["blind"],
)
def test_no_mail_gives_the_firm_away(blind: Blind, ending: str) -> None:
    now = timezone.now()
    if ending == "expired":
        later = now + timedelta(days=12)
        assert remind_matches(now=later) == 1
        expire_matches(now=now + timedelta(days=22))
    elif ending == "blocked":
        firm, other = blind.firm, blind.match.company_of(blind.reader)
        block_company(
            company=firm, blocked=other, actor=member_of(blind.match, blind.secret), now=now
        )
    elif ending == "declined":
        answer(
            blind.match,
            blind.secret,
            AnswerKind.DECLINED,
            reason=DeclineReason.PRICE,
            note=WRITTEN[blind.secret],
            is_note_shared=True,
        )
    else:
        answer(blind.match, blind.secret, AnswerKind.NOT_NOW)
    mails = Message.objects.filter(user=blind.person)
    assert mails.count() >= 2
    for mail in mails:
        everything = "\n".join((mail.subject, mail.text, mail.html, str(mail.headers)))
        assert leaks(everything, blind.secret) == [], mail.kind
        assert str(blind.firm.pk) not in everything
    client = Client()
    client.force_login(blind.person)
    page = client.get(reverse("matching:match", args=[blind.match.pk]))
    assert leaks(everything_in(page), blind.secret) == []


def test_contact_data_stay_hidden_where_the_name_is_shown() -> None:
    seller, buyer = (firm_of(side, is_hidden=False) for side in (Side.SELLER, Side.BUYER))
    match = published_match(
        need=NeedFactory(company=buyer, text_ja=WRITTEN[Side.BUYER], text_en=""),
        offering=OfferingFactory(company=seller, text_ko=WRITTEN[Side.SELLER], text_en=""),
    )
    client = Client()
    client.force_login(member_of(match, Side.BUYER))
    page = folded(client.get(reverse("matching:match", args=[match.pk])).content.decode())
    assert "비밀정밀" in page
    for contact in ("chun@", "99998888"):
        assert contact not in page


def test_after_both_accepted_everything_is_shown(blind: Blind) -> None:
    for side in Side:
        answer(blind.match, side)
    client = Client()
    client.force_login(blind.person)
    page = client.get(reverse("matching:match", args=[blind.match.pk])).content.decode()
    assert folded(PEOPLE[blind.secret]["email"]) in folded(page)
    assert leaks(page, blind.secret)
    assert WRITTEN[blind.secret][-20:] in page or "…" in page
