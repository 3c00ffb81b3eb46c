"""Flex messages through pyamf.flex.messaging: what a RemoteObject over an AMFChannel sends and expects."""

import uuid

import pyamf
from pyamf import remoting
from pyamf.flex import ArrayCollection, messaging

from gateway import Case, Product, message_to, send

PING = messaging.CommandMessage.PING_OPERATION
DISCONNECT = 12


def command(operation, **fields):
    return messaging.CommandMessage(
        operation=operation, destination="", body={}, headers={"DSMessagingVersion": 1, "DSId": "nil"},
        messageId=str(uuid.uuid4()).upper(), correlationId="", clientId=None, timestamp=0, timeToLive=0, **fields,
    )


class Answered(Case):
    def assert_answers(self, message, answer):
        # A small message has its ids as bytes, which Py3AMF reads as UUIDs.
        self.assertEqual(message.messageId, str(answer.correlationId).upper())


class Commands(Answered):
    def test_a_ping_is_acknowledged_with_an_id_of_this_client(self):
        ping = command(PING)
        status, answer = send(ping)
        self.assertEqual(remoting.STATUS_OK, status)
        self.assertIsInstance(answer, messaging.AcknowledgeMessage)
        self.assert_answers(ping, answer)
        self.assertNotIn(answer.headers["DSId"], (None, "", "nil"))
        self.assertNotEqual(answer.headers["DSId"], send(command(PING))[1].headers["DSId"])

    def test_a_disconnect_is_acknowledged(self):
        goodbye = command(DISCONNECT)
        status, answer = send(goodbye)
        self.assertEqual(remoting.STATUS_OK, status)
        self.assert_answers(goodbye, answer)

    def test_subscribing_to_what_no_mapping_defines_is_a_fault(self):
        for operation in (messaging.CommandMessage.SUBSCRIBE_OPERATION, messaging.CommandMessage.UNSUBSCRIBE_OPERATION):
            subscribe = command(operation)
            subscribe.destination = "no-such-topic"
            status, answer = send(subscribe)
            self.assertEqual(remoting.STATUS_ERROR, status)
            self.assertIsInstance(answer, messaging.ErrorMessage)
            self.assert_answers(subscribe, answer)


class Calls(Answered):
    def called(self, message, version=pyamf.AMF3):
        status, answer = send(message, version)
        self.assertEqual(remoting.STATUS_OK, status, answer)
        self.assertIsInstance(answer, messaging.AcknowledgeMessage)
        self.assert_answers(message, answer)
        return answer.body

    def refused(self, message):
        status, answer = send(message)
        self.assertEqual(remoting.STATUS_ERROR, status, answer)
        self.assertIsInstance(answer, messaging.ErrorMessage)
        self.assert_answers(message, answer)
        return answer

    def test_the_destination_is_the_service(self):
        self.assertEqual([1, "two"], self.called(message_to("samples.EchoService", "echo", [1, "two"])))

    def test_a_source_that_repeats_the_operation_is_ignored(self):
        self.assertEqual("Ann", self.called(message_to("samples.EchoService", "echo", "Ann", source="echo")))

    def test_rows_are_an_array_collection(self):
        rows = self.called(message_to("samples.inventory.ProductService", "getProducts"))
        self.assertIsInstance(rows, ArrayCollection)
        self.assertTrue(all(isinstance(row, Product) for row in rows), rows)

    def test_a_typed_object_goes_there_and_back(self):
        product = self.called(message_to("samples.inventory.ProductService", "getProduct", 3))
        saved = self.called(message_to("samples.inventory.ProductService", "saveProduct", product))
        self.assertEqual(product.version + 1, saved.version)
        self.assertEqual(product.addedAt, saved.addedAt)

    def test_a_typed_message_in_an_amf0_packet_gets_plain_lists(self):
        rows = self.called(message_to("samples.inventory.ProductService", "getProducts"), pyamf.AMF0)
        self.assertIs(list, type(rows))
        self.assertIsInstance(rows[0], Product)

    def test_a_fault_of_the_mapping_is_an_error_message(self):
        error = self.refused(message_to("samples.EchoService", "fail"))
        self.assertEqual(("E-17", "back at noon"), (error.faultCode, error.faultString))

    def test_a_conflict_carries_the_row_as_it_is_now(self):
        product = self.called(message_to("samples.inventory.ProductService", "getProduct", 3))
        product.version += 7
        error = self.refused(message_to("samples.inventory.ProductService", "saveProduct", product))
        self.assertEqual("Client.Conflict", error.faultCode)
        self.assertIsInstance(error.extendedData, Product)
        self.assertEqual(product.version - 7, error.extendedData.version)

    def test_what_no_mapping_names_is_an_error_message(self):
        for message in (message_to("samples.NoSuchService", "echo"), message_to("samples.EchoService", "nothing")):
            error = self.refused(message)
            self.assertTrue(error.faultCode)
            self.assertTrue(error.faultString)
