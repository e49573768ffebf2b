"""A copy of one's data: what is in it, who gets it, how it is made and how it goes."""

import io
import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.choices import ConsentKind, ExportState
from accounts.models import DataExport, DataExportPart, User
from accounts.tasks import sweep_data
from common.errors import RuleViolated
from common.models import AuditEvent
from companies.choices import MemberRole
from companies.models import Company
from companies.sections import FIRM
from documents.services import store_document
from mailing.models import Message
from matching.choices import Side
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.matching.scenes import answer, member_of, published_match

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"proof" * 600_000


def made(user: User, scope: str = "person", **fields: Any) -> DataExport:
    export = services.request_export(
        user=user, scope=scope, language=user.language, now=timezone.now(), **fields
    )
    services.build_export(export_id=export.pk, now=timezone.now())
    export.refresh_from_db()
    return export


def opened(export: DataExport) -> tuple[ZipFile, dict[str, Any]]:
    parts = [bytes(part.content) for part in export.parts.all()]
    archive = ZipFile(io.BytesIO(b"".join(parts)))
    return archive, json.loads(archive.read("data.json"))


def logged_in(user: User) -> Client:
    """Who has just given the password: what a download asks for."""
    client = Client()
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_a_person_gets_everything_about_them() -> None:
    match = published_match()
    person = member_of(match, Side.SELLER)
    services.give_consents(
        user=person,
        kinds=[ConsentKind.TERMS],
        language="ko",
        ip_address="192.0.2.7",
        now=timezone.now(),
    )
    answer(match, Side.SELLER, note="관심 있습니다")
    store_document(name="증명서.pdf", content=PDF, actor=person, now=timezone.now())
    archive, data = opened(made(person))
    assert (data["format"], data["scope"]) == ("gagyo-export/1", "person")
    sections = data["sections"]
    assert sections["account"][0]["email"] == person.email
    assert "password" not in json.dumps(sections["account"])
    consents = {row["kind"]: row for row in sections["consents"]}
    assert consents["terms"]["sentence"].startswith("I agree to the terms")
    assert consents["cross_border"]["facts"]
    assert sections["memberships"][0]["role"] == "owner"
    assert sections["answers"][0]["note"] == "관심 있습니다"
    assert {row["kind"] for row in sections["mails"]} >= {"match"}
    assert {row["verb"] for row in sections["what_you_did"]} >= {"match.answered"}
    assert sections["documents"][0]["size"] == len(PDF)
    (file,) = [name for name in archive.namelist() if name.startswith("files/")]
    assert file == "files/documents/0001-증명서.pdf"
    assert archive.read(file) == PDF
    assert "데이터" in archive.read("README.txt").decode()


def test_nothing_about_anybody_else() -> None:
    match = published_match()
    person, other = member_of(match, Side.SELLER), member_of(match, Side.BUYER)
    answer(match, Side.BUYER, note="their words")
    _archive, data = opened(made(person))
    assert other.email not in json.dumps(data)
    assert "their words" not in json.dumps(data)


def test_a_firm_gets_its_matches_as_its_pages_show_them() -> None:
    match = published_match()
    Company.objects.filter(pk=match.buyer.pk).update(is_name_hidden=True, address="愛知県")
    answer(match, Side.BUYER, note="their words")
    match = answer(match, Side.SELLER, "not_now", note="later")
    owner = member_of(match, Side.SELLER)
    _archive, data = opened(made(owner, FIRM, object_id=str(match.seller.pk)))
    assert data["sections"]["firm"][0]["official_number"] == match.seller.official_number
    assert len(data["sections"]["offerings"]) == 1
    (row,) = data["sections"]["matches"]
    assert row["own_answers"][0]["note"] == "later"
    text = json.dumps(data, ensure_ascii=False)
    for secret in (
        match.buyer.name_ja,
        match.buyer.name_en,
        match.buyer.official_number,
        "愛知県",
        "their words",
        member_of(match, Side.BUYER).email,
        str(match.buyer.pk),
    ):
        assert secret not in text


