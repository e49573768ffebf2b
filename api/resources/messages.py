"""The conversation of two introduced firms: read and written as on its page."""

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.resources.match_shapes import Char, Moment, Shape
from api.resources.matches import MatchPart, OfMatch
from api.views import Resource
from common.localisation import Language
from common.permissions import require
from dialogue.choices import POST_LENGTH
from dialogue.models import Post, Thread
from dialogue.permissions import can_post, side_in
from dialogue.queries.threads import post_views, posts_of
from dialogue.services import withdraw_post, write_post


class SegmentSerializer(Shape):
    text = Char()
    gloss = Char(help_text="The caller's word for it, or empty.")


class FileSerializer(Shape):
    """Its content is on the page of the conversation."""

    id = serializers.UUIDField()
    name = Char(source="document.name")
    media_type = Char(source="document.media_type")
    size = serializers.IntegerField(source="document.size")


class MessageSerializer(Shape):
    id = serializers.UUIDField(source="post.pk")
    side = serializers.ChoiceField(
        choices=("buyer", "seller", ""), source="post.side", help_text="Empty: the association."
    )
    writer = Char(help_text="The person as far as the caller may know, or the firm.")
    is_own_side = serializers.BooleanField()
    language = serializers.ChoiceField(choices=Language.choices, source="post.language")
    text = Char(source="post.text", help_text="Empty when it was taken back.")
    segments = SegmentSerializer(many=True, help_text="The text, cut at the terms it names.")
    files = FileSerializer(many=True)
    may_withdraw = serializers.BooleanField()
    created_at = Moment(source="post.created_at")
    withdrawn_at = Moment(source="post.withdrawn_at", allow_null=True)


class NewMessageSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=POST_LENGTH)
    language = serializers.ChoiceField(
        choices=Language.choices,
        required=False,
        allow_blank=True,
        default="",
        help_text="Else it is recognised.",
    )


class Conversation(MatchPart):
    """404 before the introduction."""

    def thread(self, pk: UUID) -> Thread:
        match = self.match(pk)
        found = Thread.objects.with_sides().filter(pk=match.pk).first()
        if found is None:
            raise Http404
        return found


class Messages(Conversation, Resource):
    """What stands in the conversation of a match, newest first; reading it here marks nothing as
    read. Files come in on the page alone."""

    scopes = (Scope.FIRM, Scope.REVIEWER)
    queryset = Post.objects.none()
    serializer_class = MessageSerializer
    filter_backends: ClassVar[list[Any]] = []
    ordering = ("-created_at", "-pk")

    @extend_schema(summary="Messages of a match")
    def list(self, request: Request, pk: UUID) -> Response:
        thread = self.thread(pk)
        page = self.paginate_queryset(posts_of(thread)) or []
        rows = post_views(request.user, thread, page, now=timezone.now())
        return self.get_paginated_response(MessageSerializer(rows, many=True).data)

    @extend_schema(
        summary="Write a message", request=NewMessageSerializer, responses={201: MessageSerializer}
    )
    def create(self, request: Request, pk: UUID) -> Response:
        """For the own firm, or for the association. The others are told by mail."""
        thread = self.thread(pk)
        require(can_post(request.user, thread))
        form = NewMessageSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        post = write_post(
            thread=thread,
            author=request.user,
            side=side_in(request.user, thread),
            nonce=uuid4(),
            now=now,
            **form.validated_data,
        )
        told = post_views(request.user, thread, [posts_of(thread).get(pk=post.pk)], now=now)[0]
        return Response(
            MessageSerializer(told).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": request.path},
        )


class Message(Conversation, OfMatch):
    """One message of a conversation."""

    scopes = (Scope.FIRM, Scope.REVIEWER)

    @extend_schema(summary="Take a message back", responses={204: None})
    def delete(self, request: Request, pk: UUID, message: UUID) -> Response:
        """One's own, for five minutes: its text and files are deleted."""
        thread = self.thread(pk)
        post = Post.objects.filter(thread=thread, pk=message).first()
        if post is None:
            raise Http404
        require(can_post(request.user, thread))
        withdraw_post(post=post, by=request.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
