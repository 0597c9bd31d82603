#!/usr/bin/env python3
"""Turns the packages that agents.sh fetches into lists: a file per package, a line per user agent.

A line is a kind, a tab and the user agent. Kinds: `bot`; `browser`, with `:Device` where the package says it; `app`, a
program for people that shows pages among other things; `program`, a library or player that is in no list of bots. Only
bots and browsers count in the error rates.
"""

import glob
import json
import re
import sys
from pathlib import Path

import yaml

FOLDER = Path(sys.argv[1])

# Programs in lists of devices that are no browsers: HTTP libraries of apps, media players, and
# Office, which requests a link before it opens the browser. Also agents without any version, such
# as `qa`.
PROGRAM = re.compile(
    r"\b(Dalvik|CFNetwork|Cronet|okhttp|AppleCoreMedia|stagefright|ExoPlayer|Alamofire|Titanium|PowerShell|UPnP|ms-office|MSOffice"
    r"|Microsoft Office|Java/)|^[^/]*$",
    re.IGNORECASE,
)

DEVICES = {
    "desktop": "Computer",
    "smartphone": "Mobile",
    "feature phone": "Mobile",
    "phablet": "Mobile",
    "tablet": "Tablet",
    "tv": "TV",
    "console": "Console",
    "car browser": "Car",
}


def lines(pattern):
    for path in sorted(glob.glob(str(FOLDER / pattern), recursive=True)):
        yield from Path(path).read_text(encoding="utf-8", errors="replace").splitlines()


def parsed(pattern):
    [path] = glob.glob(str(FOLDER / pattern), recursive=True)
    return json.loads(Path(path).read_text(encoding="utf-8"))


def crawler_user_agents():
    for pattern in ["npm/crawler-user-agents/crawler-user-agents.json", "pypi/crawleruseragents/crawler-user-agents.json"]:
        for entry in parsed(pattern):
            for agent in entry["instances"]:
                yield "bot", agent


def crawlerdetect():
    for agent in lines("pypi/crawlerdetect-*/tests/fixtures/user_agent/crawlers.txt"):
        yield "bot", agent
    for agent in lines("pypi/crawlerdetect-*/tests/fixtures/user_agent/devices.txt"):
        yield "browser", agent


def device_detector():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(glob.glob(str(FOLDER / "pypi/device_detector-*/device_detector/tests/fixtures/upstream/*.yml"))):
        with open(path, encoding="utf-8") as file:
            for entry in yaml.load(file, Loader=loader) or []:
                agent = entry.get("user_agent")
                if agent:
                    yield kind_of(entry), str(agent)


def kind_of(entry):
    """What device-detector says of a user agent."""
    if "bot" in entry:
        return "bot"
    client, device = entry.get("client"), entry.get("device")
    client = client.get("type") if isinstance(client, dict) else None
    device = device.get("type") if isinstance(device, dict) else None
    if client == "browser":
        return f"browser:{DEVICES[device]}" if device in DEVICES else "browser"
    return "app" if client == "mobile app" else "program"


def isbot():
    fixtures = "crates/vendor/isbot/fixtures"
    for agent in lines(f"{fixtures}/bots.txt"):
        yield "bot", agent
    for agent in parsed(f"{fixtures}/omrilotan-browsers.json"):
        yield "browser", agent


def user_agents():
    for entry in parsed("npm/user-agents/dist/user-agents.json"):
        yield "browser", entry["userAgent"]


def top_user_agents():
    for agent in parsed("npm/top-user-agents/src/index.json"):
        yield "browser", agent


def real_user_agents():
    for entry in parsed("npm/real-user-agents/data/external-raw/browserstack/userAgents.json"):
        yield "browser", entry["string"]


def fake_useragent():
    for line in lines("pypi/fake_useragent/data/browsers.jsonl"):
        yield "browser", json.loads(line)["useragent"]


LISTS = [
    crawler_user_agents,
    crawlerdetect,
    device_detector,
    isbot,
    user_agents,
    top_user_agents,
    real_user_agents,
    fake_useragent,
]

(FOLDER / "lists").mkdir(exist_ok=True)
for entries in LISTS:
    unique = {}
    for kind, agent in entries():
        agent = " ".join(agent.split())
        if kind.startswith("browser") and PROGRAM.search(agent):
            kind = "program"
        if agent:
            unique.setdefault(agent, kind)
    target = FOLDER / "lists" / f"{entries.__name__.replace('_', '-')}.tsv"
    target.write_text("".join(f"{kind}\t{agent}\n" for agent, kind in unique.items()), encoding="utf-8")
