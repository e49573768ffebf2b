"""What a match looks like in the API: to a firm, and to staff."""

from typing import Any

from rest_framework import serializers

from api.fields import SparseSerializer
from matching.choices import (
    AnswerKind,
    DeclineReason,
    Direction,
    MatchState,
    QuestionState,
    Side,
    reason_label,
)

Char = serializers.CharField
Moment = serializers.DateTimeField


class Shape(serializers.Serializer[Any]):
    """Read only: what is shown, never what is taken in."""


class PersonSerializer(Shape):
    """Somebody of the staff or of one's own firm."""

    id = serializers.IntegerField(source="pk")
    name = Char(source="display_name")


class LineSerializer(Shape):
    """A label and a text, both in the caller's language."""

    label = Char()
    text = Char()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        label, text = instance
        return {"label": str(label), "text": str(text)}


class AnswerSerializer(Shape):
    """What one side has said."""

    side = serializers.ChoiceField(choices=Side.choices)
    round = serializers.IntegerField(help_text="A pair may be proposed again: the next round.")
    kind = serializers.ChoiceField(choices=AnswerKind.choices)
    kind_label = Char(source="get_kind_display")
    reason = serializers.ChoiceField(choices=DeclineReason.choices, allow_blank=True)
    reason_label = serializers.SerializerMethodField(help_text="The reason as a sentence.")
    note = Char(help_text="In the firm's own words.")
    is_note_shared = serializers.BooleanField(help_text="The other firm may read the note.")
    by = PersonSerializer(allow_null=True)
    at = Moment()

    def get_reason_label(self, answer: Any) -> str:
        return reason_label(answer.reason) if answer.reason else ""


class OwnItemSerializer(Shape):
    id = serializers.UUIDField(source="card.own_item.pk")
    kind = serializers.ChoiceField(choices=("need", "offering"), source="own_kind")
    title = Char(source="card.own_title")
    language = Char(source="card.own_title_language")


class TheirFirmSerializer(Shape):
    """The other firm, as far as it may be known."""

    id = serializers.UUIDField(
        source="company_id", allow_null=True, help_text="Null while the firm hides its name."
    )
    name = Char(
        source="card.firm_name", help_text="A description as long as `is_name_hidden` is true."
    )
    language = Char(source="card.firm_name_language")
    is_name_hidden = serializers.BooleanField(source="card.is_name_hidden")
    country = Char(source="card.their_company.country")
    website = Char(help_text="Empty while the firm hides its name.")
    facts = LineSerializer(source="card.facts", many=True)
    verified_at = Moment(source="card.verified_at", allow_null=True)
    verified_checks = serializers.ListField(child=Char(), source="card.verified_checks")


class TheirItemSerializer(Shape):
    title = Char(source="card.title")
    title_language = Char(source="card.title_language")
    text = Char(source="card.text")
    text_language = Char(source="card.text_language")
    terms = LineSerializer(source="card.terms", many=True)


class FirmMatchSerializer(SparseSerializer):
    """A match that was mailed to the caller's firm."""

    id = serializers.UUIDField(source="match.pk")
    state = serializers.ChoiceField(choices=MatchState.choices, source="match.state")
    state_label = Char(source="match.get_state_display")
    direction = serializers.ChoiceField(choices=Direction.choices, source="match.direction")
    side = serializers.ChoiceField(choices=Side.choices, help_text="The side of the own firm.")
    own_item = OwnItemSerializer(source="*")
    firm = TheirFirmSerializer(source="*")
    item = TheirItemSerializer(source="*")
    fit = Char(source="card.fit", help_text="How well the two items fit, in words.")
    confidence = Char(source="card.confidence", help_text="How much of it is known, in words.")
    reasons = serializers.ListField(
        child=Char(), source="card.reasons", help_text="Why it may suit you, as sentences."
    )
    missing = serializers.ListField(
        child=Char(), source="card.missing", help_text="What is not known yet, as sentences."
    )
    is_open = serializers.BooleanField(help_text="It can be answered now.")
    awaiting = serializers.ChoiceField(
        choices=("me", "other"), allow_null=True, help_text="Whose answer it waits for."
    )
    own_answer = AnswerSerializer(allow_null=True)
    answer_until = Moment(source="match.expires_at", allow_null=True)
    days_left = serializers.IntegerField(
        allow_null=True, help_text="Whole days to the last one to answer; negative when over."
    )
    published_at = Moment(source="match.published_at")
    introduced_at = Moment(allow_null=True)
    ended_at = Moment(source="match.ended_at", allow_null=True)
    updated_at = Moment(source="match.updated_at")


class RoomSerializer(Shape):
    taken = serializers.IntegerField()
    limit = serializers.IntegerField()
    left = serializers.IntegerField()


class TipSerializer(Shape):
    text = Char()
    label = Char()
    url = Char(help_text="A page of this site.")


class SettledSerializer(Shape):
    """Why there is nothing to answer (any more)."""

    text = Char()
    reason = Char(help_text="Of the other firm, if it declined.")
    words = Char(help_text="Its own words, if it shares them.")
    words_language = Char()
    tip = TipSerializer(allow_null=True)
    undo_until = Moment(allow_null=True, help_text="The own answer can be taken back so long.")


