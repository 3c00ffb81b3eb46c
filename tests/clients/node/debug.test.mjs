// Debug events and descriptions, in both versions of AMF.
import assert from "node:assert/strict";
import { test } from "node:test";
import { post, versions } from "./packet.mjs";

const URL = process.env.FOOTBRIDGE_MEMBERS_URL;
const STAFF = { Credentials: { userid: "ann", password: "nna" } };
const MEMBER = { Credentials: { userid: "ben", password: "neb" } };
const CALL = [{ target: "club.Account.who", args: [] }];

for (const [version, number] of Object.entries(versions)) {
    test(`${version}: who may ask is told what became of the call`, async () => {
        const [debug, answer] = await post(number, CALL, { ...STAFF, amf_server_debug: { m_debug: true } }, URL);
        assert.deepEqual([debug.outcome, answer.outcome, answer.value.id], ["onDebugEvents", "onResult", "ann"]);
        const [events] = debug.value;
        assert.deepEqual(events.map((event) => event.EventType), ["trace", "profiling"]);
        assert.match(events[0].messages[0], /^club\.Account\.who value: ok/);
        assert.ok(events[1].totalTime >= events[1].callTime);
    });

    test(`${version}: others are told nothing`, async () => {
        const answers = await post(number, CALL, { ...MEMBER, amf_server_debug: { m_debug: true }, TraceHeader: true }, URL);
        assert.deepEqual(answers.map(({ outcome, value }) => [outcome, value.id]), [["onResult", "ben"]]);
    });

}

// In AMF0 amfjs reads two items of a list that has none, and functions without arguments have such a list.
test("AMF3: a service is described", async () => {
    const [answer] = await post(versions.AMF3, CALL, { ...STAFF, DescribeService: 0 }, URL);
    assert.equal(answer.value.address, "club.Account");
    assert.ok(answer.value.functions.some(({ name }) => name === "staff"));
});
