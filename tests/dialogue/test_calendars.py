"""Holidays of both countries, named in all three languages, and the customs around them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from dialogue.calendars import day_notes, public_holidays, warnings, working_day_before
from dialogue.holiday_names import NAMES, holiday_name

THIS_YEAR = timezone.localdate().year


@pytest.mark.parametrize("country", ["KR", "JP"])
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_every_holiday_of_the_coming_years_has_a_name(country, language):
    for year in range(THIS_YEAR, THIS_YEAR + 4):
        days = public_holidays(country, year)
        assert len(days) >= 15
        for native in days.values():
            assert holiday_name(country, native, language)


def test_no_name_is_left_in_another_script():
    for names in NAMES.values():
        for korean, japanese, english in names.values():
            assert not any("a" <= sign.lower() <= "z" for sign in korean + japanese)
            assert english.isascii()
            assert not any("ぁ" <= sign <= "ヿ" for sign in korean)
            assert not any("가" <= sign <= "힣" for sign in japanese)


def test_names_are_the_readers():
    assert holiday_name("JP", "海の日", "ko") == "바다의 날"
    assert holiday_name("KR", "추석", "ja") == "秋夕"
    assert holiday_name("KR", "광복절 대체 휴일", "ja") == "光復節の振替休日"
    assert holiday_name("KR", "개천절; 추석", "en") == "National Foundation Day · Chuseok"


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2027, 1, 1), [("KR", True), ("JP", True)]),
        (date(2026, 9, 25), [("KR", True)]),
        (date(2026, 11, 3), [("JP", True)]),
        (date(2026, 8, 14), [("JP", False)]),
        (date(2026, 12, 30), [("JP", False)]),
        (date(2026, 4, 30), [("JP", False)]),
        (date(2026, 2, 19), [("KR", False)]),
        (date(2026, 12, 2), []),
    ],
)
def test_days_that_are_not_like_others(day, found):
    assert [(note.country, note.is_holiday) for note in day_notes(day, "en")] == found


@pytest.mark.parametrize(
    ("start", "minutes", "count"),
    [
        (datetime(2026, 12, 2, 5, tzinfo=UTC), 60, 0),
        (datetime(2026, 12, 5, 5, tzinfo=UTC), 60, 1),  # a Saturday
        (datetime(2026, 12, 2, 8, 30, tzinfo=UTC), 60, 1),  # until 18:30
        (datetime(2026, 12, 1, 23, 30, tzinfo=UTC), 30, 1),  # 8:30
        (datetime(2027, 1, 1, 5, tzinfo=UTC), 60, 2),
    ],
)
def test_unusual_times_are_said_to_be(start, minutes, count):
    assert len(warnings(start, minutes, "en")) == count


def test_warnings_hold_no_foreign_words():
    with translation.override("ja"):
        text = " ".join(warnings(datetime(2026, 9, 25, 1, tzinfo=UTC), 60, "ja"))
    assert "秋夕" in text
    assert "韓国" in text


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 12, 3), date(2026, 12, 2)),
        (date(2026, 12, 14), date(2026, 12, 11)),
        (date(2026, 11, 4), date(2026, 11, 2)),  # 3 November is a Japanese holiday
        (date(2026, 9, 28), date(2026, 9, 18)),  # Japanese, then Korean holidays, two weekends
    ],
)
def test_the_working_day_before_is_one_in_both_countries(day, before):
    assert working_day_before(day) == before
