"""Runs every query of docs/data.md with DuckDB, over the kept runs and over a made tree of as many runs as are asked for.

    queries.py FOLDER RUNS

Both trees have to have the rows that their files hold, counted here without DuckDB.
"""

import json
import os
import re
import sys
import time
from pathlib import Path

import duckdb

TOP = Path(__file__).resolve().parent.parent
QUERIES = re.findall(r"```sql\n(.*?)```", (TOP / "docs/data.md").read_text(), flags=re.S)
# Of a made run: a few measurements of every kind.
MEASUREMENTS = 6
MACHINES = 20


def kept():
    return sorted((TOP / "results/v1").glob("machine=*/*-*.json"))


def made(folder, count):
    """A tree of small runs of many machines: parts of a kept run, with times of their own."""
    run = json.loads(kept()[0].read_text()) | {"failures": [], "omissions": []}
    measured = [row for row in run["measurements"] if row["topic"] == "spawn"][:MEASUREMENTS]
    for number in range(count):
        for row in measured:
            row["estimate"] = {"center": 1000.0 + number, "low": 999.0 + number, "high": 1001.0 + number}
        place = folder / f"results/v1/machine=made-{number % MACHINES}"
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**run, "id": f"{number:016x}", "measurements": measured})
        (place / f"20260101T000000Z-nocommit-{number:016x}.json").write_text(text)


def expected(files):
    """The rows of each query: benchmarks of good wall times, rounds of spawn, and the benchmarks once more."""
    good, rounds = set(), 0
    for file in files:
        for row in json.loads(file.read_text())["measurements"]:
            is_time = row["metric"] == "wall_time"
            rounds += len(row["rounds"]) * (is_time and row["topic"] == "spawn")
            if is_time and row["quality"] == "good":
                good.add((file.parent.name, json.dumps(row["benchmark"], sort_keys=True)))
    return [len(good), rounds, None, len(good)]


def check(what, folder):
    """Runs the queries in a folder that holds `results`; whether all had their rows."""
    os.chdir(folder)
    Path("target").mkdir(exist_ok=True)
    files = sorted(Path("results/v1").glob("machine=*/*-*.json"))
    holds = True
    for query, rows in zip(QUERIES, expected(files), strict=True):
        start = time.monotonic()
        answer = duckdb.sql(query)
        found = rows if rows is None else len(answer.fetchall())
        holds &= found == rows
        words = "written" if rows is None else f"{found} rows, {rows} expected"
        print(f"{what}: {' '.join(query.split())[:50]} …: {words}, {time.monotonic() - start:.1f} s", flush=True)
    return holds


def main(folder, count):
    (folder / "kept").mkdir(parents=True)
    (folder / "kept/results").symlink_to(TOP / "results")
    made(folder / "made", count)
    return 0 if check("kept", folder / "kept") & check(f"{count} runs", folder / "made") else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), int(sys.argv[2])))
