"""Addresses of conversations that stand in mails."""

from django.urls import reverse

from dialogue.models import Thread
from mailing.links import absolute_url


def thread_url(thread: Thread) -> str:
    return absolute_url(reverse("dialogue:thread", args=[thread.pk]))
