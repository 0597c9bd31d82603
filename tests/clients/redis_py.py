"""redis-py: python3 redis_py.py PORT..."""
import sys

from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ResponseError

nodes = [ClusterNode("127.0.0.1", int(port)) for port in sys.argv[1:]]
cluster = RedisCluster(startup_nodes=nodes, decode_responses=True)
call = cluster.execute_command


def same(seen, expected):
    if seen != expected:
        raise AssertionError(f"{seen!r} where {expected!r} was expected")


codes = {}
for n in range(300):
    url = f"https://example.com/python/{n}"
    codes[url] = call("SHORTEN", url, "STRATEGY", ["COUNTER", "HASH", "POOL"][n % 3])
same(len(set(codes.values())), 300)
for url, code in codes.items():
    same(call("RESOLVE", code), url)
    same(call("VISIT", code), url)
    same(call("SHORTEN", url), code)
    same(call("LINK.FIND", url), code)
    info = call("LINK.INFO", code)
    info = info if isinstance(info, dict) else dict(zip(info[::2], info[1::2]))
    same((info["url"], info["visits"]), (url, 1))
    # Of the commands without a key the client has to be told who is to answer them.
    key = call("LINK.KEY", code, target_nodes=cluster.get_default_node())
    same(call("RESOLVE", key, code), url)

same(call("LINK.SET", "python-alias", url), "OK")
same(call("LINK.EXPIRE", "python-alias", 100), 1)
same(call("LINK.PERSIST", "python-alias"), 1)
same(call("LINK.DEL", "python-alias"), 1)
same(call("RESOLVE", "python-alias"), None)
try:
    call("SHORTEN", url, "ALIAS", "python-alias")
    raise AssertionError("an alias of another slot was taken")
except ResponseError as error:
    same("LINK.SET" in str(error), True)

pipeline = cluster.pipeline()
for code in codes.values():
    pipeline.execute_command("RESOLVE", code)
same(pipeline.execute(), list(codes))
