"""What higher apps may want to know of: this app may not import them."""

from django.dispatch import Signal

# sender: User; user; identity (`accounts.erasing.Identity`); now. Sent inside the transaction,
# before the account itself is emptied.
person_erased = Signal()
