"""Matches as files, and the two commands."""

import csv
import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from matching.choices import MatchState, RunState
from matching.exporting import export_matches
from matching.models import Match, MatchRun
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    RunFactory,
)

REASONS = {
    "fits": [
        {
            "code": "same_concepts",
            "args": {
                "concepts": [
                    {
                        "code": "pr",
                        "ko": "포토레지스트",
                        "ja": "フォトレジスト",
                        "en": "photoresist",
                    }
                ]
            },
        }
    ],
    "accepts": [],
    "missing": [{"code": "price_unknown", "args": {}}],
}


def command(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_csv_opens_in_a_spreadsheet_and_cannot_compute(tmp_path):
    seller = CompanyFactory(name_ko="=HYPERLINK(1)")
    match = MatchFactory(offering=OfferingFactory(company=seller), reasons=REASONS)
    file = tmp_path / "matches.csv"
    assert export_matches(Match.objects.all(), file) == 1
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert row["need_id"] == str(match.need_id)
    assert row["offering_id"] == str(match.offering_id)
    assert row["seller_name"] == "'=HYPERLINK(1)"
    assert row["buyer_number"] == match.buyer.official_number
    assert (row["buyer_country"], row["seller_country"]) == ("JP", "KR")
    assert (float(row["score"]), float(row["product"]), row["hs"]) == (0.8, 0.8, "")
    assert "포토레지스트" in row["reasons_ko"]
    assert "フォトレジスト" in row["reasons_ja"]
    assert "photoresist" in row["reasons_en"]
    assert row["reasons_en"].count("\n") == 1


@pytest.mark.django_db
def test_json_lines_keep_lists_and_unknowns(tmp_path):
    MatchFactory(reasons=REASONS)
    MatchFactory()
    file = tmp_path / "matches.jsonl"
    command("export_matches", str(file))
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 2
    assert all(row["hs"] is None for row in rows)
    assert sorted(len(row["reasons_ja"]) for row in rows) == [0, 2]


@pytest.mark.django_db
def test_export_takes_a_run_and_states(tmp_path):
    run = RunFactory()
    MatchFactory(run=run)
    MatchFactory(run=run, state=MatchState.WITHDRAWN)
    MatchFactory()
    file = tmp_path / "some.csv"
    assert command("export_matches", str(file), "--run", str(run.pk)).startswith("2 matches")
    proposed = command("export_matches", str(file), "--run", str(run.pk), "--state", "proposed")
    assert proposed.startswith("1 matches")
    assert command("export_matches", str(file), "--prospects").startswith("0 matches")


@pytest.mark.django_db
@pytest.mark.parametrize("args", [["x.xlsx"], ["no/folder/x.csv"], ["x.csv", "--run", "0" * 32]])
def test_what_cannot_be_exported_is_refused_without_a_file(tmp_path, args):
    MatchFactory()
    with pytest.raises(CommandError):
        command("export_matches", str(tmp_path / args[0]), *args[1:])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_an_export_that_breaks_leaves_the_earlier_file(tmp_path):
    file = tmp_path / "matches.csv"
    file.write_text("the one of yesterday")
    MatchFactory(reasons={"fits": [{"code": "same_hs", "args": {}}]})
    with pytest.raises(KeyError):
        export_matches(Match.objects.all(), file)
    assert file.read_text() == "the one of yesterday"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.django_db
def test_one_query_and_a_cursor_however_many_matches(tmp_path, django_assert_num_queries):
    need = NeedFactory()
    for _ in range(3):
        MatchFactory(need=need)
    with django_assert_num_queries(1):
        assert export_matches(Match.objects.all(), tmp_path / "m.jsonl") == 3


@pytest.mark.django_db(transaction=True)
def test_run_matching_without_a_worker_computes_here():
    NeedFactory()
    OfferingFactory()
    said = command("run_matching", "--wait", "--patience", "0")
    assert "no worker took the run" in said
    assert "new 1" in said
    assert MatchRun.objects.get().state == RunState.COMPLETED
    assert Match.objects.count() == 1


@pytest.mark.django_db
def test_run_matching_without_wait_only_asks():
    said = command("run_matching", "--prospects")
    run = MatchRun.objects.get()
    assert str(run.pk) in said
    assert (run.state, run.includes_prospects) == (RunState.QUEUED, True)
    assert run.created_at <= datetime.now(run.created_at.tzinfo)


@pytest.mark.django_db
@pytest.mark.parametrize("args", [["--policy", "77"], ["--sector", "nonsense"]])
def test_run_matching_refuses_what_is_not_there(args):
    PolicyFactory()
    with pytest.raises(CommandError):
        command("run_matching", *args)
    assert not MatchRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_run_matching_by_a_real_worker(celery_worker):
    NeedFactory()
    OfferingFactory()
    said = command("run_matching", "--wait", "--patience", "60")
    assert "computing it here" not in said
    assert "completed" in said
    assert Match.objects.count() == 1
