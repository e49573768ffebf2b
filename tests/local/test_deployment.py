"""What can be seen of a deployment without an engine: its files agree, its commands run.

docker-compose.yml was also held against the compose specification's schema by hand.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from local.demo import programs

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "READ_DOT_ENV": "false",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "a" * 60 + "bcdefghijklmn",
    "PUBLIC_URL": "https://gagyo.example",
    "ALLOWED_HOSTS": "gagyo.example",
    "DATABASE_URL": "postgres://nobody@localhost:1/none",
    "REDIS_URL": "redis://localhost:1",
    "MAIL_URL": "smtp://localhost:1",
    "MAIL_FROM": "gagyo@association.example",
    "MAIL_SENDER_ADDRESS": "Seoul",
    "MAIL_CONTACT": "help@association.example",
}
# Empty is a value: then mail goes by EMAIL_BACKEND.
REQUIRED = set(PRODUCTION) - {"READ_DOT_ENV", "DJANGO_SETTINGS_MODULE", "MAIL_URL"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SETTING = re.compile(r'env(?:\.\w+)?\(\s*"(\w+)"')


def production_env(*, without: str = "") -> dict[str, str]:
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **PRODUCTION}
    env.pop(without, None)
    return env


def run(*words: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, env=env, text=True, capture_output=True)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's /app: all but what git or .dockerignore leaves out, and the built assets."""
    folder = tmp_path_factory.mktemp("image")
    words = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listing = run(*words, cwd=ROOT, env=dict(os.environ))
    assert listing.returncode == 0, listing.stderr
    ignored = {line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()}
    for name in filter(None, listing.stdout.split("\0")):
        if name.split("/")[0] not in ignored and (ROOT / name).exists():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    shutil.copytree(ROOT / "static" / "dist", folder / "static" / "dist")
    return folder


def test_every_setting_stands_in_the_example() -> None:
    read = set(SETTING.findall((ROOT / "config" / "settings.py").read_text()))
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {found[1] for line in lines if (found := re.match(r"#?([A-Z_]+)=", line))}
    assert named - {"POSTGRES_PASSWORD"} == read


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_absent_setting_is_named(name: str) -> None:
    done = run(
        sys.executable, "-c", "import config.settings", cwd=ROOT, env=production_env(without=name)
    )
    assert done.returncode != 0
    assert f"Set the {name} environment variable" in done.stderr


def test_compose_asks_for_what_has_no_safe_default(compose: dict[str, Any]) -> None:
    environment = compose["services"]["web"]["environment"]
    for name in REQUIRED - {"REDIS_URL"}:
        assert ":?" in environment[name], f"{name} has a default"
    assert "GAGYO_LOCAL" not in environment
    assert set(environment) - {"DATABASE_URL", "REDIS_URL"} <= set(
        SETTING.findall((ROOT / "config" / "settings.py").read_text())
    )


def test_compose_waits_for_health_and_migrations(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"migrate", "web", "worker", "webhooks", "beat", "db", "redis"}
    for name in ("web", "worker", "webhooks", "beat"):
        conditions = {key: how["condition"] for key, how in services[name]["depends_on"].items()}
        assert conditions == {
            "migrate": "service_completed_successfully",
            "db": "service_healthy",
            "redis": "service_healthy",
        }
        assert services[name]["read_only"]
    for name in ("worker", "webhooks", "beat", "db", "redis"):
        assert services[name]["healthcheck"]["test"]
    assert "HEALTHCHECK" in DOCKERFILE


def test_each_queue_has_a_worker_here_and_in_the_demo(compose: dict[str, Any]) -> None:
    services = compose["services"]
    demo = programs({"LOG_LEVEL": "INFO"}, web=1, smtp=2, mail=3)
    deployed = [services[name]["command"] for name in ("worker", "webhooks")]
    for commands in (deployed, [list(program.argv) for program in demo]):
        heard = [each[each.index("--queues") + 1] for each in commands if "--queues" in each]
        assert sorted(heard) == sorted(settings.CELERY_TASK_QUEUES)


def test_compose_opens_only_the_web_and_only_to_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: service.get("ports", []) for name, service in compose["services"].items()}
    assert ports.pop("web") == ["127.0.0.1:${WEB_PORT:-8000}:8000"]
    assert not any(ports.values())


def test_image_runs_as_an_ordinary_user() -> None:
    lines = DOCKERFILE.splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER gagyo"]


def test_production_lock_is_a_part_of_the_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / name).read_text(), re.M))

    assert pins("requirements-production.lock") < pins("requirements.lock")


def test_commands_of_the_image_run_in_a_clean_folder(image: Path, compose: dict[str, Any]) -> None:
    env = production_env()
    python = sys.executable
    web = re.search(r'^CMD \["gunicorn", (.*?)\]$', DOCKERFILE, re.M | re.S)
    assert web
    gunicorn = shlex.split(web[1].replace("\\\n", " ").replace(",", " "))
    worker = compose["services"]["worker"]["command"][1:]
    webhooks = compose["services"]["webhooks"]["command"][1:]
    beat = compose["services"]["beat"]["command"][1:]
    for words in (
        (python, "-m", "local.catalogues", "compile"),
        (python, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"),
        (python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        (python, "-m", "gunicorn", "--check-config", *gunicorn),
        (python, "-m", "celery", *worker, "--help"),
        (python, "-m", "celery", *webhooks, "--help"),
        (python, "-m", "celery", *beat, "--help"),
        (python, "-m", "celery", "--app", "config.celery", "report"),
    ):
        done = run(*words, cwd=image, env=env)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    assert (image / "staticfiles" / "staticfiles.json").exists()


def test_what_the_processes_of_the_web_share_stays_shared():
    """The collector would write into every object it looks at: a copy for each process."""
    frozen = subprocess.run(
        [sys.executable, "-c", "import gc, config.wsgi; print(gc.get_freeze_count())"],
        env={**os.environ, **PRODUCTION, "PYTHONWARNINGS": "ignore"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(frozen.stdout.splitlines()[-1]) > 100_000
