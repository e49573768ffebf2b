"""The log of the tokens' uses, which refuses to be changed like the audit trail."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

REFUSE = """
CREATE FUNCTION api_tokenuse_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND current_setting('gagyo.audit_erasure', true) = 'on'
       AND NEW.address IS NULL
       AND (NEW.id, NEW.at, NEW.token_id, NEW.user_id, NEW.method, NEW.route, NEW.object_id,
            NEW.status)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.at, OLD.token_id, OLD.user_id, OLD.method, OLD.route, OLD.object_id,
            OLD.status)
    THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('gagyo.uses_purge', true) = 'on' THEN
        RETURN OLD;
    END IF;
    -- The tests empty every table between them; nothing of the product sets this.
    IF TG_OP = 'TRUNCATE' AND current_setting('gagyo.audit_may_be_emptied', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The log of uses is append-only: % refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER api_tokenuse_append_only BEFORE UPDATE OR DELETE ON api_tokenuse
    FOR EACH ROW EXECUTE FUNCTION api_tokenuse_refuse();
CREATE TRIGGER api_tokenuse_never_emptied BEFORE TRUNCATE ON api_tokenuse
    FOR EACH STATEMENT EXECUTE FUNCTION api_tokenuse_refuse();
-- Also where a session has switched ordinary triggers off (session_replication_role).
ALTER TABLE api_tokenuse ENABLE ALWAYS TRIGGER api_tokenuse_append_only;
ALTER TABLE api_tokenuse ENABLE ALWAYS TRIGGER api_tokenuse_never_emptied;
"""
ALLOW = """
DROP TRIGGER api_tokenuse_append_only ON api_tokenuse;
DROP TRIGGER api_tokenuse_never_emptied ON api_tokenuse;
DROP FUNCTION api_tokenuse_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="token",
            name="last_used_from",
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address"),
        ),
        migrations.CreateModel(
            name="TokenUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("method", models.CharField(max_length=8)),
                ("route", models.CharField(max_length=80)),
                ("object_id", models.CharField(blank=True, max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                (
                    "address",
                    models.GenericIPAddressField(blank=True, null=True),
                ),
                (
                    "token",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="api.token",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="use_newest_idx"),
                    models.Index(fields=["token", "-at", "-id"], name="use_token_idx"),
                    models.Index(fields=["user", "-at", "-id"], name="use_user_idx"),
                    models.Index(
                        condition=models.Q(("status__gte", 400)),
                        fields=["-at", "-id"],
                        name="use_refused_idx",
                    ),
                ],
            },
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
