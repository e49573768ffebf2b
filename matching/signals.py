"""What higher layers may listen to; matching knows none of them."""

from django.dispatch import Signal

# sender: Match; match; now. Its grace time is over: the mails to both firms are written.
published = Signal()
# sender: Match; match; side; kind; now. A firm gave its answer, or another one than before.
answered = Signal()
# sender: Outcome; outcome; match; now. A side told a step for the first time.
outcome_recorded = Signal()
# sender: MatchRun; run; state; now. It ended: completed, failed or cancelled.
run_ended = Signal()
# sender: Introduction; introduction; now. The two firms have just been introduced.
introduced = Signal()
