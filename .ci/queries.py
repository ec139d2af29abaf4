"""Runs every query of docs/data.md with DuckDB, over the kept runs and over a made tree of as many runs as are asked for.

    queries.py PARCOST FOLDER RUNS

Both trees have to have the rows that their files hold, counted here without DuckDB.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import duckdb

TOP = Path(__file__).resolve().parent.parent
DOCUMENT = (TOP / "docs/data.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT, flags=re.S)
EXPORT = re.search(r"^parcost (export .*)$", DOCUMENT, flags=re.M)[1].split()
# Of a made run: a few measurements of every kind.
MEASUREMENTS = 6
MACHINES = 20


def kept():
    return sorted((TOP / "results/v1").glob("machine=*/*-*.json"))


def made(folder, count):
    """A tree of small runs of many machines: parts of a kept run, with times of their own."""
    run = json.loads(kept()[0].read_text()) | {"failures": [], "omissions": []}
    # They are other runs: a seal would call them edited.
    run.pop("seal", None)
    measured = [row for row in run["measurements"] if row["topic"] == "spawn"][:MEASUREMENTS]
    for number in range(count):
        for row in measured:
            row["estimate"] = {"center": 1000.0 + number, "low": 999.0 + number, "high": 1001.0 + number}
        key = f"x86_64-made-1c-{number % MACHINES:08x}"
        place = folder / f"results/v1/machine={key}"
        place.mkdir(parents=True, exist_ok=True)
        made_run = {**run, "id": f"{number:016x}", "machine": {**run["machine"], "key": key}, "measurements": measured}
        (place / f"{kept()[0].name[:-21]}{number:016x}.json").write_text(json.dumps(made_run))


def expected(files):
    """The rows of each query: benchmarks of good wall times, rounds of spawn, and the benchmarks in the exported table."""
    good, rounds = set(), 0
    for file in files:
        for row in json.loads(file.read_text())["measurements"]:
            is_time = row["metric"] == "wall_time"
            rounds += len(row["rounds"]) * (is_time and row["topic"] == "spawn")
            if is_time and row["quality"] == "good":
                good.add((file.parent.name, json.dumps(row["benchmark"], sort_keys=True)))
    return [len(good), rounds, len(good)]


def check(what, parcost, folder):
    """Runs the queries in a folder that holds `results`; whether all had their rows."""
    os.chdir(folder)
    start = time.monotonic()
    subprocess.run([parcost, *EXPORT], check=True)
    print(f"{what}: exported in {time.monotonic() - start:.1f} s", flush=True)
    files = sorted(Path("results/v1").glob("machine=*/*-*.json"))
    holds = True
    for query, rows in zip(QUERIES, expected(files), strict=True):
        start = time.monotonic()
        answer = duckdb.sql(query)
        found = len(answer.fetchall())
        holds &= found == rows
        seconds = time.monotonic() - start
        print(f"{what}: {' '.join(query.split())[:50]} …: {found} rows, {rows} expected, {seconds:.1f} s", flush=True)
    return holds


def main(parcost, folder, count):
    (folder / "kept").mkdir(parents=True)
    (folder / "kept/results").symlink_to(TOP / "results")
    made(folder / "made", count)
    return 0 if check("kept", parcost, folder / "kept") & check(f"{count} runs", parcost, folder / "made") else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3])))
