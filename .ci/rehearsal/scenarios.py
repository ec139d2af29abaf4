"""What each event must lead to: every workflow here, run by act on a small repository, with the real gh.

    scenarios.py PARCOST CHECKERS

The repository is a package whose benchmarks invent their times, so a gate takes seconds and has the same result anywhere.
"""

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from forge import TOP, Forge

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


# A workflow elsewhere that comments by the action of this repository.
COMMENT_ACTION = """on: workflow_run
jobs:
  comment:
    runs-on: ubuntu-24.04
    steps:
      - uses: OWNER/parcost/.github/actions/comment@COMMIT
"""

# The time of one of the benchmarks on each branch.
BRANCHES = {"slower": 130.0, "same": 100.0}


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
    for number, (branch, time) in enumerate(BRANCHES.items(), 1):
        shas[branch] = commit(branch, ["main"], f'&[("a/steady", 100.0), ("a/other", {time})]\n', branch)
        forge.git("checkout", "--quiet", "--detach", "main", folder=seed)
        forge.git("merge", "--quiet", "--no-ff", "--no-edit", branch, folder=seed)
        forge.git("push", "--quiet", "origin", branch, f"HEAD:refs/pull/{number}/merge", folder=seed)
    forge.git("push", "--quiet", "origin", "main", folder=seed)
    return shas


class Subject:
    """The repository's pull requests: what the forge sends to the workflows when something happens to them."""

    def __init__(self, forge):
        self.forge, self.shas, self.conclusions = forge, seeded(forge), {}
        self.numbers = {branch: number for number, branch in enumerate(BRANCHES, 1)}

    def open(self, moved=None, accepted=False):
        """Opens the pull requests of all branches."""
        labels = [{"name": "perf-accepted"}] if accepted else []
        self.forge.api.pulls = [
            {
                "number": number,
                "head": {"label": f"somebody:{branch}", "sha": moved or self.shas[branch]},
                "labels": labels,
            }
            for branch, number in self.numbers.items()
        ]

    def measured(self, branch, labels=(), workflow="bench.yml", runner="ubuntu-24.04", **how):
        number = self.numbers[branch]
        head = {"sha": self.shas[branch], "repo": {"full_name": "somebody/name"}}
        pull = {"number": number, "head": head, "labels": [{"name": label} for label in labels]}
        event = {"number": number, "pull_request": pull}
        results = self.forge.run(workflow, "pull_request", event, f"refs/pull/{number}/merge", runner, **how)
        bad = [word for word in ("cancelled", "failure") if word in results.values()]
        self.conclusions[self.forge.run_id] = bad[0] if bad else "success"
        return results

    def commented(self, branch, run, workflow="comment.yml"):
        """Runs the workflow that comments; whether it succeeded."""
        owner = {"owner": {"login": "somebody"}, "full_name": "somebody/name"}
        event = {"event": "pull_request", "conclusion": self.conclusions[run], "id": run, "head_sha": self.shas[branch]}
        event |= {"head_branch": branch, "head_repository": owner}
        return self.forge.run(workflow, "workflow_run", {"workflow_run": event}, "refs/heads/main")["comment"] == "success"


