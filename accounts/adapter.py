"""allauth's seams: its mails go through our outbox."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Log-in, sign-up and their mails, in the person's language."""
