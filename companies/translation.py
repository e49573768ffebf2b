"""Machine translation by DeepL or Papago, whichever the association has a contract with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import GagyoError

DEFAULT_URLS: Final = {
    "deepl": "https://api.deepl.com",
    "papago": "https://papago.apigw.ntruss.com",
}
_REFUSED: Final = (401, 403)
_USED_UP: Final = (429, 456)


class TranslationFailed(GagyoError):
    """No translation came back; the message says why to the person who asked for it."""


def is_available() -> bool:
    """Whether there is a contract: without one no button is shown."""
    return settings.TRANSLATION_PROVIDER in _PROVIDERS and bool(settings.TRANSLATION_KEY)


def translate(texts: Sequence[str], *, source: str, target: str) -> list[str]:
    """`texts` from one of our languages into another, in order. Raises TranslationFailed."""
    if not is_available():
        raise TranslationFailed(_("Machine translation is not set up here."))
    provider = settings.TRANSLATION_PROVIDER
    base = (settings.TRANSLATION_URL or DEFAULT_URLS[provider]).rstrip("/")
    try:
        with httpx.Client(base_url=base, timeout=settings.TRANSLATION_TIMEOUT) as client:
            found = _PROVIDERS[provider](client, texts, source, target)
    except httpx.TimeoutException as error:
        raise TranslationFailed(
            _("The translation service did not answer in time. Please try again.")
        ) from error
    except httpx.HTTPStatusError as error:
        raise TranslationFailed(_why(error.response.status_code)) from error
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        raise TranslationFailed(
            _("The translation service cannot be reached at present. Please try again later.")
        ) from error
    if len(found) != len(texts):
        raise TranslationFailed(
            _("The translation service cannot be reached at present. Please try again later.")
        )
    return found


def _why(status: int) -> Any:
    if status in _REFUSED:
        return _("The translation service refuses our key. Please tell the association.")
    if status in _USED_UP:
        return _("The translation service's quota is used up for now. Please try again later.")
    return _("The translation service cannot be reached at present. Please try again later.")


def _deepl(client: httpx.Client, texts: Sequence[str], source: str, target: str) -> list[str]:
    body = {"text": list(texts), "source_lang": source.upper(), "target_lang": target.upper()}
    if target == "en":
        body["target_lang"] = "EN-GB"
    headers = {"Authorization": f"DeepL-Auth-Key {settings.TRANSLATION_KEY}"}
    answer = client.post("/v2/translate", json=body, headers=headers).raise_for_status()
    return [str(each["text"]) for each in answer.json()["translations"]]


def _papago(client: httpx.Client, texts: Sequence[str], source: str, target: str) -> list[str]:
    headers = {
        "x-ncp-apigw-api-key-id": settings.TRANSLATION_KEY_ID,
        "x-ncp-apigw-api-key": settings.TRANSLATION_KEY,
    }
    found = []
    for text in texts:
        body = {"source": source, "target": target, "text": text}
        answer = client.post("/nmt/v1/translation", data=body, headers=headers).raise_for_status()
        found.append(str(answer.json()["message"]["result"]["translatedText"]))
    return found


_PROVIDERS: Final[Mapping[str, Callable[[httpx.Client, Sequence[str], str, str], list[str]]]] = {
    "deepl": _deepl,
    "papago": _papago,
}
