// ioredis: node ioredis.js PORT...
const { Cluster } = require("ioredis");
const story = require("./story");

const cluster = new Cluster(process.argv.slice(2).map((port) => ({ host: "127.0.0.1", port: Number(port) })));
story("ioredis", (...words) => cluster.call(...words))
    .then(() => cluster.disconnect())
    .catch((error) => {
        console.error(error);
        process.exit(1);
    });
