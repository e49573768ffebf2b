"""The examples of docs/webhooks.md, run as they stand there, agree with what we sign."""

import re
import subprocess
from pathlib import Path

import pytest

from api.hooks.choices import EventType
from api.hooks.signing import secret_of, signature

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs/webhooks.md").read_text(encoding="utf-8")
BODY = '{"id":"1","type":"ping","data":{"name":"한글 日本語"}}'.encode()
AT = 1_795_770_000


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found.group(1)


def headers() -> dict[str, str]:
    """What a receiver with the secret of salt "new" is sent."""
    new, old = secret_of("new"), secret_of("old")
    return {
        "genuine": signature(BODY, at=AT, secrets=[new]),
        "rotating": signature(BODY, at=AT, secrets=[old, new]),
        "by another": signature(BODY, at=AT, secrets=[old]),
        "of another body": signature(BODY + b" ", at=AT, secrets=[new]),
        "of another time": signature(BODY, at=AT, secrets=[new]).replace(str(AT), str(AT + 1)),
        "empty": "",
    }


@pytest.mark.parametrize("case", list(headers()))
def test_the_python_example(case: str) -> None:
    space: dict = {}
    exec(example("python"), space)
    check = space["is_from_gagyo"]
    is_good = case in ("genuine", "rotating")
    assert check(headers()[case], BODY, secret_of("new"), now=AT + 299) is is_good
    assert check(headers()[case], BODY, secret_of("new"), now=AT + 301) is False
    assert check(headers()[case], BODY, secret_of("new"), now=AT - 302) is False


@pytest.mark.parametrize("case", list(headers()))
def test_the_shell_example(case: str, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(BODY)
    done = subprocess.run(
        ["sh", "-c", example("sh")],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HEADER": headers()[case], "SECRET": secret_of("new")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ("genuine" if case in ("genuine", "rotating") else "forged")


@pytest.mark.parametrize("event", EventType.values)
def test_every_event_is_documented(event: str) -> None:
    assert f"`{event}`" in DOCUMENT


def test_another_key_of_the_settings_is_another_secret(settings) -> None:
    before = secret_of("salt")
    settings.WEBHOOKS_SECRET_KEY = "another"
    assert secret_of("salt") != before
