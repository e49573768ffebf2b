"""An example of every mail about matches and to the association's staff (see `mailing.samples`)."""

from typing import Any, Final

from accounts.mail_samples import AT, sample_user
from common.localisation import active_language, in_language, pick
from companies.mail_samples import sample_company
from companies.models import Need, Offering
from mailing.choices import Category
from mailing.samples import Sample, in_words, sample_link
from matching.asking import question_sentence
from matching.choices import (
    DeclineReason,
    EventReason,
    MatchState,
    OutcomeStage,
    QuestionKind,
    Side,
    reason_label,
)
from matching.models import Match
from matching.queries.cards import Contact, MatchCard
from matching.queries.digest import EndedEntry, FirmDigest, OpenEntry
from matching.queries.letters import Letter
from matching.services.digests import DigestFigures
from matching.tips import ADVICE
from taxonomy.choices import Country

NEED: Final = in_words(
    "ArF 액침용 포토레지스트 조달", "ArF液浸用フォトレジストの調達", "ArF immersion photoresist"
)
OFFERING: Final = in_words(
    "ArF 포토레지스트(양산 공급)", "ArFフォトレジスト(量産供給)", "ArF photoresist in volume"
)
TEXT: Final = in_words(
    "미세 공정용 포토레지스트를 월 3,000리터까지 공급합니다.\n소량 시제품 주문도 가능합니다.",
    "微細工程用のフォトレジストを月3,000リットルまで供給します。\n少量の試作注文にも応じます。",
    "We supply photoresist for fine patterning, up to 3,000 litres a month.\nSmall trial orders "
    "are welcome.",
)
TERMS: Final = {
    "ko": (("협력 유형", "공급"), ("납기", "45일"), ("인증", "ISO 9001")),
    "ja": (("協力形態", "供給"), ("納期", "45日"), ("認証", "ISO 9001")),
    "en": (("Cooperation", "supply"), ("Lead time", "45 days"), ("Certifications", "ISO 9001")),
}
FACTS: Final = {
    "ko": (("국가", "한국"), ("임직원 수", "85명")),
    "ja": (("国", "韓国"), ("従業員数", "85名")),
    "en": (("Country", "Korea"), ("Employees", "85 people")),
}
REASONS: Final = {
    "ko": ("두 품목 모두 포토레지스트입니다.", "납기가 귀사의 희망보다 15일 빠릅니다."),
    "ja": ("両品目ともフォトレジストです。", "納期がご希望より15日早いです。"),
    "en": ("Both are about photoresist.", "Their lead time is 15 days shorter than you asked for."),
}
MISSING: Final = {
    "ko": ("가격은 아직 알 수 없습니다.",),
    "ja": ("価格はまだ分かりません。",),
    "en": ("The price is not known yet.",),
}
WORDS: Final = in_words(
    "목표 단가보다 20% 정도 높습니다.",
    "目標単価より20%ほど高いです。",
    "About 20 per cent above our target price.",
)
QUESTION_WORDS: Final = in_words(
    "첫해에는 시제품 물량만 필요할 수도 있습니다.",
    "初年度は試作分のみとなる場合もあります。",
    "In the first year it may be samples only.",
)
UNTIL: Final = in_words("2026년 12월 14일", "2026年12月14日", "14 December 2026")


def sample_card(language: str, *, is_blind: bool = False) -> MatchCard:
    """A Japanese buyer looks at what a Korean firm offers."""
    own, theirs = sample_company(Country.JP), sample_company(Country.KR)
    blind = in_words("서울의 기업", "ソウルの企業", "A firm in Seoul")
    return MatchCard(
        match=Match(),
        side=Side.BUYER,
        own_item=Need(company=own),
        their_item=Offering(company=theirs),
        own_company=own,
        their_company=theirs,
        is_name_hidden=is_blind,
        firm_name=blind[language] if is_blind else pick(theirs, "name", language)[0],
        firm_name_language=language,
        facts=FACTS[language],
        own_title=NEED[language],
        own_title_language=language,
        title=OFFERING[language],
        title_language=language,
        text=TEXT[language],
        text_language=language,
        terms=TERMS[language],
        reasons=REASONS[language],
        missing=MISSING[language],
    )


def _match(language: str, **more: Any) -> dict[str, Any]:
    return {
        "recipient": sample_user(language),
        "card": sample_card(language),
        "match_url": sample_link("/matches/00000000-0000-0000-0000-000000000000/"),
        "answer_url": sample_link("/a/sample/"),
        "answer_until": UNTIL[language],
        "outcome_url": sample_link("/o/sample/"),
        **more,
    }


def _blind(language: str) -> dict[str, Any]:
    return _match(language, card=sample_card(language, is_blind=True))


def _declined(language: str) -> dict[str, Any]:
    reason = DeclineReason.PRICE
    advice = ADVICE[reason]
    return _match(
        language,
        is_not_now=False,
        reason=reason_label(reason),
        words=WORDS[language],
        tip=advice.text,
        tip_label=advice.label,
        tip_url=sample_link("/items/offerings/00000000-0000-0000-0000-000000000000/"),
    )


