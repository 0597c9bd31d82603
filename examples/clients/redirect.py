"""Short links from Python, with redis-py.

redirect.py PORT shorten URL [ALIAS]
redirect.py PORT visit CODE [IP USER-AGENT REFERER]
"""
import sys
from urllib.parse import quote

import redis


def error_word(error):
    """The first word of an error. redis-py removes it from errors that have a class of their own."""
    if isinstance(error, redis.exceptions.ReadOnlyError):
        return "READONLY"
    return str(error).split(" ")[0]


def shorten(r, url, alias=None):
    """Returns the code. Raises ResponseError for a URL or an alias that is not accepted."""
    options = ["ALIAS", alias] if alias else []
    return r.execute_command("SHORTEN", url, *options)


def target(r, code, ip, user_agent, referer):
    """Returns the URL of a code and counts the visit, or None."""
    try:
        return r.execute_command(
            "VISIT", code, "IP", ip, "UA", user_agent, "REFERER", referer
        )
    except redis.exceptions.ResponseError as error:
        # The server takes no writes: redirect without counting.
        if error_word(error) not in ("MISCONF", "NOREPLICAS", "READONLY"):
            raise
        return r.execute_command("RESOLVE", code)


def location(url):
    """The URL as a Location header takes it. What is percent-encoded already stays as it is."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]-._\\")


def main(port, command, *args):
    r = redis.Redis(port=int(port), decode_responses=True)
    if command == "shorten":
        try:
            print(shorten(r, *args))
        except redis.exceptions.ResponseError as error:
            print("400", error_word(error))
    else:
        code, ip, user_agent, referer = (*args, "", "", "")[:4]
        url = target(r, code, ip, user_agent, referer)
        print("404" if url is None else f"302 {location(url)}")


main(*sys.argv[1:])
