"""Other systems of the association that use the API in their own name."""

import ipaddress
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class System(models.Model):
    """Has a user of its own that can never log in; `user.name` is the system's name.

    `networks` (CIDR) are the only ones its tokens may come from; empty: from everywhere.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="system"
    )
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.user.name

    def lets_in(self, address: str | None) -> bool:
        """An IPv4 address that comes in the clothes of IPv6 counts as itself."""
        if not self.networks:
            return True
        if not address:
            return False
        found = ipaddress.ip_address(address)
        mapped = getattr(found, "ipv4_mapped", None) or found
        return any(mapped in ipaddress.ip_network(each) for each in self.networks)
