# One image for web, worker, beat and migrations; docker-compose.yml says which command each runs.

FROM node:24-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-progress
COPY . .
RUN npm run build

FROM python:3.13-slim AS environment
RUN pip install --no-cache-dir uv
COPY requirements-production.lock ./
RUN uv venv /venv && uv pip sync --no-cache --require-hashes --python /venv/bin/python \
    requirements-production.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings READ_DOT_ENV=false \
    BEAT_SCHEDULE_FILE=/tmp/beat-schedule
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin gagyo
COPY --from=environment /venv /venv
WORKDIR /app
COPY . .
COPY --from=assets /app/static/dist static/dist
# What the settings insist on; nothing of it is used here or stays in the image.
RUN export SECRET_KEY=build DATABASE_URL=postgres://build REDIS_URL=redis://build \
        PUBLIC_URL=https://build ALLOWED_HOSTS=build \
        MAIL_FROM=build@build MAIL_SENDER_ADDRESS=build MAIL_CONTACT=build@build \
    && python -m local.catalogues compile \
    && python manage.py collectstatic --no-input --verbosity 0
# What the engine keeps between starts: its machine code, and the index of the market.
ENV NUMBA_CACHE_DIR=/var/lib/gagyo/kernels MATCH_INDEX_FOLDER=/var/lib/gagyo/index
RUN install --directory --owner gagyo /var/lib/gagyo
USER gagyo
EXPOSE 8000
# The host has to be one that the settings allow.
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["python", "-c", "\
import os; from urllib.parse import urlsplit; from urllib.request import Request, urlopen; \
host = urlsplit(os.environ['PUBLIC_URL']).netloc; \
urlopen(Request('http://127.0.0.1:8000/healthz/', headers={'Host': host}), timeout=5)"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", \
    "--preload", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
