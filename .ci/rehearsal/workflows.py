"""Runs the workflows here: every `run:` unchanged, stand-ins for the actions, a `gh` that keeps what it is sent.

    workflows.py scripts DIR        write every run: block to DIR, for shellcheck
    workflows.py execute PARCOST    run every event on a small repository, with that parcost

The repository is a package whose benchmarks invent their times, so a gate takes seconds and has the same result anywhere.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import yaml

from forge import TOP, Forge

FILES = sorted((TOP / ".github").glob("workflows/*.yml")) + sorted((TOP / ".github").glob("actions/*/action.yml"))

MANIFEST = """[package]
name = "subject"
version = "0.1.0"
edition = "2021"

[lib]
bench = false

[[bench]]
name = "made_up"
harness = false

[profile.bench]
opt-level = 0
"""


def seeded(forge):
    """A repository with a branch that is slower and one that only changes a text, each merged by the forge."""
    forge.git("init", "--quiet", "--bare", "--initial-branch=main", str(forge.remote), folder=forge.top)
    for option in ("uploadpack.allowReachableSHA1InWant", "uploadpack.allowAnySHA1InWant"):
        forge.git("config", option, "true")
    seed = forge.top / "seed"
    forge.git("clone", "--quiet", str(forge.remote), str(seed), folder=forge.top)
    for folder in ("src", "benches", ".ci"):
        (seed / folder).mkdir()
    (seed / "Cargo.toml").write_text(MANIFEST)
    (seed / "src/lib.rs").write_text("")
    shutil.copy(TOP / "tests/fixtures/gate/bench.rs", seed / "benches/made_up.rs")
    (seed / ".gitignore").write_text("target\n")
    shutil.copy(TOP / ".ci/comment", seed / ".ci/comment")
    (seed / ".ci/run").write_text("#!/bin/sh\n")
    (seed / ".ci/run").chmod(0o755)

    def commit(branch, start, benchmarks, text):
        forge.git("checkout", "--quiet", "-B", branch, *start, folder=seed)
        (seed / "benchmarks.in").write_text(benchmarks)
        (seed / "notes").write_text(text)
        forge.git("add", ".", folder=seed)
        forge.git("commit", "--quiet", "--message", text, folder=seed)
        return forge.git("rev-parse", "HEAD", folder=seed)

    shas = {"main": commit("main", [], '&[("a/steady", 100.0), ("a/other", 100.0)]\n', "first")}
    for number, (branch, time) in enumerate((("slower", 130.0), ("same", 100.0)), 1):
        shas[branch] = commit(branch, ["main"], f'&[("a/steady", 100.0), ("a/other", {time})]\n', branch)
        forge.git("checkout", "--quiet", "--detach", "main", folder=seed)
        forge.git("merge", "--quiet", "--no-ff", "--no-edit", branch, folder=seed)
        forge.git("push", "--quiet", "origin", branch, f"HEAD:refs/pull/{number}/merge", folder=seed)
    forge.git("push", "--quiet", "origin", "main", folder=seed)
    return shas


def scenarios(forge):
    """What each event must lead to: its name, and whether it did."""
    shas = seeded(forge)
    numbers = {"slower": 1, "same": 2}
    owner, conclusions = {"login": "somebody"}, {}

    def pulls(accepted=False, moved=None):
        rows = [
            {"number": number, "head": f"somebody:{branch}", "sha": moved or shas[branch], "accepted": accepted}
            for branch, number in numbers.items()
        ]
        (forge.state / "pulls.json").write_text(json.dumps(rows))

    def comments():
        store = forge.state / "comments.json"
        return [comment["body"] for comment in json.loads(store.read_text())] if store.exists() else []

    def pull_request(branch, labels=(), legs=1):
        head = {"sha": shas[branch], "repo": {"full_name": "somebody/name"}}
        pull = {"number": numbers[branch], "head": head, "labels": [{"name": label} for label in labels]}
        results = forge.run("bench.yml", "pull_request", {"pull_request": pull}, f"refs/pull/{numbers[branch]}/merge", legs)
        conclusions[forge.numbered] = "failure" if "failure" in results.values() else "success"
        return results

    def commented(branch, measured_by, workflow="comment.yml"):
        run = {"event": "pull_request", "conclusion": conclusions[measured_by], "id": measured_by, "head_sha": shas[branch]}
        run |= {"head_branch": branch, "head_repository": {"owner": owner, "full_name": "somebody/name"}}
        return forge.run(workflow, "workflow_run", {"workflow_run": run}, "refs/heads/main")["comment"]

    def history():
        return forge.git("ls-tree", "-r", "--name-only", "bench-history").splitlines()

    pulls()
    results = pull_request("slower", legs=2)
    yield "a slower branch fails", (results["measure"], results["gate"], results["suite"]) == ("failure", "failure", "skipped")
    slower_run = forge.numbered
    yield "its summary names what regressed", "✗ regressed" in (forge.artifacts / str(slower_run) / "gate-ubuntu-24.04/summary.md").read_text()
    yield "it is commented", commented("slower", slower_run) == "success" and len(comments()) == 1 and "✗ regressed: 2 of 4" in comments()[0]
    yield "the comment is edited in place", commented("slower", slower_run) == "success" and len(comments()) == 1
    forge.comment = comments()[0]
    pulls(moved="f" * 40)
    yield "it says so when the head is another commit", commented("slower", slower_run) == "success" and "Stale" in comments()[0]

    hostile = forge.artifacts / str(slower_run) / "gate-ubuntu-24.04"
    evidence = next(hostile.glob("paired/v1/*/*.json"))
    text = evidence.read_text()
    evidence.write_text(text.replace("a/other", "@all"))
    before = comments()
    yield "an artifact that was edited is refused", commented("slower", slower_run) == "failure" and comments() == before
    evidence.write_text(text)

    pulls(accepted=True)
    results = pull_request("slower", ["perf-accepted"])
    yield "a slowdown that is accepted passes", (results["measure"], results["gate"]) == ("success", "success")
    yield "and is reported", commented("slower", forge.numbered) == "success" and "allowed by a label" in comments()[0]

    pulls()
    results = pull_request("same")
    yield "an unchanged branch passes", (results["measure"], results["gate"]) == ("success", "success")
    run = forge.numbered
    count = len(comments())
    yield "and not commented", commented("same", run) == "success" and len(comments()) == count

    conclusions[run] = "failure"
    yield "unless a part of it failed", commented("same", run) == "success" and "? incomplete" in comments()[-1]

    readme = re.search(r"<!-- ci: gate -->\n```yaml\n(.*?)```", (TOP / "README.md").read_text(), flags=re.S)[1]
    pull = {"number": 1, "head": {"sha": shas["slower"]}, "labels": []}
    results = forge.run(readme, "pull_request", {"pull_request": pull}, "refs/pull/1/merge")
    yield "the README's six lines gate elsewhere", results == {"gate": "failure"} and "✗ regressed: 1 of 2" in forge.summary
    for kept in (forge.artifacts / str(forge.numbered)).iterdir():
        shutil.copytree(kept, forge.artifacts / "1000" / kept.name)
    conclusions[1000] = "failure"
    action = "jobs:\n  comment:\n    steps:\n      - uses: OWNER/parcost/.github/actions/comment@COMMIT\n"
    before = comments()
    yield "and its comment", commented("slower", 1000, action) == "success" and comments()[0] != before[0]

    event = {"ref": "refs/heads/main"}
    results = forge.run("bench.yml", "push", event, "refs/heads/main")
    expected = {"measure": "skipped", "gate": "skipped", "suite": "success", "history": "success"}
    yield "a push to main is measured and kept", results == expected and len(history()) == 2
    before = forge.git("rev-parse", "bench-history")
    results = forge.run("bench.yml", "push", {**event, "rerun": forge.numbered}, "refs/heads/main")
    yield "a re-run overwrites nothing", results == expected and forge.git("rev-parse", "bench-history") == before
    results = forge.run("bench.yml", "schedule", {}, "refs/heads/main", legs=1)
    yield "a night measures the noise and keeps it", results == expected and any(place.startswith("paired/") for place in history())

    before = history()
    run = {"event": "push", "conclusion": "success", "id": 1}
    results = forge.run("pages.yml", "workflow_run", {"workflow_run": run}, "refs/heads/main")
    page = forge.artifacts / str(forge.numbered) / "github-pages/index.html"
    yield "the report is published", results == {"report": "success", "deploy": "success"} and page.exists()
    shutil.rmtree(page.parent)
    yield "a deleted page deletes no run", history() == before
    results = forge.run("ci.yml", "push", event, "refs/heads/main", legs=1)
    del results["advisories"]  # it asks a server
    yield "the checks are called", set(results.values()) == {"success"}


def execute(parcost):
    with tempfile.TemporaryDirectory() as folder:
        forge = Forge(Path(folder), Path(parcost).resolve())
        failed = 0
        for name, holds in scenarios(forge):
            print(f"{'ok    ' if holds else 'FAILED'} {name}", flush=True)
            if not holds:
                failed += 1
                print("\n".join(forge.log))
            forge.log.clear()
        if os.environ.get("SHOW_COMMENT"):
            print(forge.comment)
    return 1 if failed else 0


def scripts(folder):
    """Every run: block as a script, with a word in the place of each expression; and what no checker looks at."""
    pins = {}
    for file in FILES:
        for action, sha, version in re.findall(r"uses: ([\w/.-]+)@(\S+)(?: # (\S+))?$", file.read_text(), flags=re.M):
            if not re.fullmatch("[0-9a-f]{40}", sha) or not version or pins.setdefault(action, (sha, version)) != (sha, version):
                print(f"{file}: {action} is not pinned to one commit with its version everywhere")
                return 1
        definition = yaml.safe_load(file.read_text())
        jobs = definition.get("jobs") or {"action": definition["runs"]}
        for key, job in jobs.items():
            for place, step in enumerate(job.get("steps", [])):
                if "run" in step:
                    text = re.sub(r"\$\{\{.*?\}\}", "word", step["run"], flags=re.S)
                    name = f"{file.parent.name}-{file.stem}-{key}-{place}.sh"
                    Path(folder, name).write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{text}\n")
    return 0


if __name__ == "__main__":
    verbs = {"execute": execute, "scripts": scripts}
    if len(sys.argv) != 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    sys.exit(verbs[sys.argv[1]](sys.argv[2]))
