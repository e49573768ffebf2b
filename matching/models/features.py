"""What the engine read in an item's words, kept until the words or the taxonomy change."""

from django.db import models

from companies.models import Need, Offering


class StoredFeatures(models.Model):
    """`digest`: 16 bytes over the words and the taxonomy they were read with; `content`: the
    engine's own format. A row whose digest does not fit is as good as none."""

    digest = models.BinaryField(max_length=16)
    content = models.BinaryField()

    class Meta:
        abstract = True


class NeedFeatures(StoredFeatures):
    item = models.OneToOneField(
        Need, primary_key=True, on_delete=models.CASCADE, related_name="features"
    )


class OfferingFeatures(StoredFeatures):
    item = models.OneToOneField(
        Offering, primary_key=True, on_delete=models.CASCADE, related_name="features"
    )
