// What both clients of Node.js are asked to do. `call` takes a command's words.
const assert = require("node:assert");

module.exports = async function story(name, call) {
    const codes = new Map();
    for (let n = 0; n < 300; n++) {
        const url = `https://example.com/${name}/${n}`;
        codes.set(url, await call("SHORTEN", url, "STRATEGY", ["COUNTER", "HASH", "POOL"][n % 3]));
    }
    assert.strictEqual(new Set(codes.values()).size, 300);
    for (const [url, code] of codes) {
        assert.strictEqual(await call("RESOLVE", code), url);
        assert.strictEqual(await call("VISIT", code), url);
        assert.strictEqual(await call("SHORTEN", url), code);
        assert.strictEqual(await call("LINK.FIND", url), code);
        const info = await call("LINK.INFO", code);
        assert.strictEqual(info[info.indexOf("url") + 1], url);
        assert.strictEqual(info[info.indexOf("visits") + 1], 1);
        const key = await call("LINK.KEY", code);
        assert.strictEqual(await call("RESOLVE", key, code), url);
    }
    const [url] = codes.keys();
    const alias = `${name}-alias`;
    assert.strictEqual(await call("LINK.SET", alias, url), "OK");
    assert.strictEqual(await call("LINK.EXPIRE", alias, "100"), 1);
    assert.strictEqual(await call("LINK.PERSIST", alias), 1);
    assert.strictEqual(await call("LINK.DEL", alias), 1);
    assert.strictEqual(await call("RESOLVE", alias), null);
    await assert.rejects(call("SHORTEN", url, "ALIAS", alias), /LINK\.SET/);
};
