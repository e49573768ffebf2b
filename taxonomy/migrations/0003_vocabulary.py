"""A version of the concepts, so that what is compiled from them knows when to be made anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("taxonomy", "0002_dimensions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Vocabulary",
            fields=[
                ("id", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(
            sql="""
            -- Sequences do not go back with a transaction: no version ever comes twice.
            CREATE SEQUENCE taxonomy_vocabulary_version;
            CREATE FUNCTION taxonomy_new_version() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              INSERT INTO taxonomy_vocabulary (id, version)
              VALUES (true, nextval('taxonomy_vocabulary_version'))
              ON CONFLICT (id) DO UPDATE SET version = excluded.version;
              RETURN NULL;
            END
            $$;
            CREATE TRIGGER new_version AFTER INSERT OR UPDATE OR DELETE ON taxonomy_concept
            FOR EACH STATEMENT EXECUTE FUNCTION taxonomy_new_version();
            INSERT INTO taxonomy_vocabulary (id, version)
            VALUES (true, nextval('taxonomy_vocabulary_version'));
            """,
            reverse_sql="""
            DROP FUNCTION taxonomy_new_version CASCADE;
            DROP SEQUENCE taxonomy_vocabulary_version;
            """,
        ),
    ]
