from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "mailing"

    def ready(self) -> None:
        from mailing import receivers  # noqa: F401 (connects them)
