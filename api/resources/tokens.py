"""Oneself and one's tokens. A token makes no tokens: only the browser's session does."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.errors import Problem
from api.models import Token
from api.permissions import scopes_of
from api.services import issue_token, revoke_token
from api.views import Resource, View


class MeSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(read_only=True)
    name = serializers.CharField(read_only=True)
    language = serializers.CharField(read_only=True)
    staff_role = serializers.CharField(read_only=True)
    companies = serializers.SerializerMethodField()
    scopes = serializers.SerializerMethodField()

    def get_companies(self, user: Any) -> list[dict[str, str]]:
        return [
            {"id": str(each.company_id), "role": each.role}
            for each in user.memberships.order_by("created_at", "pk")
        ]

    def get_scopes(self, user: Any) -> list[str] | None:
        token = self.context["request"].auth
        return sorted(scopes_of(token)) if isinstance(token, Token) else None


class TokenSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False
    )
    days = serializers.IntegerField(min_value=1, max_value=366, write_only=True, default=90)
    hint = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_used_from = serializers.IPAddressField(read_only=True, allow_null=True)


class Me(View):
    """Who the API takes the caller for."""

    serializer_class = MeSerializer

    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user, context={"request": request}).data)


class Tokens(mixins.ListModelMixin, mixins.CreateModelMixin, mixins.DestroyModelMixin, Resource):
    """One's standing tokens; the key of a new one is in the answer to its POST alone."""

    is_browser_only = True
    serializer_class = TokenSerializer
    queryset = Token.objects.all()
    ordering = ("-created_at", "pk")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, Token):
            raise Problem("wrong-scope", _("Tokens are made and revoked in the browser."))

    def get_queryset(self) -> QuerySet[Token]:
        return Token.objects.standing(timezone.now()).filter(user=self.request.user.pk)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        token, key = issue_token(
            user=request.user,
            name=form.validated_data["name"],
            scopes=form.validated_data["scopes"],
            expires_at=now + timedelta(days=form.validated_data["days"]),
            actor=request.user,
            now=now,
        )
        told = self.get_serializer(token).data | {"key": key}
        answer = Response(told, status=status.HTTP_201_CREATED)
        answer.shown_once = ("key",)
        return answer

    def perform_destroy(self, instance: Token) -> None:
        revoke_token(token=instance, actor=self.request.user, now=timezone.now())
