"""What higher layers may listen to; matching knows none of them."""

from django.dispatch import Signal

# sender: Introduction; introduction; now. The two firms have just been introduced.
introduced = Signal()
