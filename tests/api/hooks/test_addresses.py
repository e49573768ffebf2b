"""Only public addresses are called, and only those that were looked at."""

import ipaddress
import socket
import ssl
import subprocess
import time
from threading import Event

import pytest

from api.hooks.addresses import NotSent, look_up, may_call, read_address
from api.hooks.choices import Failure
from api.hooks.transport import post
from common.errors import RuleViolated
from tests.api.hooks.receiver import Receiver, raw


@pytest.fixture
def outside(settings):
    """As in production."""
    settings.WEBHOOKS_ALLOW_PRIVATE = False


@pytest.fixture
def names(monkeypatch):
    """`names(["192.0.2.1"], …)`: what the system's resolver says, one list for each time asked."""
    asked = []

    def set_up(*answers):
        said = list(answers)

        def resolve(host, port, **kwargs):
            asked.append(host)
            if not said:
                raise socket.gaierror
            return [(0, 0, 0, "", (each, port)) for each in said.pop(0)]

        monkeypatch.setattr("api.hooks.addresses.socket.getaddrinfo", resolve)
        return asked

    return set_up


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "100::1",
        "3fff::1",
    ],
)
def test_what_is_not_public_is_refused(outside, names, address):
    assert not may_call(ipaddress.ip_address(address))
    # Also among others, and behind a name.
    names(["8.8.8.8", address])
    with pytest.raises(NotSent) as refused:
        look_up(read_address("https://crm.example/"), patience=1)
    assert refused.value.failure == Failure.ADDRESS
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(RuleViolated):
        read_address(f"https://{literal}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2400::1"])
def test_what_is_public_is_not(outside, address):
    assert may_call(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "crm.example",
        "http://crm.example/",
        "ftp://crm.example/",
        "file:///etc/passwd",
        "https://",
        "https:///hook",
        "https://crm.example:22/",
        "https://crm.example:99999/",
        "https://crm.example:x/",
        "https://user@crm.example/",
        "https://user:word@crm.example/",
        "https://@crm.example/",
        "https://crm.example/#part",
        "https://crm.example/a b",
        "https://crm.example/\r\nHost: inner",
        "https://crm.example\\@inner/",
        "https://한글.example/",
        "https://[::1",
        "https://crm.example/" + "a" * 500,
    ],
)
def test_addresses_that_are_refused_as_they_stand(outside, text):
    with pytest.raises(RuleViolated):
        read_address(text)


def test_ports_and_paths(outside):
    target = read_address("https://crm.example.:8443/a/b?c=d")
    assert (target.host, target.port, target.path) == ("crm.example", 8443, "/a/b?c=d")
    assert target.host_header == "crm.example:8443"
    assert read_address("https://crm.example").host_header == "crm.example"


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused_when_looked_up(outside, host):
    """The system's own resolver reads them."""
    with pytest.raises(NotSent) as refused:
        look_up(read_address(f"https://{host}/"), patience=5)
    assert refused.value.failure in (Failure.ADDRESS, Failure.NAME)


def test_a_name_nobody_knows(outside, names):
    names()
    with pytest.raises(NotSent) as refused:
        look_up(read_address("https://crm.example/"), patience=1)
    assert refused.value.failure == Failure.NAME


def test_a_resolver_that_does_not_answer(outside, monkeypatch):
    never = Event()
    monkeypatch.setattr(
        "api.hooks.addresses.socket.getaddrinfo", lambda *args, **kwargs: never.wait(5)
    )
    with pytest.raises(NotSent) as refused:
        look_up(read_address("https://crm.example/"), patience=0.1)
    never.set()
    assert refused.value.failure == Failure.TIMEOUT


def test_a_name_is_asked_once_and_called_where_it_led_then(names, receiver):
    """Rebinding: the second answer of the name would be another address."""
    asked = names(["127.0.0.1"], ["127.0.0.2"])
    target = read_address(f"http://crm.example:{receiver.port}/hook")
    assert post(target, b"{}", {}).ip == "127.0.0.1"
    assert asked == ["crm.example"]
    assert receiver.heard[0].headers["Host"] == f"crm.example:{receiver.port}"


def test_nothing_is_sent_to_this_machine_outside_the_demo(outside, names, receiver, settings):
    settings.WEBHOOKS_PORTS = (receiver.port,)
    names(["127.0.0.1"])
    with pytest.raises(NotSent) as refused:
        post(read_address(f"https://crm.example:{receiver.port}/"), b"{}", {})
    assert refused.value.failure == Failure.ADDRESS
    assert receiver.connections == 0


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate of "crm.example" that this process trusts."""
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    wanted = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        " -subj /CN=crm.example -addext subjectAltName=DNS:crm.example"
        " -keyout key.pem -out chain.pem"
    )
    subprocess.run(wanted.split(), cwd=tmp_path, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


def test_the_certificate_must_be_of_the_name(names, certificate):
    asked_for = []
    certificate.sni_callback = lambda channel, name, context: asked_for.append(name)
    receiver = Receiver(context=certificate)
    names(["127.0.0.1"], ["127.0.0.1"])
    assert post(read_address(f"https://crm.example:{receiver.port}/"), b"{}", {}).status == 204
    assert asked_for == ["crm.example"]
    with pytest.raises(NotSent) as refused:
        post(read_address(f"https://other.example:{receiver.port}/"), b"{}", {})
    assert refused.value.failure == Failure.ENCRYPTION
    assert len(receiver.heard) == 1
    receiver.close()


def test_garbage_instead_of_encryption(names, receiver):
    class Plain(Receiver):
        def _read(self, channel):
            channel.recv(10)

    plain = Plain()
    plain.behave(raw(b"HTTP/1.1 200 OK\r\n\r\n"))
    names(["127.0.0.1"])
    with pytest.raises(NotSent) as refused:
        post(read_address(f"https://crm.example:{plain.port}/"), b"{}", {})
    assert refused.value.failure == Failure.ENCRYPTION
    plain.close()


def test_a_handshake_that_never_ends(names, quick):
    class Mute(Receiver):
        def _read(self, channel):
            time.sleep(4)

    mute = Mute()
    names(["127.0.0.1"])
    with pytest.raises(NotSent) as refused:
        post(read_address(f"https://crm.example:{mute.port}/"), b"{}", {})
    assert refused.value.failure == Failure.TIMEOUT
    mute.close()