def scenarios(forge):
    """What each event must lead to: its name, and whether it did."""
    subject = Subject(forge)
    api, measured, commented = forge.api, subject.measured, subject.commented

    def history():
        return forge.git("ls-tree", "-r", "--name-only", "bench-history").splitlines()

    subject.open()
    api.comment(1, "<!-- parcost gate sha=0 --> of a stranger", author="somebody")
    results = measured("slower", runner=None)
    yield "a slower branch fails", (results["measure"], results["gate"], results["suite"]) == ("failure", "failure", "skipped")
    slower = forge.run_id
    yield "both machines keep their evidence", all(
        "✗ regressed" in forge.artifact(slower, f"gate-{runner}")["summary.md"] for runner in ("ubuntu-24.04", "ubuntu-24.04-arm")
    )
    yield "it is commented", commented("slower", slower) and len(api.bodies()) == 1 and "✗ regressed: 2 of 4" in api.bodies()[0]
    yield "the comment is edited in place", commented("slower", slower) and len(api.bodies()) == 1
    yield "the comment of a stranger stays", api.bodies("somebody") == ["<!-- parcost gate sha=0 --> of a stranger"]
    subject.open(moved="f" * 40)
    yield "it says so when the head is another commit", commented("slower", slower) and "Stale" in api.bodies()[0]

    name = "gate-ubuntu-24.04"
    files = forge.artifact(slower, name)
    edited = {path: text.replace("a/other", "@all") if path.endswith(".json") else text for path, text in files.items()}
    forge.replace_artifact(slower, name, edited)
    before = api.bodies()
    yield "an artifact that was edited is refused", not commented("slower", slower) and api.bodies() == before
    forge.replace_artifact(slower, name, files)

    subject.open(accepted=True)
    results = measured("slower", ["perf-accepted"])
    yield "a slowdown that is accepted passes", (results["measure"], results["gate"]) == ("success", "success")
    yield "and is reported", commented("slower", forge.run_id) and "allowed by a label" in api.bodies()[0]

    subject.open()
    results = measured("same")
    yield "an unchanged branch passes", (results["measure"], results["gate"]) == ("success", "success")
    run, count = forge.run_id, len(api.bodies())
    yield "and not commented", commented("same", run) and len(api.bodies()) == count
    subject.conclusions[run] = "failure"
    yield "unless a part of it failed", commented("same", run) and "? incomplete" in api.bodies()[-1]

    readme = re.search(r"<!-- ci: gate -->\n```yaml\n(.*?)```", (TOP / "README.md").read_text(), flags=re.S)[1]
    results = measured("slower", workflow=readme, runner=None)
    yield "the README's six lines gate elsewhere", results == {"gate": "failure"} and "✗ regressed: 1 of 2" in forge.summary
    before = api.bodies()
    yield "and its comment", commented("slower", forge.run_id, COMMENT_ACTION) and api.bodies()[0] != before[0]

    event = {"ref": "refs/heads/main"}
    results = forge.run("bench.yml", "push", event, "refs/heads/main")
    expected = {"measure": "skipped", "gate": "skipped", "suite": "success", "history": "success"}
    yield "a push to main is measured and kept", results == expected and len(history()) == 2
    before = forge.git("rev-parse", "bench-history")
    results = forge.run("bench.yml", "push", event, "refs/heads/main", run_id=forge.run_id)
    yield "a re-run overwrites nothing", results == expected and forge.git("rev-parse", "bench-history") == before
    results = forge.run("bench.yml", "schedule", {}, "refs/heads/main", "ubuntu-24.04")
    yield "a night measures the noise and keeps it", results == expected and any(path.startswith("paired/") for path in history())

    before = history()
    event = {"workflow_run": {"event": "push", "conclusion": "success", "id": 1}}
    results = forge.run("pages.yml", "workflow_run", event, "refs/heads/main")
    page = forge.artifact(forge.run_id, "github-pages")
    yield "the report is published", results == {"report": "success", "deploy": "success"} and "index.html" in page
    yield "and no run is lost by it", history() == before
    results = forge.run("ci.yml", "push", {"ref": "refs/heads/main"}, "refs/heads/main", "ubuntu-24.04")
    del results["advisories"]  # it asks a server
    yield "the checks are called", set(results.values()) == {"success"}


def main(parcost, checkers):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        forge, start = Forge(Path(folder), Path(parcost).resolve(), Path(checkers).resolve()), time.monotonic()
        for name, holds in scenarios(forge):
            seconds, start = time.monotonic() - start, time.monotonic()
            print(f"{'ok    ' if holds else 'FAILED'} {seconds:5.1f} s  {name}", flush=True)
            if not holds:
                failed += 1
                print("\n".join(forge.log))
            forge.log.clear()
        if os.environ.get("SHOW_COMMENT"):
            print("\n\n".join(forge.api.bodies()))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
