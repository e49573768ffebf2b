"""An example of every mail about a firm (see `mailing.samples`)."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

from accounts.mail_samples import AT, sample_user
from companies.choices import (
    CompanyState,
    JoinKind,
    MemberRole,
    ProofFault,
    ProofKind,
    ReturnReason,
)
from companies.models import Company, Offering
from mailing.choices import Category
from mailing.samples import Sample, in_words, sample_link
from taxonomy.choices import Country

MESSAGES: Final = in_words(
    "해외영업팀에서 일하고 있습니다.\n사내 담당자로 함께하고 싶습니다.",
    "調達部に所属しております。\n当社の担当者として参加を希望します。",
    "I work in the purchasing department.\nI would like to act for our firm.",
)
NOTES: Final = in_words(
    "사업자등록증의 대표자 이름이 프로필과 다릅니다.",
    "登記上の代表者名がプロフィールと異なります。",
    "The representative's name differs from the one in the register.",
)


NEWS: Final = in_words(
    "서울 소재·부품 상담회에 초대합니다",
    "ソウル素材・部品商談会のご案内",
    "Materials and components: meet in Seoul",
)
NEWS_TEXT: Final = in_words(
    "12월 3일 서울 코엑스에서 한일 기업 상담회를 엽니다.\n\n11월 27일까지 참가를 신청해 주십시오.",
    "12月3日にソウルのCOEXで日韓企業の商談会を開催いたします。\n\n11月27日までにお申し込みください。",
    "Korean and Japanese firms meet at COEX in Seoul on 3 December.\n\nSign up by 27 November.",
)


def sample_company(country: str = Country.JP) -> Company:
    if country == Country.KR:
        names = {
            "name_ko": "주식회사 한빛소재",
            "name_ja": "株式会社ハンビット素材",
            "name_en": "Hanbit Materials Co., Ltd.",
        }
    else:
        names = {
            "name_ko": "주식회사 신세이정밀",
            "name_ja": "株式会社新生精密",
            "name_en": "Shinsei Precision Co., Ltd.",
        }
    return Company(
        country=country,
        state=CompanyState.VERIFIED,
        verified_until=AT + timedelta(days=365),
        **names,
    )


def _firm(language: str) -> dict[str, Any]:
    country = Country.KR if language == "ko" else Country.JP
    return {
        "company": sample_company(country),
        "page_url": sample_link("/company/"),
        "items_url": sample_link("/items/"),
    }


def _join(language: str, kind: str) -> dict[str, Any]:
    request = SimpleNamespace(user=sample_user(language), kind=kind, message=MESSAGES[language])
    return {**_firm(language), "request": request}


def _invitation(language: str) -> dict[str, Any]:
    return {
        **_firm(language),
        "inviter": sample_user(language),
        "role": MemberRole.EDITOR,
        "until": AT + timedelta(days=14),
        "invitation_url": sample_link("/i/…/"),
    }


def _invitation_accepted(language: str) -> dict[str, Any]:
    member = sample_user(language)
    return {
        **_firm(language),
        "member": member,
        "role": MemberRole.VIEWER,
        "invited": member.email,
    }


def _certificate(language: str) -> dict[str, Any]:
    last_day = (AT + timedelta(days=30)).date()
    held = SimpleNamespace(certification="ISO 9001", number="QM-2031", expires_on=last_day)
    return {
        **_firm(language),
        "certificate": held,
        "page_url": sample_link("/company/certificates/"),
    }


def _closed(language: str) -> dict[str, Any]:
    return {
        **_firm(language),
        "person": sample_user(language),
        "until": AT + timedelta(days=30),
        "reopen_url": sample_link("/company/00000000-0000-0000-0000-000000000000/closed/"),
    }


def _claim_link(language: str) -> dict[str, Any]:
    return {
        **_firm(language),
        "claimant": sample_user(language),
        "claim_url": sample_link("/company/claims/…/"),
        "hours": 48,
    }


def _returned(language: str) -> dict[str, Any]:
    verification = SimpleNamespace(
        reason_labels=[reason.label for reason in list(ReturnReason)[:2]], note=NOTES[language]
    )
    rejected = SimpleNamespace(
        get_kind_display=ProofKind.BUSINESS_REGISTRATION.label,
        get_fault_display=ProofFault.OUTDATED.label,
    )
    return {**_firm(language), "verification": verification, "rejected": [rejected]}


def _suspended(language: str) -> dict[str, Any]:
    return {**_firm(language), "verification": SimpleNamespace(note=NOTES[language])}


def _merged(language: str, *, is_newcomer: bool) -> dict[str, Any]:
    firm = _firm(language)
    absorbed = sample_company(firm["company"].country)
    absorbed.name_en = f"{absorbed.name_en} (Korea)" if language == "ko" else absorbed.name_en
    return {
        **firm,
        "absorbed": absorbed,
        "is_newcomer": is_newcomer,
        "team_url": sample_link("/company/team/"),
        "until": AT + timedelta(days=30),
    }


def _ending(language: str) -> dict[str, Any]:
    native = "ko" if language == "ko" else "ja"
    titles = {"ko": "고순도 식각액", "ja": "高純度エッチング液"}
    item = Offering(**{f"title_{native}": titles[native]}, valid_until=AT.date())
    return {**_firm(language), "items": [item]}


def _announcement(language: str) -> dict[str, Any]:
    return {"title": NEWS[language], "body": NEWS_TEXT[language]}


def _row(
    kind: str, context: Any, variant: str = "", category: Category = Category.ACCOUNT
) -> Sample:
    return Sample(f"company_{kind}", category, f"companies/mail/{kind}", context, variant=variant)


SAMPLES: Final = (
    _row("verified", _firm),
    _row("returned", _returned),
    _row("lapsed", _firm),
    _row("suspended", _suspended),
    _row("reinstated", _firm),
    _row("merged", lambda language: _merged(language, is_newcomer=True), "newcomer"),
    _row("merged", lambda language: _merged(language, is_newcomer=False), "survivor"),
    _row("unmerged", lambda language: _merged(language, is_newcomer=True)),
    _row("items_ending", _ending, category=Category.MATCHES),
    _row("certificate_ends", _certificate),
    _row("renewal", _firm),
    _row("claim_link", _claim_link),
    _row("join_asked", lambda language: _join(language, JoinKind.JOIN)),
    _row("join_accepted", lambda language: _join(language, JoinKind.JOIN), "join"),
    _row("join_accepted", lambda language: _join(language, JoinKind.CLAIM), "claim"),
    _row("invitation", _invitation),
    _row("closed", _closed),
    _row("reopened", _firm),
    _row("invitation_accepted", _invitation_accepted),
    _row("join_refused", lambda language: _join(language, JoinKind.JOIN), "join"),
    _row("join_refused", lambda language: _join(language, JoinKind.CLAIM), "claim"),
    Sample("announcement", Category.PROMOTIONAL, "companies/mail/announcement", _announcement),
)
