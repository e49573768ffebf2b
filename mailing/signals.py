"""What higher apps may want to know of: this app may not import them."""

from django.dispatch import Signal

# Sent inside the transaction, with address, category and now.
mail_refused = Signal()
