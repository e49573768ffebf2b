"""Firms that were introduced before there were conversations get theirs."""

from django.db import migrations


def open_threads(apps, schema_editor):
    introductions = apps.get_model("matching", "Introduction").objects.values_list("match", "at")
    thread = apps.get_model("dialogue", "Thread")
    thread.objects.bulk_create(
        (
            thread(match_id=match, created_at=at, last_post_at=at)
            for match, at in introductions.iterator()
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0001_initial")]

    operations = [migrations.RunPython(open_threads, migrations.RunPython.noop)]
