// oidc-provider: tokens for clients and for a refresh token, and a resource that wants them. Takes the secret of its clients,
// and the file that gets the refresh token; says `listening on http://…`.
//
//   /resource  who the token is for, and how many tokens were given; 401 without one that is valid
//   /forget    no token that was given until now is valid any more

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../clients/package.json", import.meta.url));
const { default: Provider } = await import(require.resolve("oidc-provider"));

const [SECRET, REFRESH] = process.argv.slice(2);
const grants = { client_id: "gateway", client_secret: SECRET, redirect_uris: [], response_types: [] };
const server = createServer().listen(0, "127.0.0.1", async () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    const provider = new Provider(issuer, {
        clients: [
            { ...grants, grant_types: ["client_credentials"], scope: "orders" },
            { ...grants, client_id: "refreshing", grant_types: ["refresh_token", "authorization_code"], redirect_uris: ["https://h/"], response_types: ["code"] },
        ],
        scopes: ["orders", "openid", "offline_access"],
        features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
        rotateRefreshToken: false,
        findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
    let given = 0;
    let forgotten = 0;
    const since = new Map();
    const note = (token) => {
        given += 1;
        since.set(token.jti, given);
    };
    provider.on("client_credentials.saved", note);
    provider.on("access_token.saved", note);

    const grant = new provider.Grant({ accountId: "ann", clientId: "refreshing" });
    grant.addOIDCScope("openid offline_access orders");
    const client = await provider.Client.find("refreshing");
    const refresh = await new provider.RefreshToken({
        accountId: "ann", client, grantId: await grant.save(), scope: "openid offline_access orders", gty: "authorization_code",
    }).save();

    const callback = provider.callback();
    server.on("request", async (request, response) => {
        const answer = (status, value) => {
            response.writeHead(status, { "Content-Type": "application/json" });
            response.end(JSON.stringify(value));
        };
        if (request.url === "/forget") {
            forgotten = given;
            return answer(200, { given });
        }
        if (request.url !== "/resource") {
            return callback(request, response);
        }
        const [, text] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
        const token = text && ((await provider.ClientCredentials.find(text)) ?? (await provider.AccessToken.find(text)));
        if (!token || since.get(token.jti) <= forgotten) {
            response.setHeader("WWW-Authenticate", "Bearer");
            return answer(401, { error: "invalid_token" });
        }
        answer(200, { client: token.clientId, account: token.accountId ?? null, scope: token.scope ?? null, given });
    });
    writeFileSync(REFRESH, refresh);
    console.log(`listening on ${issuer}`);
});
