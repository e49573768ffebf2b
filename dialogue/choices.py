"""Words and limits of the talk between two introduced firms."""

from datetime import timedelta
from typing import Final

POST_LENGTH: Final = 5000
POST_FILES: Final = 5
# As long as nobody has been told of it yet.
WITHDRAWAL: Final = timedelta(minutes=5)
# A mail about new messages waits this long, so that those written in one go come in one mail …
NOTICE_DELAY: Final = WITHDRAWAL
# … and a person gets at most one of them in this time about one conversation.
NOTICE_INTERVAL: Final = timedelta(hours=1)
