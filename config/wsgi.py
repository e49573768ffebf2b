import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from matching.engine_adapter import read_words_ahead  # noqa: E402 - the apps have to be ready

read_words_ahead()

# The collector writes into whatever it looks at, and a page that is written is no longer shared.
gc.collect()
gc.freeze()
