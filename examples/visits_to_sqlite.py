"""Carries the log of visits into an SQLite file, and loses none, however often it is killed.

    python3 visits_to_sqlite.py redis://127.0.0.1:6379 visits.sqlite

Needs redis-py. It reads as a consumer group, and acknowledges what it has read when SQLite has it on disk. What was read and not
acknowledged is read again at the next start; the entry's id is the key of its row, so nothing is there twice.

On one server there is one stream, shorten:visits. In a cluster each slot has one, shorten:visits:{TAG}: run this once for every master.
A stream whose slot moves is carried on by whoever looks after the node that it moved to: all are one consumer of one group.
"""
import sqlite3
import sys
import time

import redis

GROUP, CONSUMER = "sqlite", "visits_to_sqlite"
# The approximate number of entries per batch.
BATCH = 500
PAUSE = 0.1
LOOK_AROUND = 1.0
FIELDS = (
    "code time ip user-agent referer client-id country region city isp"
    " browser browser-version os os-version device bot"
).split()
NUMBERS = {"time", "bot"}
# The stream's slot has moved to another node or is being moved.
MOVED = ("MOVED", "ASK", "TRYAGAIN", "NOGROUP")


def open_file(file):
    db = sqlite3.connect(file, timeout=60, isolation_level=None)
    columns = ", ".join(f'"{field}" {"INTEGER" if field in NUMBERS else "TEXT"}' for field in FIELDS)
    db.execute("BEGIN IMMEDIATE")
    db.execute(
        f"CREATE TABLE IF NOT EXISTS visits (stream TEXT, id TEXT, {columns}, PRIMARY KEY (stream, id)) WITHOUT ROWID"
    )
    db.execute("COMMIT")
    return db


def streams(server):
    """The streams of this server, each with its group."""
    for stream in server.scan_iter("shorten:visits*", count=1000, _type="stream"):
        try:
            server.xgroup_create(stream, GROUP, id="0")
        except redis.ResponseError as error:
            if not has_code(error, ("BUSYGROUP",)):
                continue
        yield stream


def has_code(error, codes):
    # redis-py removes the code from some errors and uses classes for them instead.
    return str(error).startswith(codes) or type(error).__name__.upper().startswith(codes)


def store(db, read):
    """Writes entries down; when this returns they are on disk."""
    marks = ", ".join("?" * (len(FIELDS) + 2))
    db.execute("BEGIN IMMEDIATE")
    for stream, entries in read:
        # An entry without fields was trimmed from the log after it had been read.
        rows = [(stream, id, *(fields.get(field, "") for field in FIELDS)) for id, fields in entries if fields]
        db.executemany(f"INSERT OR IGNORE INTO visits VALUES ({marks})", rows)
    db.execute("COMMIT")


def hand_over(server, db, read):
    """Writes down what was read, then acknowledges it; gives the streams that have moved meanwhile: there it is read again."""
    if not read:
        return []
    store(db, read)
    moved = []
    for stream, entries in read:
        try:
            server.xack(stream, GROUP, *(id for id, _ in entries))
        except redis.ResponseError as error:
            if not has_code(error, MOVED):
                raise
            moved.append(stream)
    read.clear()
    return moved


def carry(server, db):
    """Carries entries for as long as the connection lasts."""
    # The position in each stream: first 0, for entries that were read and not acknowledged, then
    # new entries.
    places, looked_around = {}, None
    while True:
        if looked_around is None or time.monotonic() - looked_around > LOOK_AROUND:
            looked_around = time.monotonic()
            for stream in streams(server):
                places.setdefault(stream, "0")
        moved, read, idle = [], [], True
        for stream, place in places.items():
            try:
                reply = server.xreadgroup(GROUP, CONSUMER, {stream: place}, count=BATCH)
            except redis.ResponseError as error:
                if not has_code(error, MOVED):
                    raise
                moved.append(stream)
                continue
            entries = [entry for _, batch in reply for entry in batch]
            places[stream] = entries[-1][0] if entries and place != ">" else ">"
            if entries:
                idle = False
                read.append((stream, entries))
                # Many streams can have a few entries each. Writing them one by one would be slow.
                if sum(len(entries) for _, entries in read) >= BATCH:
                    moved += hand_over(server, db, read)
        for stream in moved + hand_over(server, db, read):
            places.pop(stream, None)
        if idle:
            time.sleep(PAUSE)


def main():
    if len(sys.argv) != 3:
        sys.exit("which server and which file? visits_to_sqlite.py redis://127.0.0.1:6379 visits.sqlite")
    db = open_file(sys.argv[2])
    while True:
        try:
            carry(redis.Redis.from_url(sys.argv[1], decode_responses=True, protocol=2), db)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            print(f"{error}; trying again", file=sys.stderr)
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
