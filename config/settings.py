"""All settings come from the environment (see .env.example); wrong or missing ones fail loudly."""

from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.logs import set_up_structlog
from config import rest, safety

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
if env.bool("READ_DOT_ENV", default=True):
    environ.Env.read_env(BASE_DIR / ".env")

# --- What kind of place this is -------------------------------------------------------------
# `local` is for the demo, the tests and development; everything else is treated as production.
LOCAL = env.bool("GAGYO_LOCAL", default=False)
DEBUG = env.bool("DEBUG", default=False)
if DEBUG and not LOCAL:
    raise ImproperlyConfigured("DEBUG is only allowed together with GAGYO_LOCAL.")
SECRET_KEY = env.str("SECRET_KEY")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000" if LOCAL else environ.Env.NOTSET)
PUBLIC_URL = PUBLIC_URL.rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if LOCAL else environ.Env.NOTSET)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications, lowest layer last ----------------------------------------------------------
INSTALLED_APPS = [
    "demo",
    "portal",
    "api",
    "api.hooks",
    "insights",
    "dialogue",
    "matching",
    "companies",
    "taxonomy",
    "accounts",
    "documents",
    "mailing",
    "common",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sites",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "anymail",
    "csp",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_structlog",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are compressed, those of signed-in people too: tokens are masked anew in each answer,
    # a random length is added, and other sites cannot ask with the session's cookie (SameSite).
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.UserLanguageMiddleware",
    "portal.middleware.LanguagePrefixMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffIdleMiddleware",
    "accounts.middleware.SessionActivityMiddleware",
    "accounts.middleware.StaffTwoFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "api.middleware.TokenUseMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "common.templatetags.ui",
                "portal.templatetags.seo",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.context_processors.navigation",
            ],
        },
    }
]
FORM_RENDERER = "common.form_renderer.GagyoFormRenderer"

# --- Data -------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
# Shared by all web processes; allauth counts its rate limits here. In PostgreSQL, so that a log-in
# needs no broker and emptying the cache never empties a queue.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}
REST_FRAMEWORK = rest.FRAMEWORK
SPECTACULAR_SETTINGS = rest.SPECTACULAR
API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", default=600)
API_REFUSED_A_MINUTE = env.int("API_REFUSED_A_MINUTE", default=20)
API_USES_KEEP_DAYS = env.int("API_USES_KEEP_DAYS", default=365)

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SITE_ID = 1
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = safety.PASSWORD_VALIDATORS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "portal:home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
# One address a person: changing it keeps the old one until the new one is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# Leads on to the firm's registration, or home where there is nothing to register.
ACCOUNT_SIGNUP_REDIRECT_URL = "companies:welcome"
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/company/welcome/"
ACCOUNT_PREVENT_ENUMERATION = True
# Who sends too many requests is told apart by address: the proxy's word counts only behind one.
USERSESSIONS_TRACK_ACTIVITY = True
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", default=False) else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Gagyo"
# Two-factor log-in is obligatory for association staff; only the local demo may switch it off.
STAFF_TWO_FACTOR = env.bool("STAFF_TWO_FACTOR", default=not LOCAL)
# Staff who do nothing for so long are logged out; 0: never.
STAFF_IDLE = timedelta(minutes=env.float("STAFF_IDLE_MINUTES", default=120))

# --- Languages and time -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("ko", _("Korean")), ("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = "Asia/Seoul"  # KST and JST are the same clock

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "static/"
# Locally the built files are served from where they lie; nothing is collected.
STATIC_ROOT = None if LOCAL else BASE_DIR / "staticfiles"
STATICFILES_FINDERS = [
    "common.finders.BuiltAssetsFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- Mail ---------------------------------------------------------------------------------------
# Any provider of django-anymail by its backend's name, or plain SMTP by MAIL_URL.
if MAIL_URL := env.str("MAIL_URL", default="smtp://localhost:25" if LOCAL else ""):
    vars().update(env.email_url_config(MAIL_URL))
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="mailing.smtp.SmtpBackend")
EMAIL_TIMEOUT = 20
ANYMAIL = env.json("ANYMAIL", default={})
DEFAULT_FROM_EMAIL = env.str(
    "MAIL_FROM", default="Gagyo <gagyo@association.example>" if LOCAL else environ.Env.NOTSET
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Stands in every mail: who sends it and where refusals and complaints go.
MAIL_SENDER_ADDRESS = env.str(
    "MAIL_SENDER_ADDRESS",
    default="Gagyo Association (fictional), 511 Yeongdong-daero, Gangnam-gu, Seoul"
    if LOCAL
    else environ.Env.NOTSET,
)
MAIL_CONTACT = env.str(
    "MAIL_CONTACT", default="help@association.example" if LOCAL else environ.Env.NOTSET
)

# Which provider of django-anymail tells what became of the mails, at /mail-events/<its name>/.
MAIL_EVENTS = env.str("MAIL_EVENTS", default="")
# How fast mails leave; 0: as fast as they can.
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)
MAIL_PER_DOMAIN_PER_DAY = env.int("MAIL_PER_DOMAIN_PER_DAY", default=0)
PROMOTIONAL_PER_MINUTE = env.int("PROMOTIONAL_PER_MINUTE", default=60)
# From and until which hour (KST/JST) promotional mail rests; Korean law asks it of other channels.
PROMOTIONAL_QUIET_HOURS = tuple(env.list("PROMOTIONAL_QUIET_HOURS", cast=int, default=[21, 8]))
# Whom the association has process data on its behalf, as the privacy page names them.
PRIVACY_PROCESSORS = [
    name.strip() for name in env.str("PRIVACY_PROCESSORS", default="").split(";") if name.strip()
]

