"""Every kind of mail in every language, as mail programs want it."""

import re
from pathlib import Path

import pytest
from lxml import html as lxml_html

from mailing.kinds import NAMES
from mailing.plain import text_of
from mailing.rendering import MOST_BYTES
from mailing.samples import all_samples

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SAMPLES = all_samples()
LANGUAGES = ("ko", "ja", "en")
# Those that allauth can send with our settings.
ALLAUTH = {
    "account/email/account_already_exists",
    "account/email/email_changed",
    "account/email/email_confirm",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/email_deleted",
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_reset_key",
    "account/email/password_set",
    "account/email/unknown_account",
    "mfa/email/recovery_codes_generated",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
}
each = pytest.mark.parametrize("name", sorted(SAMPLES))
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def seen(document):
    """The words a reader sees in the HTML, without what only spaces and marks them."""
    tree = lxml_html.fromstring(document)
    for hidden in tree.xpath("//head | //style | //*[contains(@style, 'display: none')]"):
        hidden.drop_tree()
    return bare(tree.text_content())


def bare(words):
    return re.sub(r"[\s:·-]+", "", words)


def links(document):
    return {a.get("href") for a in lxml_html.fromstring(document).iter("a")}


def test_none_of_allauth_is_missing():
    assert {sample.template for sample in SAMPLES.values()} >= ALLAUTH


@each
@in_each_language
def test_a_mail_says_the_same_in_both_parts(name, language):
    mail = SAMPLES[name].render(language)
    words = mail.text
    for link in links(mail.html):
        target = link.removeprefix("mailto:")
        assert target in words, f"{target} is missing in the text part"
        if target == link:
            words = words.replace(f"{link}\n", "\n")
    assert bare(words) == seen(mail.html)


@each
@in_each_language
def test_a_mail_is_whole(name, language):
    mail = SAMPLES[name].render(language)
    assert 0 < len(mail.subject) <= 300
    for part in (mail.subject, mail.text, mail.html):
        assert not re.search(r"\{[{%]|None|\bsample_|<bound", part)
    assert not re.search(r"</?[a-z]", mail.text)
    if language != "en":
        assert not re.search(r"\b(the|you|your|is|are|of)\b", mail.text)


@each
@in_each_language
def test_a_mail_suits_gmail_and_outlook(name, language):
    """Tables for layout, styles in the elements, no pictures or scripts, small, both schemes."""
    document = SAMPLES[name].render(language).html
    assert len(document.encode()) <= MOST_BYTES
    tree = lxml_html.fromstring(document)
    assert tree.get("lang") == language
    assert not tree.xpath("//img | //script | //link | //form | //iframe | //svg")
    assert tree.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert {table.get("role") for table in tree.iter("table")} == {"presentation"}
    assert max(int(w) for w in re.findall(r'width="(\d+)"', document)) <= 600
    rest = "".join(style.text or "" for style in tree.iter("style"))
    assert "prefers-color-scheme: dark" in rest
    assert re.sub(r"@media[^{]+\{(?:[^{}]|\{[^{}]*\})*\}", "", rest).strip() == ""
    for element in tree.xpath("//body//td | //body//p | //body//a | //body//li"):
        assert element.get("style"), lxml_html.tostring(element)[:80]
    assert not re.search(r"flex|grid|position:|var\(|float:", document)


@each
def test_a_mail_keeps_its_words_without_styles(name):
    """The text part is made of the words alone: taking the styles away changes nothing."""
    mail = SAMPLES[name].render("en")
    plain = re.sub(r' style="[^"]*"', "", mail.html)
    assert text_of(plain) == mail.text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one<br>two</p><p>three</p>", "one\ntwo\n\nthree\n"),
        ("<ul><li>a</li><li>b</li></ul><p>c</p>", "- a\n- b\n\nc\n"),
        ('<p>see <a href="https://x.example/?a=1&amp;b=2">here</a> now</p>',
         "see\nhere:\nhttps://x.example/?a=1&b=2\nnow\n"),
        ('<p><a href="mailto:a@x.example">a@x.example</a></p>', "a@x.example\n"),
        ('<p><a href="https://x.example/">A</a> · <a href="https://y.example/">B</a></p>',
         "A:\nhttps://x.example/\nB:\nhttps://y.example/\n"),
        ("<p>&lt;b&gt; &amp; Co.</p>", "<b> & Co.\n"),
        ('<div class="preheader">not seen</div><p>seen</p>', "seen\n"),
    ],
)  # fmt: skip
def test_text_is_made_from_html(markup, text):
    assert text_of(markup) == text


@pytest.mark.django_db
def test_staff_see_every_kind_in_every_language(client):
    from tests.factories import StaffFactory

    client.force_login(StaffFactory(language="en"))
    page = client.get("/staff/mail/samples/").content.decode()
    for name in SAMPLES:
        assert f"/staff/mail/samples/{name}/ja/" in page
        for language in LANGUAGES:
            path = f"/staff/mail/samples/{name}/{language}/"
            assert client.get(path).status_code == 200
            copy = client.get(f"{path}html/")
            assert f'<html lang="{language}"' in copy.content.decode()
            assert "default-src 'none'" in copy.headers["Content-Security-Policy"]
    assert client.get("/staff/mail/samples/no-such-mail/ko/").status_code == 404
    assert client.get("/staff/mail/samples/match/fr/").status_code == 404


def test_every_kind_has_a_name_in_lists_and_figures() -> None:
    assert set(NAMES) == {sample.kind for sample in SAMPLES.values()}
