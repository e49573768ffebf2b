"""The public registers on this machine: they speak the protocols of the real ones.

What a number is answered is told by `stands`; other numbers are not found. Every register checks
its key. `misbehave` makes the next answers of all of them fail.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from local.ports import HOST

KEY = "only/for+tests=="
XML = """<?xml version="1.0" encoding="UTF-8"?>
<corporations><lastUpdateDate>2026-11-20</lastUpdateDate><count>{count}</count>
<divideNumber>1</divideNumber><divideSize>1</divideSize>{firms}</corporations>"""
FIRM = """<corporation><sequenceNumber>1</sequenceNumber>
<corporateNumber>{number}</corporateNumber><process>01</process><correct>0</correct>
<updateDate>2024-04-01</updateDate><changeDate>2015-10-05</changeDate><name>{name}</name>
<nameImageId/><kind>301</kind><prefectureName>{prefecture}</prefectureName><cityName>{city}</cityName>
<streetNumber>{street}</streetNumber><addressImageId/><prefectureCode>23</prefectureCode>
<cityCode>105</cityCode><postCode>4500002</postCode><addressOutside/><addressOutsideImageId/>
<closeDate>{closed}</closeDate><closeCause/><successorCorporateNumber/><changeCause/>
<assignmentDate>2015-10-05</assignmentDate><latest>1</latest><enName>{name_en}</enName>
</corporation>"""
NOBODY = "국세청에 등록되지 않은 사업자등록번호입니다."


@dataclass
class Registers:
    """`asked` holds method and path with query of every question."""

    firms: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: int = 0
    body: bytes = b""
    delay: float = 0.0
    times: int = 0

    def stands(self, number: str, **facts: str) -> None:
        """Japan: name, prefecture, city, street, closed, name_en. Korea: code, ended."""
        self.firms[number] = facts

    def misbehave(
        self, status: int = 200, body: bytes = b"", delay: float = 0.0, times: int = 1_000
    ) -> None:
        self.status, self.body, self.delay, self.times = status, body, delay, times

    def behave(self) -> None:
        self.times = 0


class Handler(BaseHTTPRequestHandler):
    registers: ClassVar[Registers]

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self._stumbles():
            return
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/4/num":
            self._answer_nta(asked)
        elif url.path.startswith("/hojin/v1/hojin/"):
            self._answer_gbizinfo(url.path.rpartition("/")[2])
        else:
            self._send(404, b"")

    def do_POST(self) -> None:
        typed = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._stumbles():
            return
        url = urlsplit(self.path)
        if url.path != "/api/nts-businessman/v1/status":
            self._send(404, b"")
        elif parse_qs(url.query).get("serviceKey") != [KEY]:
            self._json(401, {"code": -401, "msg": "유효하지 않은 인증키 입니다."})
        else:
            entries = [self._business(number) for number in typed["b_no"]]
            self._json(200, {"request_cnt": len(entries), "status_code": "OK", "data": entries})

    def _stumbles(self) -> bool:
        registers = self.registers
        registers.asked.append(f"{self.command} {self.path}")
        if not registers.times:
            return False
        registers.times -= 1
        time.sleep(registers.delay)
        if registers.status == 302:
            self.send_response(302)
            self.send_header("Location", "/4/num?moved=1")
            self.end_headers()
        else:
            self._send(registers.status, registers.body)
        return True

    def _answer_nta(self, asked: dict[str, str]) -> None:
        if asked.get("id") != KEY or asked.get("type") != "12":
            self._send(400, "010,アプリケーションIDが不正です。".encode())
            return
        firm = self.registers.firms.get(asked["number"])
        defaults = dict.fromkeys(("name_en", "closed", "prefecture", "city", "street"), "")
        shown = FIRM.format(number=asked["number"], **{**defaults, **firm}) if firm else ""
        self._send(200, XML.format(count=int(bool(firm)), firms=shown).encode())

    def _answer_gbizinfo(self, number: str) -> None:
        if self.headers.get("X-hojinInfo-api-token") != KEY:
            self._json(401, {"message": "401 - Unauthorized."})
            return
        firm = self.registers.firms.get(number)
        if firm is None:
            self._json(404, {"id": None, "errors": None, "message": "404 - Not Found."})
            return
        place = "".join(firm.get(part, "") for part in ("prefecture", "city", "street"))
        found = {
            "corporate_number": number,
            "name": firm["name"],
            "name_en": firm.get("name_en"),
            "location": place,
            "status": "閉鎖" if firm.get("closed") else "-",
            "close_date": firm.get("closed") or None,
            "company_url": firm.get("website"),
        }
        self._json(200, {"id": None, "message": "200 - OK.", "hojin-infos": [found]})

    def _business(self, number: str) -> dict[str, str]:
        firm = self.registers.firms.get(number)
        if firm is None:
            return {"b_no": number, "b_stt": "", "b_stt_cd": "", "tax_type": NOBODY, "end_dt": ""}
        words = {"01": "계속사업자", "02": "휴업자", "03": "폐업자"}
        code = firm.get("code", "01")
        return {
            "b_no": number,
            "b_stt": words[code],
            "b_stt_cd": code,
            "tax_type": "부가가치세 일반과세자",
            "tax_type_cd": "01",
            "end_dt": firm.get("ended", ""),
        }

    def _json(self, status: int, said: dict[str, Any]) -> None:
        self._send(status, json.dumps(said, ensure_ascii=False).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


@pytest.fixture
def registers(settings: Settings) -> Iterator[Registers]:
    """All three registers, running, with keys set up."""
    served = Registers()
    handler = type("BoundHandler", (Handler,), {"registers": served})
    server = ThreadingHTTPServer((HOST, 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    url = f"http://{HOST}:{server.server_port}"
    settings.NTA_API_URL = settings.GBIZINFO_URL = settings.NTS_API_URL = url
    settings.NTA_API_ID = settings.GBIZINFO_TOKEN = KEY
    settings.NTS_SERVICE_KEY = "only%2Ffor%2Btests%3D%3D"
    settings.REGISTRY_TIMEOUT_SECONDS = 0.5
    yield served
    server.shutdown()
    thread.join()
    server.server_close()
