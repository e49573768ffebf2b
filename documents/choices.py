"""Which files are taken, by what their bytes say."""

from typing import Final

# Media type → the endings its files have.
PROOFS: Final[dict[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
}
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
WORKING_PAPERS: Final[dict[str, tuple[str, ...]]] = {
    **PROOFS,
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
}