class ComparedSerializer(Shape):
    label = Char()
    own = Char()
    theirs = Char()
    mark = Char(help_text="= the same, ≈ close, ≠ apart, ? unknown, or empty.")


class FirmMatchDetailSerializer(FirmMatchSerializer):
    answered = Char(help_text="Who of one's own firm answered what and when, as a sentence.")
    next_step = Char(help_text="What happens after one's “interested”, and by when.")
    settled = SettledSerializer(allow_null=True)
    introductions = RoomSerializer(allow_null=True, help_text="Of this month, of the own firm.")
    seats = RoomSerializer(allow_null=True, help_text="Of the own need.")
    comparison = ComparedSerializer(many=True)


class StaffSideSerializer(Shape):
    company = serializers.UUIDField(source="company.pk")
    company_name = Char()
    country = Char(source="company.country")
    item = serializers.UUIDField(source="item.pk")
    kind = serializers.ChoiceField(choices=("need", "offering"))
    title = Char()


class ClaimSerializer(Shape):
    """Somebody looks at the match."""

    reviewer = PersonSerializer()
    since = Moment()
    until = Moment()


class ToldSerializer(Shape):
    """Sentences in the caller's language."""

    fits = serializers.ListField(child=Char())
    accepts = serializers.ListField(child=Char(), help_text="Why the other side may say yes.")
    missing = serializers.ListField(child=Char())


class StaffMatchSerializer(SparseSerializer):
    """Any match, as the reviewers' desk shows it."""

    id = serializers.UUIDField(source="match.pk")
    state = serializers.ChoiceField(choices=MatchState.choices, source="match.state")
    state_label = Char(source="match.get_state_display")
    direction = serializers.ChoiceField(choices=Direction.choices, source="match.direction")
    is_prospect = serializers.BooleanField(
        source="match.is_prospect", help_text="One of the firms is unclaimed: only for staff."
    )
    buyer = StaffSideSerializer()
    seller = StaffSideSerializer()
    score = serializers.FloatField(source="match.score", help_text="0 to 1.")
    confidence = serializers.FloatField(
        source="match.confidence", help_text="The weight of what is known, 0 to 1."
    )
    value = serializers.FloatField(source="match.value", help_text="Score times confidence.")
    priority = serializers.FloatField(source="match.priority", help_text="Its place in the queue.")
    criteria = serializers.DictField(
        child=serializers.FloatField(allow_null=True),
        source="match.criteria",
        help_text="Each criterion from 0 to 1; null when it is not known.",
    )
    parts = serializers.DictField(
        child=serializers.FloatField(),
        source="match.parts",
        help_text="The share of each criterion; together they are the score.",
    )
    reasons = ToldSerializer()
    run = serializers.UUIDField(source="match.run_id", allow_null=True)
    policy = serializers.IntegerField(allow_null=True, help_text="Version of the run's policy.")
    round = serializers.IntegerField(source="match.round")
    is_stale = serializers.BooleanField(
        source="match.is_stale", help_text="An item has changed since it was scored."
    )
    due_at = Moment(allow_null=True, help_text="When it should be decided.")
    is_late = serializers.BooleanField()
    needs_two = serializers.BooleanField(help_text="Two reviewers have to approve it.")
    claim = ClaimSerializer(allow_null=True)
    reply = serializers.ChoiceField(
        choices=QuestionState.choices,
        allow_blank=True,
        help_text="What became of the question the match waits or waited for.",
    )
    assigned_to = PersonSerializer(source="match.assigned_to", allow_null=True)
    held_until = serializers.DateField(source="match.held_until", allow_null=True)
    hold_note = Char(source="match.hold_note")
    first_approved_by = PersonSerializer(source="match.first_approved_by", allow_null=True)
    first_approved_at = Moment(source="match.first_approved_at", allow_null=True)
    decided_by = PersonSerializer(source="match.decided_by", allow_null=True)
    decided_at = Moment(source="match.decided_at", allow_null=True)
    publish_at = Moment(source="match.publish_at", allow_null=True)
    published_at = Moment(source="match.published_at", allow_null=True)
    answer_until = Moment(source="match.expires_at", allow_null=True)
    introduced_at = Moment(allow_null=True)
    ended_at = Moment(source="match.ended_at", allow_null=True)
    reopens_at = Moment(source="match.reopens_at", allow_null=True)
    created_at = Moment(source="match.created_at")
    updated_at = Moment(source="match.updated_at")


class ConflictSerializer(Shape):
    """What stands in the way, or should make one look twice."""

    code = Char()
    sentence = Char()
    is_blocking = serializers.BooleanField(help_text="The match would not be mailed.")
    match = serializers.UUIDField(
        source="match.pk", allow_null=True, default=None, help_text="Which the sentence is about."
    )


class FactorsSerializer(Shape):
    """Why the match stands where it does; the priority is their product."""

    value = serializers.FloatField()
    urgency = serializers.FloatField()
    buyer = serializers.FloatField()
    seller = serializers.FloatField()
    priority = serializers.FloatField()


class StaffMatchDetailSerializer(StaffMatchSerializer):
    conflicts = ConflictSerializer(many=True)
    factors = FactorsSerializer()
    can_undo = serializers.BooleanField(help_text="The last decision can still be taken back.")
