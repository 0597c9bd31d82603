// Short links from Node.js, with node-redis.
//
// node redirect.js PORT shorten URL [ALIAS]
// node redirect.js PORT visit CODE [IP USER-AGENT REFERER]
const { createClient } = require("redis");

// The first word of an error is stable.
const errorWord = (error) => error.message.split(" ")[0];

// Returns the code. Throws for a URL or an alias that is not accepted.
function shorten(client, url, alias) {
    const options = alias ? ["ALIAS", alias] : [];
    return client.sendCommand(["SHORTEN", url, ...options]);
}

// Returns the URL of a code and counts the visit, or null.
async function target(client, code, ip, userAgent, referer) {
    try {
        const visitor = ["IP", ip, "UA", userAgent, "REFERER", referer];
        return await client.sendCommand(["VISIT", code, ...visitor]);
    } catch (error) {
        // The server takes no writes: redirect without counting.
        if (!["MISCONF", "NOREPLICAS", "READONLY"].includes(errorWord(error))) throw error;
        return client.sendCommand(["RESOLVE", code]);
    }
}

// The URL as a Location header takes it.
function location(url) {
    return new URL(url).href.replace(/["<>\\^`{|}]/g, encodeURIComponent);
}

async function main(port, command, ...args) {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
    try {
        if (command === "shorten") {
            console.log(await shorten(client, ...args).catch((error) => `400 ${errorWord(error)}`));
        } else {
            const [code, ip = "", userAgent = "", referer = ""] = args;
            const url = await target(client, code, ip, userAgent, referer);
            console.log(url === null ? "404" : `302 ${location(url)}`);
        }
    } finally {
        client.destroy();
    }
}

main(...process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exit(1);
});
