#!/usr/bin/env python
"""Stands in for curl in the walk through docs/api.md where there is none: the options used there,
no others."""

import sys
from pathlib import Path

import httpx

FLAGS = {"-s", "-S", "-sS"}
VALUES = {"-H", "-X", "-d", "-D", "-o", "-w"}


def main(words: list[str]) -> None:
    method, url, out, head, told = "", "", "", "", ""
    headers: dict[str, str] = {}
    data = None
    rest = iter(words)
    for word in rest:
        if word in FLAGS:
            continue
        value = next(rest) if word in VALUES else word
        if word == "-H":
            name, text = value.split(":", 1)
            headers[name] = text.strip()
        elif word == "-X":
            method = value
        elif word == "-d":
            # As curl does, a file is sent without its line breaks.
            text = Path(value[1:]).read_text().replace("\n", "") if value[0] == "@" else value
            data = text.encode()
        elif word == "-D":
            head = value
        elif word == "-o":
            out = value
        elif word == "-w":
            told = value
        elif word.startswith("-"):
            sys.exit(f"curl: option {word} is not known here")
        else:
            url = word
    answer = httpx.request(
        method or ("POST" if data else "GET"), url, headers=headers, content=data, timeout=30
    )
    if head:
        lines = [f"HTTP/1.1 {answer.status_code}"]
        lines += [f"{name.decode()}: {text.decode()}" for name, text in answer.headers.raw]
        Path(head).write_text("\r\n".join(lines) + "\r\n\r\n")
    if out:
        Path(out).write_bytes(answer.content)
    else:
        sys.stdout.buffer.write(answer.content)
    code = str(answer.status_code)
    sys.stdout.write(told.replace("%{http_code}", code).replace("\\n", "\n"))


main(sys.argv[1:])
