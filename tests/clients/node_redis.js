// node-redis: node node_redis.js PORT...
const { createCluster } = require("redis");
const story = require("./story");

// Its generic call is told the key: of every command that is the first argument.
const readOnly = new Set(["RESOLVE", "LINK.FIND", "LINK.INFO", "LINK.KEY"]);

async function main() {
    const rootNodes = process.argv.slice(2).map((port) => ({ url: `redis://127.0.0.1:${port}` }));
    const cluster = createCluster({ rootNodes });
    await cluster.connect();
    await story("node-redis", (...words) => cluster.sendCommand(words[1], readOnly.has(words[0]), words));
    cluster.destroy();
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
