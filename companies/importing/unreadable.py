"""A file that cannot be read as a whole."""


class UnreadableFile(ValueError):
    """`code` says why and `details` fill its sentence (worded in `companies.importing.wording`)."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
