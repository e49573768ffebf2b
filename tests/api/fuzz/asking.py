"""schemathesis asks the running server as everybody: whatever comes is answered as described.

All its checks hold: no fault of ours, no answer that the description does not name, nothing taken
that it excludes; and one of our own: nobody is shown what he may not read (`marks`). The same
requests each time; `make fuzz` asks for longer: FUZZ is the number of examples of each operation,
FUZZ_AS names callers, separated by commas, FUZZ_PHASES those of schemathesis.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.test import Client
from django.urls import reverse

from accounts.models import User
from api.choices import Scope
from api.openapi import as_json, description
from companies.models import Company
from matching.choices import DeclineReason, Side
from matching.models import Match
from tests.api.callers import key_of
from tests.api.fuzz.marks import Mark, mark_everything
from tests.api.table import arguments
from tests.factories import OfferingFactory
from tests.matching.scenes import answer, published_match
from tests.test_permission_table import Scene

HERE: Final = Path(__file__).parent
PROGRAM: Final = Path(sys.executable).with_name("schemathesis")
# Fields of bodies → the kind of rows whose codes they take.
CODED: Final = {
    "concepts": "concept",
    "certifications": "certification",
    "required_certifications": "certification",
    "wish_regions": "region",
    "region": "region",
    "sectors": "sector",
    "unit": "unit",
}
STAFF: Final = ("reviewer", "supervisor", "administrator")
NOBODY_HAS: Final = "00000000-0000-4000-8000-000000000000"
#: Caller → how he comes in.
CALLERS: Final = {
    "visitor": "",
    "outsider": "session",
    "owner": "session",
    "reviewer": "session",
    "supervisor": "session",
    "administrator": "session",
    "owner with a token": "firm",
    "outsider with a token": "firm",
    "reviewer with a token": "reviewer",
    "supervisor with a token": "data",
}
#: Briefly the others are asked the examples alone: what a token lets in is asked of its person.
AT_RANDOM: Final = ("outsider", "owner", "administrator")
#: Of whom each request that was answered is sent twice more, without and with a wrong log-in.
WITHOUT_LOG_IN: Final = ("owner", "owner with a token")


def ask_as(callers: Iterable[str], *, site: str, scene: Scene, folder: Path, subtests: Any) -> None:
    """Ask every operation as each of them; a subtest fails with what schemathesis says."""
    known, marks = prepared(scene)
    # As the server gives it, which would work it out in each of its processes.
    described = folder / "openapi.json"
    described.write_bytes(as_json())
    only = [each for each in os.environ.get("FUZZ_AS", "").split(",") if each]
    for caller in callers:
        if only and caller not in only:
            continue
        person = scene.people[caller.partition(" ")[0]]
        log_in, cookies = log_in_as(person, CALLERS[caller])
        told = folder / f"{caller}.json"
        secrets = {mark.text: mark.where for mark in marks if not mark.is_for(person)}
        told.write_text(json.dumps(known | {"secrets": secrets, "cookies": cookies}, default=str))
        config = folder / f"{caller}.toml"
        config.write_text((HERE / "schemathesis.toml").read_text() + log_in)
        done = subprocess.run(
            [
                *(str(PROGRAM), "--config-file", str(config), "run", "--no-color"),
                *(str(described), "--url", site, "--warnings", "off"),
                *("--continue-on-failure", "--seed", "1", "--no-shrink", *extent(caller)),
            ],
            env=os.environ
            | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "FUZZ_SCENE": str(told)},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        (folder / f"{caller}.txt").write_text(done.stdout)
        with subtests.test(caller):
            assert done.returncode == 0, done.stdout + done.stderr
            # That it has asked at all.
            asked = re.search(r"(\d+) generated", done.stdout)
            assert asked is not None
            assert int(asked[1]) > len(description()["paths"])


def extent(caller: str) -> tuple[str, ...]:
    """A few requests of each operation, or what `make fuzz` says."""
    # To strangers even a wrong method finds nothing: 404 comes before 405.
    left_out = [] if caller.startswith(STAFF) else ["unsupported_method"]
    longer = os.environ.get("FUZZ")
    if not longer and caller not in WITHOUT_LOG_IN:
        left_out.append("ignored_auth")
    excluded = ("--exclude-checks", ",".join(left_out)) if left_out else ()
    if longer:
        phases = os.environ.get("FUZZ_PHASES", "examples,coverage,fuzzing")
        return ("--checks", "all", *excluded, "--phases", phases, "--max-examples", longer)
    phases = "examples,fuzzing" if caller in AT_RANDOM else "examples"
    return ("--checks", "all", *excluded, "--phases", phases, "--max-examples", "1")


def prepared(scene: Scene) -> tuple[dict[str, Any], list[Mark]]:
    """What the hooks are told of rows to name, and the marks of everybody's texts."""
    args = arguments(scene)
    outsider = scene.people["outsider"]
    assert outsider is not None
    own = outsider.memberships.get().company
    declined(own, args["match-detail"][0])
    firms = (Company.objects.get(pk=args["company-detail"][0]), own)
    fields = {
        "company": [str(each.pk) for each in firms],
        **{name: args[f"{noun}-detail"] for name, noun in CODED.items()},
    }
    return {"values": path_values(args), "fields": fields}, mark_everything()


def declined(firm: Company, match: Any) -> None:
    """The outsider's firm was offered to the same buyer, who said no and why, for staff alone."""
    need = Match.objects.select_related("need").get(pk=match).need
    other = published_match(need=need, offering=OfferingFactory(company=firm))
    answer(other, Side.BUYER, "declined", reason=DeclineReason.PRICE, note="We were offered less.")


def path_values(args: dict[str, list[Any]]) -> dict[str, dict[str, list[str]]]:
    """Path of the description → parameter → values: the row of the scene and one nobody has."""
    known: dict[str, dict[str, list[str]]] = {}
    urls = {reverse(f"api:{name}", args=values) for name, values in args.items() if values}
    for path in description()["paths"]:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        for url in urls:
            if (found := re.fullmatch(pattern, url)) and found.groupdict():
                known[path] = {
                    name: [value, NOBODY_HAS] for name, value in found.groupdict().items()
                }
    return known


def log_in_as(person: User | None, way: str) -> tuple[str, dict[str, str]]:
    """(lines of schemathesis' settings, cookies that go with every request)."""
    if person is None:
        return "", {}
    if way in Scope.values:
        return f'[auth.openapi.token]\nbearer = "{key_of(person, way)[1]}"\n', {}
    client = Client()
    client.force_login(person)
    key = client.cookies["sessionid"].value
    return f'[auth.openapi.session]\napi_key = "{key}"\n', {"csrftoken": "a" * 32}