# The page, above mailing, where a person chooses which mails come, opened by a signed link.
MAIL_PREFERENCES_PAGE = "companies:mail_by_link"
# Mailing may not import the app that records consents: it asks this before promotional mail.
PROMOTIONAL_CONSENT_CHECK = "accounts.queries.has_promotional_consent"

# --- Rules of product.md that an association may set ----------------------------------------------
MATCH_GRACE = timedelta(minutes=env.float("MATCH_GRACE_MINUTES", default=10))
# So long others see that a reviewer looks at a match; the open page renews it.
MATCH_CLAIM = timedelta(minutes=env.float("MATCH_CLAIM_MINUTES", default=5))
MATCH_ANSWER_DAYS = 21
# How long the author of a staff note may change it.
NOTE_EDIT_TIME = timedelta(hours=24)
# How long a firm has to answer a question of the staff; the match waits meanwhile.
QUESTION_BUSINESS_DAYS = 5
MATCH_REMINDER_BUSINESS_DAYS = 5
# A pair that was told "not now" may be proposed again after this; outcomes are asked after these.
MATCH_NOT_NOW_DAYS = 90
MATCH_OUTCOME_DAYS = (30, 90, 180)
# A silent firm is reminded once after the first of these, and is a task for staff after the second.
MATCH_OUTCOME_REMINDER_DAYS = 7
MATCH_OUTCOME_SILENT_DAYS = 14
# A run whose worker has been silent this long is taken over by another, this often at most.
MATCH_RUN_STALE = timedelta(seconds=env.float("MATCH_RUN_STALE_SECONDS", default=60))
MATCH_RUN_ATTEMPTS = 5
# The matches that a run brought, took or moved most: so many of each kind, for so many days.
RUN_CHANGES_KEPT = env.int("RUN_CHANGES_KEPT", default=1000)
RUN_CHANGES_DAYS = env.int("RUN_CHANGES_DAYS", default=90)
# Needs in a block: what a lost worker costs, and what a run holds in memory at once.
MATCH_RUN_BLOCK = env.int("MATCH_RUN_BLOCK", default=1000)
# Where workers keep the index for single firms ("": a temporary folder), and when it pays.
MATCH_INDEX_FOLDER = env.str("MATCH_INDEX_FOLDER", default="")
MATCH_INDEX_FROM = 5000
VERIFICATION_MONTHS = 12
# The same for people whom the association takes on; an administrator may send so many a day.
STAFF_INVITATION_DAYS = env.int("STAFF_INVITATION_DAYS", default=3)
STAFF_INVITATIONS_PER_DAY = env.int("STAFF_INVITATIONS_PER_DAY", default=20)
# How long the link of an invitation is good, and how many a firm may send a day.
INVITATION_DAYS = env.int("INVITATION_DAYS", default=14)
INVITATIONS_PER_DAY = env.int("INVITATIONS_PER_DAY", default=20)
# So many days before the end members are asked to renew; the same for a certificate's last day.
RENEWAL_NOTICE_DAYS = 30
CERTIFICATE_NOTICE_DAYS = 30
# A request to join that the owners leave unanswered goes to the staff as well.
JOIN_REQUEST_DAYS = env.int("JOIN_REQUEST_DAYS", default=7)
# How long a link holds that was mailed to prove that somebody belongs to a firm's domain.
CLAIM_LINK_HOURS = env.int("CLAIM_LINK_HOURS", default=48)
# Proofs are erased so long after the verification they were for is over or the claim refused.
PROOF_KEEP_DAYS = env.int("PROOF_KEEP_DAYS", default=30)
# A copy of one's data is kept this long; an erasure can be called off, a closed firm reopened.
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)
ERASURE_WAIT_DAYS = env.int("ERASURE_WAIT_DAYS", default=7)
CLOSING_DAYS = env.int("CLOSING_DAYS", default=30)
# So long two firms that were merged can be taken apart again.
MERGE_UNDO_DAYS = env.int("MERGE_UNDO_DAYS", default=30)
# Working days within which a firm that waits is looked at, and within which a returned one is
# expected to answer.
VERIFICATION_TARGET_DAYS = env.int("VERIFICATION_TARGET_DAYS", default=2)
RETURNED_SILENT_DAYS = env.int("RETURNED_SILENT_DAYS", default=14)
# The wording of the consents promises this: one year after the account is closed.
CONSENT_RECORD_DAYS = 365
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", default=10 * 1024 * 1024)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=50 * 1024 * 1024)
# The files, bad rows and journals of imports: so long they can be taken back and downloaded.
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=365)
# Machine translation of a firm's own texts, at its wish: "deepl" or "papago"; off without a key.
TRANSLATION_PROVIDER = env.str("TRANSLATION_PROVIDER", default="")
TRANSLATION_KEY = env.str("TRANSLATION_KEY", default="")
TRANSLATION_KEY_ID = env.str("TRANSLATION_KEY_ID", default="")
TRANSLATION_URL = env.str("TRANSLATION_URL", default="")
TRANSLATION_TIMEOUT = env.float("TRANSLATION_TIMEOUT", default=15.0)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Public registers: asked only where there is a key --------------------------------------------
# Japan: National Tax Agency (application id) and gBizINFO (token). Korea: National Tax Service
# (service key of data.go.kr).
NTA_API_ID = env.str("NTA_API_ID", default="")
NTA_API_URL = env.str("NTA_API_URL", default="https://api.houjin-bangou.nta.go.jp")
GBIZINFO_TOKEN = env.str("GBIZINFO_TOKEN", default="")
GBIZINFO_URL = env.str("GBIZINFO_URL", default="https://info.gbiz.go.jp")
NTS_SERVICE_KEY = env.str("NTS_SERVICE_KEY", default="")
NTS_API_URL = env.str("NTS_API_URL", default="https://api.odcloud.kr")
REGISTRY_TIMEOUT_SECONDS = env.float("REGISTRY_TIMEOUT_SECONDS", default=10)

