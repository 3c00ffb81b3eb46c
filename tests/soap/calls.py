"""Calls through the gateway under test, as a Flex or a classic client makes them."""

import http.cookiejar
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "clients" / "python"))

import pyamf  # noqa: E402
import pyamf.amf0  # noqa: E402
from pyamf import remoting  # noqa: E402

from gateway import Case, VERSIONS, both, connect  # noqa: E402, F401

AMF0, AMF3 = pyamf.AMF0, pyamf.AMF3


class Fault(Exception):
    """A status object, as it came."""

    def __init__(self, body):
        super().__init__(f"{body.code}: {body.description}")
        self.body = body
        self.code = body.code
        self.text = body.description


def visitor(version):
    """A client with cookies of its own, as a page in a browser has them."""
    jar = http.cookiejar.CookieJar()
    client = connect(version, opener=urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open)
    client.jar = jar
    return client


def service(name, version=AMF3, client=None):
    """Operations of a service as functions; a fault is raised. Without a client each call has one of its own."""

    class Service:
        def __getattr__(self, operation):
            def call(*arguments):
                caller = client or connect(version)
                answer = caller.execute_single(caller.addRequest(f"{name}.{operation}", *arguments))
                if answer.status == remoting.STATUS_ERROR:
                    raise Fault(answer.body)
                return answer.body

            return call

    return Service()


class Typed:
    """An object of a class that was registered here."""

    alias = None

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __getitem__(self, name):
        return self.__dict__[name]

    def __setitem__(self, name, value):
        self.__dict__[name] = value


# The classes that the services of the project have.
CLASSES = {}
for package, names in {
    "tests.one": ["Order", "Line"], "tests.two": ["Order", "Line"], "tests.encoded": ["Node"], "tests.literal": ["Point"],
    "tests.shop": ["Receipt", "Line", "Circle", "Square", "NoStock"], "tests.odd": ["Item", "Special", "Mix", "Thing", "NoItem"],
    "tests.vault": ["turnResponse", "whoResponse", "addressedResponse"],
}.items():
    for name in names:
        alias = f"{package}.{name}"
        CLASSES[alias] = type(name, (Typed,), {"alias": alias})
        pyamf.register_class(CLASSES[alias], alias)


def typed(alias, **fields):
    """An object of a class."""
    return CLASSES[alias](**fields)


def plain(value):
    """Objects as dictionaries, lists as lists; anything else as it is."""
    if isinstance(value, pyamf.amf0.RecordSet):
        return [plain(dict(zip(value.columns, row))) for row in value.items]
    if isinstance(value, Typed):
        return plain(vars(value))
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ in ("ArrayCollection", "ListCollection"):
        return [plain(item) for item in value]
    return value
