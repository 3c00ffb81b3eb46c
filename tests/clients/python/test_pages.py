"""A list that comes by pages: a record set to whoever knows record sets, the whole list to others."""

import os
import random

import pyamf
import pyamf.amf0
from pyamf.remoting.client import RemotingService

from connection import NetConnection
from gateway import Case

URL = f"{os.environ['FOOTBRIDGE_MEMBERS_URL']}/gateway"
RESULT = "onResult"
ALL = [[number, f"Song {number}"] for number in range(1, 131)]


class Answered:
    """What came, as it came: Py3AMF's own class counts rows by itself."""


class Song(Answered):
    pass


class Pages(Case):
    @classmethod
    def setUpClass(cls):
        pyamf.unregister_class(pyamf.amf0.RecordSet)
        pyamf.register_class(type("Records", (Answered,), {}), "RecordSet")
        pyamf.register_class(type("Page", (Answered,), {}), "RecordSetPage")
        pyamf.register_class(Song, "club.Song")

    @classmethod
    def tearDownClass(cls):
        for alias in ("RecordSet", "RecordSetPage", "club.Song"):
            pyamf.unregister_class(alias)
        pyamf.register_class(pyamf.amf0.RecordSet)

    def setUp(self):
        member = NetConnection(URL)
        member.set_credentials("ben", "neb")
        outcome, answer = member.call("club.Songs.all")
        self.assertEqual(RESULT, outcome)
        self.info = answer.serverInfo
        self.rows = dict(enumerate(self.info["initialData"], start=int(self.info["cursor"])))
        # As the class does: without what said who calls.
        self.other = NetConnection(URL, cookies=False)

    def ask(self, *runs):
        """Asks for these rows, all in one packet."""
        wanted = [(f"{self.info['serviceName']}.getRecords", [self.info["id"], *run]) for run in runs]
        for outcome, page in self.other.calls(*wanted):
            self.assertEqual(RESULT, outcome)
            self.rows.update(enumerate(page.Page, start=int(page.Cursor)))

    def assert_whole(self):
        self.assertEqual(ALL, [self.rows.get(number) for number in range(1, int(self.info["totalCount"]) + 1)])
        self.assertEqual((RESULT, None), self.other.call(f"{self.info['serviceName']}.release"))

    def test_the_first_page_says_how_many_there_are(self):
        self.assertEqual((25, 1, 130), (len(self.rows), self.info["cursor"], self.info["totalCount"]))
        self.assertEqual(["number", "title"], self.info["columnNames"])

    def test_on_demand_rows_come_one_by_one_in_any_order(self):
        missing = [number for number in range(1, 131) if number not in self.rows]
        random.Random(7).shuffle(missing)
        for start in range(0, len(missing), 35):
            self.ask(*((number, 1) for number in missing[start:start + 35]))
        self.assert_whole()

    def test_by_pages_rows_come_to_the_last(self):
        for first in range(26, 131, 50):
            self.ask((first, 25), (first + 25, 25))
        self.assert_whole()

    def test_all_rows_come_batch_after_batch(self):
        while len(self.rows) < self.info["totalCount"]:
            self.ask((max(self.rows) + 1, 40))
        self.assert_whole()

    def test_who_is_known_as_another_gets_none(self):
        self.other.set_credentials("ann", "nna")
        outcome, status = self.other.call(f"{self.info['serviceName']}.getRecords", self.info["id"], 26, 1)
        self.assertEqual(("onStatus", "Client.Authorization"), (outcome, status["code"]))

    def test_in_amf3_the_list_is_whole(self):
        client = RemotingService(URL, amf_version=pyamf.AMF3, strict=True)
        client.setCredentials("ben", "neb")
        songs = client.execute_single(client.addRequest("club.Songs.all")).body
        self.assertEqual(ALL, [[song.number, song.title] for song in songs])
