// Values that amfjs writes come back as it reads them, in both versions of AMF.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, Serializable, versions } from "./packet.mjs";

// amfjs 1.3.1 itself loses integers of more than 21 bits in AMF3, and reads an empty list of AMF0 beyond its end.
const plain = {
    zero: 0,
    "a small number": 7,
    "the last number of one byte": 127,
    "the first number of two bytes": 128,
    "a number of three bytes": 70000,
    "a negative fraction": -0.125,
    "a large number": 1e300,
    true: true,
    false: false,
    null: null,
    "the empty text": "",
    "a text": "Grüße, 日本 🚀",
    "a text longer than 65535 bytes": "long ".repeat(20000),
    "a list": [1, "two", null, [3.5, [true]]],
    "a date": new Date(1795167000123),
};

for (const [version, number] of Object.entries(versions)) {
    for (const [name, value] of Object.entries(plain)) {
        test(`${version}: ${name}`, async () => {
            const { outcome, value: got } = await call(number, "samples.EchoService.echo", value);
            assert.equal(outcome, "onResult");
            assert.deepEqual(got, value);
        });
    }

    test(`${version}: an object`, async () => {
        const { value: got } = await call(number, "samples.EchoService.echo", object("", { name: "Ball", sizes: [1, 2], none: null }));
        assert.deepEqual(fields(got), { name: "Ball", sizes: [1, 2], none: null });
    });

    test(`${version}: an object of a class that the gateway does not know stays what it is`, async () => {
        const { value: got } = await call(number, "samples.EchoService.echo", object("com.example.Unknown", { name: "Ball" }));
        assert.deepEqual(fields(got), { name: "Ball" });
    });
}

test("AMF3: an empty list", async () => {
    const { value: got } = await call(versions.AMF3, "samples.EchoService.echo", []);
    assert.deepEqual(got, []);
});

test("AMF0: an associative array stays one", async () => {
    const { value: got } = await call(versions.AMF0, "samples.EchoService.echo", { name: "Ball", size: 3 });
    assert.deepEqual(fields(got), { name: "Ball", size: 3 });
});

function object(name, values) {
    return Object.assign(new Serializable(name), values);
}

function fields(value) {
    return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("__")));
}
