// What the movie cannot see of its own calls: that they were the packets which the cases are about.

/** Cases over the packets that went by; a case whose packet never came fails. */
export function packetCases(packets, answers) {
    return [
        {
            name: "packets: the three calls of one frame travelled together",
            faults: expectPacket(packets, "batch one", (packet) => {
                const messages = packet.readUInt16BE(4);
                return packet.includes("batch three") && messages === 3 ? [] : [`expected 3 messages, got ${messages}`];
            }),
        },
        {
            name: "packets: the header was there",
            faults: expectPacket(packets, "with a header", (packet) => {
                const headers = packet.readUInt16BE(2);
                return packet.includes("X-From-Ruffle") && headers === 1 ? [] : [`expected 1 header, got ${headers}`];
            }),
        },
        ...debugCases(packets, answers),
        {
            name: "packets: Ruffle asked in version 0",
            faults: packets.every((packet) => packet.readUInt16BE(0) === 0) ? [] : ["a packet of another version went by"],
        },
    ];
}

/** Both movies ask twice, once as somebody who may not. **/
export function debugCases(packets, answers) {
    const asked = packets.filter((packet) => packet.includes("amf_server_debug")).length;
    const told = answers.filter((answer) => answer.includes("/onDebugEvents")).length;
    return [
        {
            name: "packets: debug events came for whoever may ask, and for nobody else",
            faults: asked === 2 && told === 1 ? [] : [`${asked} packets asked for debug events, and ${told} answers held some`],
        },
    ];
}

function expectPacket(packets, text, judge) {
    const packet = packets.find((each) => each.includes(text));
    return packet ? judge(packet) : [`no packet with the text "${text}" went by`];
}
