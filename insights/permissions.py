"""Who may see figures, and who may take them away."""

from typing import Any

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role
from common.permissions import Decision


def can_export_figures(user: Any) -> Decision:
    """Take figures, and the rows behind them, away as files: those who answer to the board."""
    return has_staff_role(user, StaffRole.SUPERVISOR)


def can_see_all_reviewers(user: Any) -> Decision:
    """See each reviewer's figures; a reviewer sees their own line."""
    return has_staff_role(user, StaffRole.SUPERVISOR)
