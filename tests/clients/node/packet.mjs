// Remoting packets whose values are written and read by amfjs; only the envelope around them is made here.
import { createRequire } from "node:module";

const { AMF0, AMF3, AMFEncoder, AMFDecoder, ForcedTypeValue, Serializable } = createRequire(import.meta.url)("amfjs");

export { ForcedTypeValue, Serializable };
export const versions = { AMF0: 0, AMF3: 3 };
export const types = { AMF0, AMF3 };

/** Calls `target` in a packet of this version; gives what the packet answers to it. */
export async function call(version, target, ...args) {
    const [answer] = await post(version, [{ target, args }]);
    return answer;
}

/**
 * Posts calls in one packet, with headers by name; gives `{ outcome: "onResult" | "onStatus" | "onDebugEvents", value }` for each body, in
 * the order of the answer.
 */
export async function post(version, calls, headers = {}, url = process.env.FOOTBRIDGE_URL) {
    const response = await fetch(`${url}/gateway`, {
        method: "POST",
        headers: { "content-type": "application/x-amf" },
        body: request(version, calls, headers),
    });
    if (response.status !== 200) {
        throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    }
    return answers(version, Buffer.from(await response.arrayBuffer()));
}

function request(version, calls, headers) {
    const heads = Object.entries(headers).map(([name, header]) => {
        const value = encode(0, header);
        return Buffer.concat([text(name), Buffer.from([1]), u32(value.length), value]);
    });
    const bodies = calls.map(({ target, args }, index) => {
        const value = Buffer.concat([Buffer.from([0x0a]), u32(args.length), ...args.map((arg) => encode(version, arg))]);
        return Buffer.concat([text(target), text(`/${index + 1}`), u32(value.length), value]);
    });
    return Buffer.concat([u16(version), u16(heads.length), ...heads, u16(bodies.length), ...bodies]);
}

function encode(version, value) {
    const parts = [];
    const encoder = new AMFEncoder({ write: (part) => parts.push(Buffer.from(part)) });
    if (version === 3) {
        parts.push(Buffer.from([0x11]));
        encoder.writeObject(value, AMF3);
    } else {
        encoder.writeObject(value, AMF0);
    }
    return Buffer.concat(parts);
}

function answers(version, bytes) {
    const input = new Input(bytes);
    input.expect("version", version, input.u16());
    for (let headers = input.u16(); headers > 0; headers -= 1) {
        // Which ones are sent, tests of clients that obey them look at.
        input.text();
        input.read(1);
        const length = input.u32();
        const start = input.at;
        new AMFDecoder(input).decode(AMF0);
        input.expect("length of the header", length, input.at - start);
    }
    const count = input.u16();
    const found = [];
    for (let index = 0; index < count; index += 1) {
        const [, number, outcome] = input.text().split("/");
        input.text();
        const length = input.u32();
        const start = input.at;
        const value = new AMFDecoder(input).decode(AMF0);
        input.expect("length of the body", length, input.at - start);
        found.push({ number: Number(number), outcome, value });
    }
    input.expect("bytes behind the last body", 0, bytes.length - input.at);
    return found;
}

/** What amfjs takes for a readable stream. */
class Input {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }

    read(count) {
        if (this.at + count > this.bytes.length) {
            return null;
        }
        const part = this.bytes.subarray(this.at, this.at + count);
        this.at += count;
        return part;
    }

    u16() {
        return this.read(2).readUInt16BE();
    }

    u32() {
        return this.read(4).readUInt32BE();
    }

    text() {
        return this.read(this.u16()).toString("utf8");
    }

    expect(what, expected, got) {
        if (expected !== got) {
            throw new Error(`${what}: expected ${expected}, got ${got} (at byte ${this.at} of ${this.bytes.toString("hex")})`);
        }
    }
}

function u16(number) {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(number);
    return bytes;
}

function u32(number) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return bytes;
}

function text(value) {
    const bytes = Buffer.from(value, "utf8");
    return Buffer.concat([u16(bytes.length), bytes]);
}
