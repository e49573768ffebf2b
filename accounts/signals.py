"""What higher apps may want to know of: this app may not import them."""

from django.dispatch import Signal

# sender: User; user; identity (`accounts.erasing.Identity`); now. Sent inside the transaction,
# before the account itself is emptied.
person_erased = Signal()

# sender: User; user; now. Somebody works for the association no more, or not at present: sent
# inside the transaction, so that what the person had in hand goes back to the others.
staff_left = Signal()

# sender: User; user; now. Staff, or the person, ended every log-in at once: whatever else opens the
# account ends in the same transaction.
logged_out = Signal()
