from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from common import commands
from matching.services import ensure_default_policy
from matching.services.learning import NothingToLearn, learn_policy


class Command(commands.Command):
    help = (
        "Learn the weights of the criteria from review decisions and answers, and offer them as a "
        "draft policy. Nothing is activated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        active = ensure_default_policy(now=now)
        try:
            draft, lesson = learn_policy(actor=None, now=now)
        except NothingToLearn as error:
            raise CommandError(str(error)) from error
        total = sum(active.weights.values())
        lines = [f"{'criterion':16} {'in force':>9} {'learnt':>9}"]
        in_force = {name: active.weights.get(name, 0.0) / total for name in lesson.weights}
        for name, weight in lesson.weights.items():
            lines.append(f"{name:16} {in_force[name]:9.3f} {weight:9.3f}")
        for name in ("log_loss", "auc"):
            before, learnt = getattr(lesson.in_force, name), getattr(lesson.learnt, name)
            lines.append(f"{name:16} {before:9.3f} {learnt:9.3f}")
        lines.append(
            f"fitted to {lesson.fitted_to} verdicts, measured on the {lesson.measured_on} after "
            f"them; draft policy version {draft.version} waits for a supervisor"
        )
        told = {
            "policy": draft.version,
            "weights": {"in_force": in_force, "learnt": dict(lesson.weights)},
            "quality": {
                name: {
                    "in_force": getattr(lesson.in_force, name),
                    "learnt": getattr(lesson.learnt, name),
                }
                for name in ("log_loss", "auc")
            },
            "fitted_to": lesson.fitted_to,
            "measured_on": lesson.measured_on,
        }
        self.tell(told, "\n".join(lines))
