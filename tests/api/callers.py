"""People and programs that call the API in the tests."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from api.services import issue_token
from api.services.uses import Use


def key_of(user, *scopes, days=90, name="script"):
    now = timezone.now()
    return issue_token(
        user=user,
        name=name,
        scopes=scopes,
        expires_at=now + timedelta(days=days),
        actor=user,
        now=now,
    )


def use_of(token, **more):
    """One use as the middleware would write it down."""
    told = {
        "token": token.pk,
        "user": token.user_id,
        "was_let_in": True,
        "method": "GET",
        "route": "api:company-list",
        "object_id": "",
        "status": 200,
        "address": "192.0.2.1",
    }
    return Use(**told | more)


def bearer(key):
    return Client(headers={"Authorization": f"Bearer {key}"})


def program(user, *scopes):
    """A client that has a token of the person's."""
    _token, key = key_of(user, *scopes)
    return bearer(key)


def inside(person):
    """A browser in which the person is logged in."""
    client = Client()
    client.force_login(person)
    return client


def english_owner(firm):
    """The firm's owner, who reads English."""
    person = firm.memberships.get().user
    person.language = "en"
    person.save()
    return person