def test_only_owners_get_the_firms_data(client: Client) -> None:
    editor = MembershipFactory(role=MemberRole.EDITOR)
    for who in (editor.user, MembershipFactory().user):
        with pytest.raises(RuleViolated):
            made(who, FIRM, object_id=str(editor.company.pk))
    owner = MembershipFactory(company=editor.company)
    client.force_login(owner.user)
    client.post(reverse("companies:export"))
    export = DataExport.objects.get()
    assert (export.scope, export.object_id) == (FIRM, str(editor.company.pk))
    services.build_export(export_id=export.pk, now=timezone.now())
    url = reverse("accounts:export_download", args=[export.pk])
    assert logged_in(owner.user).get(url).status_code == 200
    # Who is no owner any more does not get what was made before.
    owner.role = MemberRole.VIEWER
    owner.save()
    assert logged_in(owner.user).get(url).status_code == 404


def test_the_download(client: Client) -> None:
    person = UserFactory()
    store_document(name="big.pdf", content=PDF, actor=person, now=timezone.now())
    export = made(person)
    assert export.state == ExportState.READY
    assert export.expires_at - export.ready_at == timedelta(days=settings.EXPORT_DAYS)
    mail = Message.objects.get(kind="account_export_ready")
    assert reverse("accounts:data") in mail.text
    assert str(export.pk) not in mail.text
    url = reverse("accounts:export_download", args=[export.pk])
    client.force_login(person)
    assert reverse("account_reauthenticate") in client.get(url).url
    fresh = logged_in(person)
    answered = fresh.get(url)
    content = b"".join(answered.streaming_content)
    assert len(content) == export.size == int(answered.headers["Content-Length"])
    assert answered.headers["Cache-Control"] == "private, no-store"
    assert ZipFile(io.BytesIO(content)).testzip() is None
    assert AuditEvent.objects.filter(verb="export.downloaded", actor=person).count() == 1
    assert logged_in(UserFactory()).get(url).status_code == 404
    services.expire_exports(now=export.expires_at)
    assert fresh.get(url).status_code == 404
    assert not DataExportPart.objects.exists()


def test_one_at_a_time() -> None:
    person = UserFactory()
    now = timezone.now()
    first = services.request_export(user=person, scope="person", language="ko", now=now)
    assert services.request_export(user=person, scope="person", language="ko", now=now) == first
    services.build_export(export_id=first.pk, now=now)
    assert services.request_export(user=person, scope="person", language="ko", now=now) != first


def test_a_worker_that_died_is_followed_by_another() -> None:
    person = UserFactory()
    now = timezone.now()
    export = services.request_export(user=person, scope="person", language="ko", now=now)
    DataExport.objects.update(state=ExportState.RUNNING, claimed_at=now, attempts=1)
    assert services.build_export(export_id=export.pk, now=now) is None
    later = now + timedelta(minutes=20)
    assert list(services.waiting_exports(now=later)) == [export]
    services.build_export(export_id=export.pk, now=later)
    export.refresh_from_db()
    assert (export.state, export.attempts) == (ExportState.READY, 2)


def test_it_gives_up_and_says_so(client: Client) -> None:
    person = UserFactory()
    now = timezone.now()
    export = services.request_export(user=person, scope="person", language="ko", now=now)
    DataExport.objects.update(
        state=ExportState.RUNNING, claimed_at=now - timedelta(hours=1), attempts=3
    )
    services.build_export(export_id=export.pk, now=now)
    client.force_login(person)
    page = client.get(reverse("accounts:data")).content.decode()
    assert "It could not be made." in page
    # A new one may be asked for.
    client.post(reverse("accounts:export"))
    assert person.exports.filter(state=ExportState.QUEUED).count() == 1


def test_the_sweep_does_it_all() -> None:
    """Doing it again changes nothing."""
    person = UserFactory()
    services.request_export(user=person, scope="person", language="ko", now=timezone.now())
    for _again in range(2):
        sweep_data()
    assert Message.objects.count() == 0
