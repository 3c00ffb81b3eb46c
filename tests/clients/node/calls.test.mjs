// Calls of the sample services, in both versions of AMF.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, post, Serializable, versions } from "./packet.mjs";

const SERVICE = "samples.inventory.ProductService";
const COLUMNS = ["id", "name", "price", "category", "addedAt", "version"];

test("AMF0: rows are a record set", async () => {
    const { value } = await call(versions.AMF0, `${SERVICE}.getProducts`);
    assert.equal(value.__class, "RecordSet");
    const { serverInfo } = value;
    assert.deepEqual(serverInfo.columnNames, COLUMNS);
    assert.equal(serverInfo.version, 1);
    assert.equal(serverInfo.cursor, 1);
    assert.equal(serverInfo.totalCount, serverInfo.initialData.length);
    assert.ok(serverInfo.initialData.every((row) => row.length === COLUMNS.length));
});

test("AMF3: rows are typed objects in a collection", async () => {
    const { value } = await call(versions.AMF3, `${SERVICE}.getProducts`);
    assert.ok(Array.isArray(value), JSON.stringify(value));
    assert.ok(value.length >= 2);
    for (const product of value) {
        assert.equal(product.__class, "samples.inventory.Product");
        assert.deepEqual(Object.keys(product).filter((name) => !name.startsWith("__")), COLUMNS);
        assert.ok(product.addedAt instanceof Date);
    }
});

for (const [version, number] of Object.entries(versions)) {
    test(`${version}: a typed object is saved and comes back typed`, async () => {
        const kite = Object.assign(new Serializable("samples.inventory.Product"), {
            id: 0, name: `Kite of ${version}`, price: "12.75", category: "toys", addedAt: null, version: 0,
        });
        const { outcome, value: added } = await call(number, `${SERVICE}.saveProduct`, kite);
        assert.equal(outcome, "onResult", JSON.stringify(added));
        assert.equal(added.__class, "samples.inventory.Product");
        assert.ok(added.id > 0);
        assert.deepEqual([added.name, added.price, added.category, added.version], [kite.name, "12.75", "toys", 1]);
        assert.ok(added.addedAt instanceof Date);
        const removed = await call(number, `${SERVICE}.removeProduct`, added.id, added.version);
        assert.equal(removed.outcome, "onResult", JSON.stringify(removed.value));
    });

    test(`${version}: a batch is answered call by call, a fault among them`, async () => {
        const answers = await post(number, [
            { target: "samples.EchoService.echo", args: ["one"] },
            { target: "samples.EchoService.fail", args: [] },
            { target: "samples.EchoService.echo", args: ["three"] },
        ]);
        assert.deepEqual(
            answers.map(({ number: id, outcome, value }) => [id, outcome, value?.code ?? value]),
            [[1, "onResult", "one"], [2, "onStatus", "E-17"], [3, "onResult", "three"]],
        );
    });
}
