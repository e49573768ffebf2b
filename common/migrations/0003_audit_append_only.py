"""The audit trail refuses to be changed, and is quick to look through at millions of rows."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

REFUSE = """
CREATE FUNCTION common_auditevent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND current_setting('gagyo.audit_erasure', true) = 'on'
       AND (NEW.id, NEW.at, NEW.actor_id, NEW.verb, NEW.object_type, NEW.object_id, NEW.reason,
            NEW.data)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.at, OLD.actor_id, OLD.verb, OLD.object_type, OLD.object_id, OLD.reason,
            OLD.data)
    THEN
        RETURN NEW;
    END IF;
    -- The tests empty every table between them; nothing of the product sets this.
    IF TG_OP = 'TRUNCATE' AND current_setting('gagyo.audit_may_be_emptied', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only: % refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER common_auditevent_append_only BEFORE UPDATE OR DELETE ON common_auditevent
    FOR EACH ROW EXECUTE FUNCTION common_auditevent_refuse();
CREATE TRIGGER common_auditevent_never_emptied BEFORE TRUNCATE ON common_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION common_auditevent_refuse();
-- Also where a session has switched ordinary triggers off (session_replication_role).
ALTER TABLE common_auditevent ENABLE ALWAYS TRIGGER common_auditevent_append_only;
ALTER TABLE common_auditevent ENABLE ALWAYS TRIGGER common_auditevent_never_emptied;
"""
ALLOW = """
DROP TRIGGER common_auditevent_append_only ON common_auditevent;
DROP TRIGGER common_auditevent_never_emptied ON common_auditevent;
DROP FUNCTION common_auditevent_refuse();
"""
# The words of an event, as `accounts.queries.trail` looks for them.
WORDS = """
CREATE INDEX audit_words_idx ON common_auditevent
    USING gin (upper(reason || ' ' || (data)::text) gin_trgm_ops);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0002_cache_table"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        migrations.RemoveIndex(model_name="auditevent", name="common_audi_object__1c34e9_idx"),
        migrations.AlterField(
            model_name="auditevent", name="at", field=models.DateTimeField(verbose_name="time")
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        *(
            migrations.AddIndex(
                model_name="auditevent", index=models.Index(fields=fields, name=name)
            )
            for name, fields in (
                ("audit_newest_idx", ["-at", "-id"]),
                ("audit_actor_idx", ["actor", "-at", "-id"]),
                ("audit_verb_idx", ["verb", "-at", "-id"]),
                ("audit_kind_idx", ["object_type", "-at", "-id"]),
                ("audit_object_idx", ["object_type", "object_id", "-at", "-id"]),
            )
        ),
        migrations.RunSQL(WORDS, "DROP INDEX audit_words_idx"),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
