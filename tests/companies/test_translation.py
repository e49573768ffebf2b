"""Machine translation against a server that speaks both protocols; labelled, never unasked."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from companies import translation
from companies.models import Company, Offering
from companies.translation import TranslationFailed
from mailing.models import Message
from tests.factories import CompanyFactory, OfferingFactory
from tests.matching.scenes import published_match

pytestmark = pytest.mark.django_db


@dataclass
class Service:
    """What it was asked, and how it misbehaves."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    delay: float = 0.0
    is_garbled: bool = False


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            time.sleep(state.delay)
            if self.path == "/v2/translate":
                key_is_right = self.headers["Authorization"] == "DeepL-Auth-Key secret"
                asked = json.loads(body)
                answer: Any = {
                    "translations": [
                        {"detected_source_language": "KO", "text": f"訳：{text}"}
                        for text in asked["text"]
                    ]
                }
            else:
                key_is_right = (
                    self.headers["x-ncp-apigw-api-key-id"] == "id"
                    and self.headers["x-ncp-apigw-api-key"] == "secret"
                )
                asked = {name: values[0] for name, values in parse_qs(body).items()}
                answer = {"message": {"result": {"translatedText": f"訳：{asked['text']}"}}}
            state.asked.append({"path": self.path, **asked})
            status = state.status if key_is_right else 403
            content = b"oops" if state.is_garbled else json.dumps(answer).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    settings.TRANSLATION_URL = state.url
    settings.TRANSLATION_PROVIDER = "deepl"
    settings.TRANSLATION_KEY = "secret"
    settings.TRANSLATION_KEY_ID = "id"
    settings.TRANSLATION_TIMEOUT = 0.5
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def offering(client: Client) -> Offering:
    company: Company = CompanyFactory(with_owner=True, owner__user__language="en")
    client.force_login(company.memberships.get().user)
    return OfferingFactory(
        company=company, title_ko="식각액", text_ko="고순도", title_en="", text_en=""
    )


@pytest.mark.parametrize("provider", ["deepl", "papago"])
def test_both_services_are_spoken_to_as_they_want_it(
    settings: Settings, service: Service, provider: str
) -> None:
    settings.TRANSLATION_PROVIDER = provider
    found = translation.translate(["식각액", "고순도"], source="ko", target="ja")
    assert found == ["訳：식각액", "訳：고순도"]
    if provider == "deepl":
        asked = {"text": ["식각액", "고순도"], "source_lang": "KO", "target_lang": "JA"}
        assert service.asked == [{"path": "/v2/translate", **asked}]
    else:
        asked = {"source": "ko", "target": "ja", "text": "식각액"}
        assert service.asked[0] == {"path": "/nmt/v1/translation", **asked}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 456}, "quota is used up"),
        ({"status": 429}, "quota is used up"),
        ({"status": 500}, "cannot be reached"),
        ({"delay": 1.5}, "did not answer in time"),
        ({"is_garbled": True}, "cannot be reached"),
        ({"key": "wrong"}, "refuses our key"),
        ({"url": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_what_goes_wrong_is_said_in_words_and_changes_nothing(
    client: Client,
    settings: Settings,
    service: Service,
    offering: Offering,
    fault: dict[str, Any],
    said: str,
) -> None:
    settings.TRANSLATION_KEY = fault.pop("key", "secret")
    settings.TRANSLATION_URL = fault.pop("url", service.url)
    for name, value in fault.items():
        setattr(service, name, value)
    page = reverse("companies:item_translate", args=["offering", offering.pk])
    answer = client.post(page, {"into": "ja"}, follow=True)
    assert said in answer.content.decode()
    offering.refresh_from_db()
    assert (offering.title_ja, offering.machine_made) == ("", [])


def test_a_translation_is_labelled_until_a_person_has_looked(
    client: Client, service: Service, offering: Offering
) -> None:
    edit = reverse("companies:offering_edit", args=[offering.pk])
    assert "Translate into Japanese by machine" in client.get(edit).content.decode()
    assert service.asked == []
    page = reverse("companies:item_translate", args=["offering", offering.pk])
    client.post(page, {"into": "ja"})
    offering.refresh_from_db()
    assert (offering.title_ja, offering.text_ja) == ("訳：식각액", "訳：고순도")
    assert offering.machine_made == ["text_ja", "title_ja"]
    typed = {
        "title_ko": "식각액",
        "text_ko": "고순도",
        "title_ja": "エッチング液",
        "text_ja": "訳：고순도",
        "cooperation": ["supply"],
        "concepts": [offering.concepts.get().pk],
    }
    client.post(edit, typed)
    offering.refresh_from_db()
    assert offering.machine_made == ["text_ja"]
    client.post(reverse("companies:item_confirm", args=["offering", offering.pk]))
    offering.refresh_from_db()
    assert offering.machine_made == []
    # A person's own words are never sent to be written over.
    told = client.post(page, {"into": "ja"}, follow=True).content.decode()
    assert "written in this language already" in told
    assert len(service.asked) == 1


def test_without_a_key_there_is_no_button(
    client: Client, settings: Settings, offering: Offering
) -> None:
    settings.TRANSLATION_PROVIDER, settings.TRANSLATION_KEY = "deepl", ""
    edit = reverse("companies:offering_edit", args=[offering.pk])
    assert "by machine" not in client.get(edit).content.decode()
    with pytest.raises(TranslationFailed):
        translation.translate(["a"], source="ko", target="ja")


def test_the_other_side_sees_the_label_on_page_and_in_mail(client: Client) -> None:
    offering = OfferingFactory(
        title_ko="식각액",
        title_ja="訳した題",
        text_ja="訳した文",
        title_en="",
        text_en="",
        machine_made=["title_ja", "text_ja"],
    )
    match = published_match(offering=offering)
    buyer = match.buyer.memberships.get().user
    mail = Message.objects.get(user=buyer, kind__startswith="match")
    User.objects.update(language="ja")
    client.force_login(buyer)
    page = client.get(reverse("matching:match", args=[match.pk])).content.decode()
    assert page.count("<small>(機械翻訳)</small>") >= 2
    assert "機械翻訳" in mail.text
