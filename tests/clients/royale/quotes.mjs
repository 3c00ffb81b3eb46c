// The service of feed/quotes.wsdl: a price for ACME, a fault for everybody else.

/** Answers an envelope: `{status, type, body}`. */
export function quotes(headers, envelope) {
    const symbol = /<(?:\w+:)?symbol[^>]*>([^<]*)</.exec(envelope)?.[1];
    if (headers.soapaction !== '"urn:quotes#getQuote"' || symbol === undefined) {
        return answer(500, fault(`not understood: SOAPAction ${headers.soapaction}, ${envelope.length} bytes`));
    }
    return symbol === "ACME"
        ? answer(200, '<getQuoteResponse xmlns="urn:quotes"><price>12.5</price></getQuoteResponse>')
        : answer(500, fault(`no quote of ${symbol}`));
}

const fault = (sentence) => `<s:Fault><faultcode>s:Client</faultcode><faultstring>${sentence}</faultstring></s:Fault>`;

const answer = (status, body) => ({
    status,
    type: "text/xml; charset=utf-8",
    body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`,
});