# --- Webhooks (docs/webhooks.md) ------------------------------------------------------------------
# The demo tells events to receivers on this machine; elsewhere that would open the inner network.
WEBHOOKS_ALLOW_PRIVATE = env.bool("WEBHOOKS_ALLOW_PRIVATE", default=LOCAL)
if WEBHOOKS_ALLOW_PRIVATE and not LOCAL:
    raise ImproperlyConfigured("WEBHOOKS_ALLOW_PRIVATE is only allowed together with GAGYO_LOCAL.")
WEBHOOKS_PORTS = tuple(env.list("WEBHOOKS_PORTS", cast=int, default=[443, 8443]))
# All signing secrets are worked out from it: changing it makes every one of them anew.
WEBHOOKS_SECRET_KEY = env.str("WEBHOOKS_SECRET_KEY", default="") or SECRET_KEY
WEBHOOKS_CONNECT_SECONDS = env.float("WEBHOOKS_CONNECT_SECONDS", default=3)
WEBHOOKS_TOTAL_SECONDS = env.float("WEBHOOKS_TOTAL_SECONDS", default=10)
# So long an event is tried again; so many failures in a row over so long switch an endpoint off.
WEBHOOKS_RETRY = timedelta(hours=env.float("WEBHOOKS_RETRY_HOURS", default=72))
WEBHOOKS_FAILURES = env.int("WEBHOOKS_FAILURES", default=20)
WEBHOOKS_FAILING = timedelta(hours=env.float("WEBHOOKS_FAILING_HOURS", default=24))
WEBHOOKS_KEEP_DAYS = env.int("WEBHOOKS_KEEP_DAYS", default=30)

# --- Background work ------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
# What waits for others' servers stands apart from our own work: neither holds up the other. A
# worker that is told no queue listens to both.
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"celery": {}, "webhooks": {}}
CELERY_TASK_ROUTES = {"hooks.deliver": {"queue": "webhooks"}, "hooks.sweep": {"queue": "webhooks"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "max_retries": 1,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE_FILE", default="celerybeat-schedule")

# --- Security -------------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", default=not LOCAL)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading binds the whole domain for years: its owner's decision, not this product's.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = safety.CONTENT_SECURITY_POLICY

# --- Logging --------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # It writes whole addresses, and those of public registers hold our keys.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
set_up_structlog()