def _not_now(language: str) -> dict[str, Any]:
    return _match(language, is_not_now=True, reason="", words="", tip="")


def _ended(language: str) -> dict[str, Any]:
    return _match(language, reason=reason_label(EventReason.UNANSWERED), has_answered=True)


def _letter(language: str, side: Side) -> Letter:
    card, is_buyer = sample_card(language), side == Side.BUYER
    firms = (card.own_company, card.their_company)
    own, other = firms if is_buyer else firms[::-1]
    person = sample_user("ko" if is_buyer else "ja")
    with in_language(language):
        spoken = str(person.get_language_display())
    contact = Contact(
        name=person.name,
        name_kana="" if is_buyer else "サトウ ハナコ",
        title=in_words("해외영업팀 과장", "海外営業部 課長", "Overseas sales, manager")[language],
        email=person.email,
        phone="+82 2 6000 0000" if is_buyer else "+81 3 6000 0000",
        language=spoken,
    )
    titles = (NEED[language], OFFERING[language])
    return Letter(
        language=language,
        is_buyer=is_buyer,
        own_company=pick(own, "name", language)[0],
        own_contact=None,
        own_title=titles[0 if is_buyer else 1],
        company=pick(other, "name", language)[0],
        contact=contact,
        title=titles[1 if is_buyer else 0],
        reasons=REASONS[language],
    )


def _introduction(language: str) -> dict[str, Any]:
    letters = [_letter(language, Side.BUYER), _letter("ko", Side.SELLER)]
    return _match(language, letters=letters)


def _firm_digest(language: str) -> dict[str, Any]:
    card, blind = sample_card(language), sample_card(language, is_blind=True)
    link = sample_link("/a/sample/")
    digest = FirmDigest(
        waiting=(
            OpenEntry(card, link, UNTIL[language], is_reminder=True),
            OpenEntry(blind, link, UNTIL[language], is_reminder=False),
        ),
        ended=(
            EndedEntry(
                card,
                str(MatchState.EXPIRED.label),
                sample_link("/matches/00000000-0000-0000-0000-000000000000/"),
            ),
        ),
        more=3,
    )
    return {
        "recipient": sample_user(language),
        "digest": digest,
        "inbox_url": sample_link("/matches/"),
    }


def _question(language: str, *, asks_satisfaction: bool = False) -> dict[str, Any]:
    answers = (OutcomeStage.MET, OutcomeStage.SAMPLE, OutcomeStage.NONE)
    choices = [
        {"url": sample_link(f"/o/sample/?stage={each.value}"), "label": str(each.label)}
        for each in answers
    ]
    return _match(language, choices=choices, asks_satisfaction=asks_satisfaction)


def _later_question(language: str) -> dict[str, Any]:
    return _question(language, asks_satisfaction=True)


def _confirm(language: str) -> dict[str, Any]:
    return _match(
        language,
        stage=str(OutcomeStage.SAMPLE.label),
        day=UNTIL[language],
        confirm_url=sample_link("/o/sample/?stage=sample"),
    )


def _asked(language: str) -> dict[str, Any]:
    firm = sample_company(Country.KR)
    with in_language(language):
        sentence = question_sentence(Side.SELLER, QuestionKind.VOLUME, OFFERING[language])
    return {
        "recipient": sample_user(language),
        "firm": firm,
        "sentence": sentence,
        "words": QUESTION_WORDS[language],
        "words_language": language,
        "due_at": AT,
        "question_url": sample_link("/questions/00000000-0000-0000-0000-000000000000/"),
    }


def _asked_plainly(language: str) -> dict[str, Any]:
    return _asked(language) | {"words": ""}


def _staff_digest(language: str) -> dict[str, Any]:
    figures = DigestFigures(
        to_review=12,
        late_reviews=2,
        to_verify=3,
        uncertain_mails=1,
        failed_runs=0,
        introductions=4,
    )
    return {
        "recipient": sample_user(active_language()),
        "figures": figures,
        "home_url": sample_link("/"),
    }


def _row(
    kind: str, context: Any, variant: str = "", category: Category = Category.MATCHES
) -> Sample:
    name = kind if kind == "match" else f"match_{kind}"
    return Sample(name, category, f"matching/mail/{kind}", context, variant=variant)


SAMPLES: Final = (
    _row("match", _match),
    _row("match", _blind, "blind"),
    _row("reminder", _match),
    _row("declined", _declined),
    _row("declined", _not_now, "not_now"),
    _row("expired", _ended),
    _row("introduction", _introduction, category=Category.INTRODUCTIONS),
    _row("outcome", _question),
    _row("outcome", _later_question, "with_satisfaction"),
    _row("outcome_reminder", _question),
    _row("confirm", _confirm),
    Sample("staff_question", Category.MATCHES, "matching/mail/question", _asked),
    Sample("staff_question", Category.MATCHES, "matching/mail/question", _asked_plainly, "plain"),
    Sample("match_digest", Category.MATCHES, "matching/mail/firm_digest", _firm_digest),
    Sample("staff_digest", Category.STAFF, "matching/mail/digest", _staff_digest),
)
