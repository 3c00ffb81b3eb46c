"""The gateway under test, seen through Py3AMF."""

import functools
import os
import unittest
import uuid

import pyamf
from pyamf import remoting
from pyamf.flex import messaging
from pyamf.remoting.client import RemotingService

URL = os.environ["FOOTBRIDGE_URL"]
CLASSIC = f"{URL}/gateway"
FLEX = f"{URL}/messagebroker/amf"
VERSIONS = {"AMF0": pyamf.AMF0, "AMF3": pyamf.AMF3}


class Product:
    """What the mapping calls samples.inventory.Product."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __repr__(self):
        return f"Product({self.__dict__})"


pyamf.register_class(Product, "samples.inventory.Product")


class HTTPMessage(messaging.AbstractMessage):
    """What HTTPService sends with useProxy; Py3AMF has no class for it."""


class SOAPMessage(messaging.AbstractMessage):
    """What WebService sends with useProxy."""


for kind in (HTTPMessage, SOAPMessage):
    pyamf.register_class(kind, f"flex.messaging.messages.{kind.__name__}")


def connect(version: int, **options) -> RemotingService:
    """A client that checks every length, and that nothing trails."""
    return RemotingService(CLASSIC, amf_version=version, strict=True, **options)


def message_to(destination: str, operation: str, *arguments, **fields) -> messaging.RemotingMessage:
    return messaging.RemotingMessage(
        destination=destination, operation=operation, body=list(arguments), messageId=str(uuid.uuid4()).upper(),
        clientId=None, headers={"DSId": "nil", "DSEndpoint": "my-amf"}, timestamp=0, timeToLive=0, **fields,
    )


def send(message, version: int = pyamf.AMF3):
    """Posts one Flex message as an AMFChannel does; gives status and message of the answer."""
    client = RemotingService(FLEX, amf_version=version, strict=True)
    answer = client.execute_single(client.addRequest("null", message))
    return answer.status, answer.body


def fault(version: int, target: str, *arguments):
    """The status object of a call that must fail, as it came."""
    client = connect(version)
    answer = client.execute_single(client.addRequest(target, *arguments))
    assert answer.status == remoting.STATUS_ERROR, f"no fault, but {answer.body!r}"
    return answer.body


def both(test):
    """Runs a test with each packet version."""

    @functools.wraps(test)
    def run(self):
        for name, version in VERSIONS.items():
            with self.subTest(name):
                test(self, version)

    return run


class Case(unittest.TestCase):
    """A case with comparisons that show both sides whole."""

    maxDiff = None
