"""What a firm's own words must not give away: every spelling we could think of, and no more."""

import pytest

from companies.masking import MASK, size_band, without_contacts, without_identity
from tests.factories import CompanyFactory, MembershipFactory

SECRETS = [
    "한빛정밀",
    "(주)한빛정밀",
    "㈜한빛정밀",
    "한빛정밀㈜",
    "주식회사 한빛정밀",
    "한 빛 정 밀",
    "한빛\u200b정밀",
    "한빛-정밀",
    "ハンビッ精密",
    "ﾊﾝﾋﾞｯ精密",
    "はんびっせいみつ",
    "ﾊﾝﾋﾞｯｾｲﾐﾂ",
    "Hanbit Precision",
    "HANBIT  PRECISION CO., LTD.",
    "HanbitPrecision",
    "Ｈａｎｂｉｔ　Ｐｒｅｃｉｓｉｏｎ",
    "hanbit-precision",
    "123-45-67891",
    "1234567891",
    "１２３－４５－６７８９１",
    "①②③45 67891",
    "hanbit-p.co.kr",
    "홍길동",
    "홍 길 동",
    "경상남도 창원시 성산구 공단로 271",
    "성산구 공단로 271",
    "공단로 271",
    "김담당",
    "059090",
]
CONTACTS = [
    "sales@hanbit-p.co.kr",
    "ｓａｌｅｓ＠ｈａｎｂｉｔ．ｃｏｍ",
    "sales (at) hanbit.com",
    "sales @ hanbit . com",
    "https://www.hanbit.example/products?a=1",
    "www.hanbit.net",
    "hanbit.co.kr/products",
    "055-123-4567",
    "０５５－１２３－４５６７",
    "(055) 123-4567",
    "010 1234 5678",
    "+82-10-1234-5678",
    "+81 (0)3 1234 5678",
    "03-1234-5678",
    "Tel: 1588-1234",
    "전화 15881234",
    "電話：1588-1234",
    "LINE ID: hanbit2020",
    "카톡: hanbit2020",
]
KEPT = [
    "연간 1,200,000개, 2026-03-01 납품",
    "HS 3707.90.1090, ISO 9001:2015, JIS G 4051",
    "0.005 mm ~ 0.010 mm, 150-180 ℃",
    "SUS304, AISI 1045, M10x1.5",
    "年間12,000リットル、納期45日",
    "9001, 14001, 16949",
    "pH 7.0, 99.9999 %",
    "정밀 금형과 빛 한 줄기",
]


@pytest.fixture
def company(db):
    company = CompanyFactory(
        name_ko="주식회사 한빛정밀",
        name_ja="ハンビッ精密",
        name_en="Hanbit Precision Co., Ltd.",
        name_kana="ハンビッセイミツ",
        official_number="1234567891",
        website="https://www.hanbit-p.co.kr/ko/",
        address="경상남도 창원시 성산구 공단로 271",
        representative="홍길동",
        stock_code="059090",
    )
    MembershipFactory(company=company, user__name="김담당")
    return company


@pytest.mark.parametrize("secret", SECRETS)
def test_what_names_the_firm_is_masked_in_every_spelling(company, secret):
    for text in (secret, f"저희는 {secret}입니다. 부품", f"弊社「{secret}」の部品"):
        shown = without_identity(text, company)
        assert secret not in shown
        assert MASK in shown
    assert without_identity(f"앞 {secret} 뒤", company).startswith("앞 ")
    assert without_identity(f"앞 {secret} 뒤", company).endswith(" 뒤")


@pytest.mark.parametrize("contact", CONTACTS)
def test_contact_data_are_masked_whoever_writes_them(contact):
    shown = without_contacts(f"문의 {contact} 까지 (담당)")
    assert shown.startswith("문의 ")
    assert shown.endswith("까지 (담당)")
    assert not any(part in shown for part in ("hanbit", "ｈａｎ", "1234", "4567", "４５６７"))


@pytest.mark.parametrize("text", KEPT)
def test_figures_and_standards_stay(company, text):
    assert without_contacts(text) == text
    assert without_identity(text, company) == text


def test_a_name_is_not_found_inside_a_longer_word(db):
    company = CompanyFactory(name_ko="가나", name_en="Ion", name_ja="")
    for text in ("가난한 공장", "solution, ionised, ionic"):
        assert without_identity(text, company) == text
    assert without_identity("(주)가나의 제품, ION beams", company) == (
        f"(주){MASK}의 제품, {MASK} beams"
    )


def test_names_without_their_branch_are_masked_when_they_still_tell(db):
    company = CompanyFactory(
        name_ko="대한빛나정밀공업", name_ja="ヒミツ精密工業", name_en="Bimil Precision Works Inc."
    )
    for short in ("대한빛나정밀", "대한빛나", "ヒミツ精密", "ヒミツ", "Bimil", "BIMIL"):
        assert without_identity(f"- {short}: 부품", company) == f"- {MASK}: 부품"
    for word in ("정밀", "精密", "precision"):
        assert without_identity(word, company) == word


def test_one_letter_names_are_masked_with_their_legal_form_only(db):
    company = CompanyFactory(name_ko="주식회사 빛", name_en="", name_ja="")
    assert without_identity("빛 센서", company) == "빛 센서"
    assert without_identity("주식회사 빛 센서", company) == f"{MASK} 센서"


@pytest.mark.parametrize(
    ("employees", "band"), [(1, (1, 9)), (49, (10, 49)), (250, (250, 999)), (5000, (1000, None))]
)
def test_sizes_are_told_in_bands(employees, band):
    assert size_band(employees) == band
