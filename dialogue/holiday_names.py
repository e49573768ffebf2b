"""The public holidays of Korea and Japan in three languages.

Dates come from the package `holidays`, which names each country's days in its own language and in
English only. Keys are its native names; values are Korean, Japanese and English.
"""

from typing import Final

from common.localisation import LANGUAGES

SUBSTITUTE: Final = " 대체 휴일"
SUBSTITUTE_FORMS: Final = {
    "ko": "{name} 대체공휴일",
    "ja": "{name}の振替休日",
    "en": "Substitute holiday for {name}",
}
NAMES: Final[dict[str, dict[str, tuple[str, str, str]]]] = {
    "KR": {
        "신정연휴": ("신정", "元日", "New Year's Day"),
        "설날 전날": ("설날 연휴", "旧正月の連休", "Seollal holiday"),
        "설날": ("설날", "旧正月", "Seollal (Lunar New Year)"),
        "설날 다음날": ("설날 연휴", "旧正月の連休", "Seollal holiday"),
        "삼일절": ("삼일절", "三一節", "Independence Movement Day"),
        "국회의원 선거일": ("국회의원 선거일", "国会議員選挙日", "National Assembly Election Day"),
        "대통령 선거일": ("대통령 선거일", "大統領選挙日", "Presidential Election Day"),
        "지방선거일": ("지방선거일", "統一地方選挙日", "Local Election Day"),
        "노동절": ("노동절", "労働節", "Labour Day"),
        "어린이날": ("어린이날", "こどもの日", "Children's Day"),
        "부처님오신날": ("부처님오신날", "釈迦誕生日", "Buddha's Birthday"),
        "현충일": ("현충일", "顕忠日", "Memorial Day"),
        "제헌절": ("제헌절", "制憲節", "Constitution Day"),
        "광복절": ("광복절", "光復節", "Liberation Day"),
        "추석 전날": ("추석 연휴", "秋夕の連休", "Chuseok holiday"),
        "추석": ("추석", "秋夕", "Chuseok"),
        "추석 다음날": ("추석 연휴", "秋夕の連休", "Chuseok holiday"),
        "국군의 날": ("국군의 날", "国軍の日", "Armed Forces Day"),
        "개천절": ("개천절", "開天節", "National Foundation Day"),
        "한글날": ("한글날", "ハングルの日", "Hangeul Day"),
        "기독탄신일": ("성탄절", "クリスマス", "Christmas Day"),
        "임시공휴일": ("임시공휴일", "臨時公休日", "Temporary public holiday"),
    },
    "JP": {
        "元日": ("설날(양력 1월 1일)", "元日", "New Year's Day"),
        "成人の日": ("성인의 날", "成人の日", "Coming of Age Day"),
        "建国記念の日": ("건국기념일", "建国記念の日", "National Foundation Day"),
        "天皇誕生日": ("일왕 탄생일", "天皇誕生日", "Emperor's Birthday"),
        "春分の日": ("춘분의 날", "春分の日", "Vernal Equinox Day"),
        "昭和の日": ("쇼와의 날", "昭和の日", "Showa Day"),
        "憲法記念日": ("헌법기념일", "憲法記念日", "Constitution Memorial Day"),
        "みどりの日": ("녹색의 날", "みどりの日", "Greenery Day"),
        "こどもの日": ("어린이날", "こどもの日", "Children's Day"),
        "海の日": ("바다의 날", "海の日", "Marine Day"),
        "山の日": ("산의 날", "山の日", "Mountain Day"),
        "敬老の日": ("경로의 날", "敬老の日", "Respect for the Aged Day"),
        "秋分の日": ("추분의 날", "秋分の日", "Autumnal Equinox Day"),
        "スポーツの日": ("스포츠의 날", "スポーツの日", "Sports Day"),
        "文化の日": ("문화의 날", "文化の日", "Culture Day"),
        "勤労感謝の日": ("근로감사의 날", "勤労感謝の日", "Labour Thanksgiving Day"),
        "国民の休日": ("국민의 휴일", "国民の休日", "Citizens' Holiday"),
        "振替休日": ("대체휴일", "振替休日", "Substitute holiday"),
    },
}


def holiday_name(country: str, native: str, language: str) -> str:
    """The name in `language`; a day with two names ("a; b") has both. KeyError: unknown to us."""
    return " · ".join(_one(country, part, language) for part in native.split("; "))


def _one(country: str, native: str, language: str) -> str:
    base = native.removesuffix(SUBSTITUTE)
    name = NAMES[country][base][LANGUAGES.index(language)]
    return name if base == native else SUBSTITUTE_FORMS[language].format(name=name)
