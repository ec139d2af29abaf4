"""What each event must lead to: every workflow here, run by act on a small repository, with the real gh.

    scenarios.py PARCOST CHECKERS

The repository is a package whose benchmarks invent their times, so a gate takes seconds and has the same result anywhere.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forge import TOP, Forge

VERSION = tomllib.loads((TOP / "Cargo.toml").read_text())["package"]["version"]
MANIFEST = f"""[package]
name = "subject"
version = "{VERSION}"
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

MADE_UP = (TOP / "tests/fixtures/gate/bench.rs").read_text()
COMMAND, PARENT = "process::Command::new", "std::os::unix::process::parent_id()"
BROKEN = 'compile_error!("it does not build");\n'


def benchmarks(time):
    return f'&[("a/steady", 100.0), ("a/other", {time})]\n'


def measuring(statement):
    """The bench target, which does this before it measures."""
    return MADE_UP.replace("let filter", f"{statement}\n    let filter")


# The files of each pull request that differ from those of main; without text they are removed.
BRANCHES = {
    "slower": {"benchmarks.in": benchmarks(130.0)},
    "same": {},
    "broken": {"src/lib.rs": BROKEN},
    "repair": {"src/lib.rs": "// whole again\n"},
    "benchless": {"Cargo.toml": MANIFEST.replace('[[bench]]\nname = "made_up"\nharness = false\n\n', ""), "benches/made_up.rs": None},
    "endless": {"benches/made_up.rs": measuring("std::thread::sleep(std::time::Duration::MAX);")},
    # What a time limit or a full memory does to the gate.
    "killed": {"benches/made_up.rs": measuring(f'{COMMAND}("kill").arg("-9").arg({PARENT}.to_string()).status().unwrap();')},
}
# What the target branch became before the forge merged the pull request into it.
BASES = {"repair": {"src/lib.rs": BROKEN}}


def seeded(forge):
    """A repository with main and a branch for each pull request, merged by the forge."""
    forge.git("init", "--quiet", "--bare", "--initial-branch=main", str(forge.remote), folder=forge.top)
    for option in ("uploadpack.allowReachableSHA1InWant", "uploadpack.allowAnySHA1InWant"):
        forge.git("config", option, "true")
    seed = forge.top / "seed"
    forge.git("clone", "--quiet", str(forge.remote), str(seed), folder=forge.top)

    def commit(branch, start, files):
        forge.git("checkout", "--quiet", "-B", branch, *start, folder=seed)
        for path, text in {**files, "notes": branch}.items():
            (seed / path).parent.mkdir(exist_ok=True)
            if text is None:
                (seed / path).unlink()
            else:
                (seed / path).write_text(text)
        forge.git("add", "--all", ".", folder=seed)
        forge.git("commit", "--quiet", "--message", branch, folder=seed)
        return forge.git("rev-parse", "HEAD", folder=seed)

    files = {"Cargo.toml": MANIFEST, "src/lib.rs": "", "benches/made_up.rs": MADE_UP, "benchmarks.in": benchmarks(100.0)}
    files |= {".gitignore": "target\n", ".ci/comment": (TOP / ".ci/comment").read_text(), ".ci/run": "#!/bin/sh\n"}
    commit("main", [], files)
    files = {"CHANGELOG.md": f"# Changelog\n\n## [{VERSION}] - today\n\n- new\n\n## [0.0.1]\n\n- old\n"}
    commit("main", [], {**files, ".ci/release": (TOP / ".ci/release").read_text()})
    for script in (".ci/comment", ".ci/run", ".ci/release"):
        (seed / script).chmod(0o755)
    shas = {"main": commit("main", [], {})}
    for number, (branch, files) in enumerate(BRANCHES.items(), 1):
        base = commit(f"base-of-{branch}", ["main"], BASES[branch]) if branch in BASES else shas["main"]
        shas[branch] = commit(branch, [base], files)
        forge.git("checkout", "--quiet", "--detach", base, folder=seed)
        forge.git("merge", "--quiet", "--no-ff", "--no-edit", branch, folder=seed)
        forge.git("push", "--quiet", "origin", branch, f"HEAD:refs/pull/{number}/merge", folder=seed)
        shas[f"merge of {branch}"] = forge.git("rev-parse", "HEAD", folder=seed)
    forge.git("tag", f"v{VERSION}", "main", folder=seed)
    forge.git("tag", "v99.0.0", "main", folder=seed)
    forge.git("push", "--quiet", "origin", "main", "--tags", folder=seed)
    return shas


class Subject:
    """The repository's pull requests: what the forge sends to the workflows when something happens to them."""

    def __init__(self, forge):
        self.forge, self.shas, self.conclusions = forge, seeded(forge), {}
        self.numbers = {branch: number for number, branch in enumerate(BRANCHES, 1)}
        self.open()

    def open(self, moved=None, accepted=False):
        """Opens the pull requests of all branches."""
        labels = [{"name": "perf-accepted"}] if accepted else []
        self.forge.api.pulls = [
            {
                "number": number,
                "head": {"label": f"somebody:{branch}", "sha": moved or self.shas[branch]},
                "merge_commit_sha": self.shas[f"merge of {branch}"],
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


def comment_scenarios(forge, subject):
    """Who is commented, and when."""
    api, measured, commented = forge.api, subject.measured, subject.commented
    api.comment(1, "<!-- parcost gate sha=0 --> of a stranger", author="somebody")
    results = measured("slower", runner=None)
    yield "a slower branch fails", (results["measure"], results["gate"], results["suite"]) == ("failure", "failure", "skipped")
    slower = forge.run_id
    yield "both machines keep their evidence", all(
        "parcost: ✗ 1 regressed" in forge.artifact(slower, f"gate-{runner}")["summary.md"] for runner in ("ubuntu-24.04", "ubuntu-24.04-arm")
    )
    yield "it is commented", commented("slower", slower) and len(api.bodies()) == 1 and "### parcost: ✗ 2 regressed (worst +" in api.bodies()[0]
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

    subject.open()
    other = {**api.pulls[0], "number": 99, "merge_commit_sha": "e" * 40}
    api.pulls.insert(0, other)
    yield "of two pull requests of a branch, the measured one is commented", commented("slower", slower) and [
        row["pull"] for row in api.comments
    ] == [1, 1]
    other["merge_commit_sha"] = api.pulls[1]["merge_commit_sha"] = "e" * 40
    before = api.bodies()
    api.comments[-1]["body"] = before[0].replace("2 regressed", "2 changed")
    yield "and none where nobody knows which", commented("slower", slower) and "✗ 2 changed" in api.bodies()[0]

    subject.open(accepted=True)
    results = measured("slower", ["perf-accepted"])
    yield "a label accepts no slowdown", (results["measure"], results["gate"]) == ("failure", "failure")

    subject.open()
    results = measured("same")
    yield "an unchanged branch passes", (results["measure"], results["gate"]) == ("success", "success")
    run, count = forge.run_id, len(api.bodies())
    yield "and not commented", commented("same", run) and len(api.bodies()) == count
    subject.conclusions[run] = "failure"
    yield "unless a part of it failed", commented("same", run) and "? incomplete" in api.bodies()[-1]

    results = measured("slower", workflow=readme_workflow(), runner=None)
    yield "the README's six lines gate elsewhere", results == {"gate": "failure"} and "✗ 1 regressed" in forge.summary
    before = api.bodies()
    yield "and its comment", commented("slower", forge.run_id, COMMENT_ACTION) and api.bodies()[0] != before[0]


# How each pull request that cannot be measured is measured all the same, and what is said of it.
UNMEASURED = [
    ("a head that does not build", "broken", {}, "the head does not build"),
    ("a base that does not build", "repair", {}, "the base does not build"),
    ("a package without benchmarks", "benchless", {}, "there is no benchmark to measure"),
    ("a gate that is cancelled", "endless", {"interrupt_at": "counting one execution"}, "the gate was interrupted"),
    ("a gate that is killed", "killed", {}, "the gate was interrupted"),
]


def unmeasured_scenarios(forge, subject):
    """Both workflows comment that a pull request could not be measured."""
    api = forge.api
    readme = readme_workflow()
    for what, branch, how, reason in UNMEASURED:
        for own, workflow, commenter in ((True, "bench.yml", "comment.yml"), (False, readme, COMMENT_ACTION)):
            # After a cancellation act runs the steps that always run only where it is quick enough.
            reasons = (reason, "the workflow left no result") if how else (reason,)
            api.comments.clear()
            api.comment(subject.numbers[branch], f"<!-- parcost gate sha={'0' * 40} -->\n### ✓ pass")
            results = subject.measured(branch, workflow=workflow, runner="ubuntu-24.04" if own else None, **how)
            said = subject.commented(branch, forge.run_id, commenter)
            body = "".join(api.bodies())
            yield f"{what} is reported{'' if own else ' elsewhere'}", (
                "success" not in (results.get("measure"), results["gate"] if not own else None)
                and said
                and any(f"? could not be measured: {reason}" in body for reason in reasons)
                and "older commit" in body
            )


def initial_workflows(forge):
    """What `parcost init` writes in a package."""
    folder = forge.top / "fresh"
    forge.git("clone", "--quiet", str(forge.remote), str(folder), folder=forge.top)
    subprocess.run([forge.environment["PARCOST"], "init"], cwd=folder, check=True, capture_output=True)
    return [(folder / f".github/workflows/{name}.yml").read_text() for name in ("parcost", "parcost-comment")]


def init_scenarios(forge, subject):
    """The workflows that `parcost init` writes gate, comment and keep a history."""
    gate, comment = initial_workflows(forge)
    results = subject.measured("slower", workflow=gate, runner=None)
    yield "what init writes gates", results == {"gate": "failure", "history": "skipped"} and "✗ 1 regressed" in forge.summary
    yield "and comments", subject.commented("slower", forge.run_id, comment) and "✗ 1 regressed" in "".join(forge.api.bodies())
    results = forge.run(gate, "push", {"ref": "refs/heads/main"}, "refs/heads/main")
    paths = forge.git("ls-tree", "-r", "--name-only", "bench-history").splitlines()
    yield "and keeps a history", results == {"gate": "skipped", "history": "success"} and len(paths) == 1


def readme_workflow():
    return re.search(r"<!-- ci: gate -->\n```yaml\n(.*?)```", (TOP / "README.md").read_text(), flags=re.S)[1]


def release_scenarios(forge, subject):
    """A tag becomes a release, which the action then uses."""
    api, commit = forge.api, subject.shas["main"]
    workflow = readme_workflow().replace("COMMIT", commit)
    results = subject.measured("slower", workflow=workflow, runner=None)
    yield "without a release the action compiles", results == {"gate": "failure"} and "is compiled" in "".join(forge.log)

    tag = f"refs/tags/v{VERSION}"
    results = forge.run("release.yml", "push", {"ref": tag}, tag, "ubuntu-22.04")
    release = api.releases[0] if api.releases else {"files": {}}
    yield "a tag is released with the notes of its version", (
        results == {"build": "success", "publish": "success"}
        and release.get("draft") is False
        and (release["tag_name"], release["body"].strip()) == (f"v{VERSION}", "- new")
        and sorted(name.partition(".")[2] for name in release["files"]) == ["tar.gz", "tar.gz.sha256"]
    )
    results = forge.run("release.yml", "push", {"ref": "refs/tags/v99.0.0"}, "refs/tags/v99.0.0", "ubuntu-22.04")
    yield "but not one of another version", results["build"] == "failure" and len(api.releases) == 1

    forge.log.clear()
    results = subject.measured("slower", workflow=workflow, runner=None)
    log = "".join(forge.log)
    yield "the action uses the release of its commit", results == {"gate": "failure"} and f"parcost {VERSION}, as released" in log
    forge.log.clear()
    subject.measured("same", workflow=workflow.replace(commit, subject.shas["same"]), runner=None)
    yield "and no other", "is compiled" in "".join(forge.log)
    for name in release["files"]:
        if name.endswith(".gz"):
            release["files"][name] = b"edited"
    forge.log.clear()
    subject.measured("same", workflow=workflow, runner=None)
    yield "and none that was edited", "is compiled" in "".join(forge.log)


def main_scenarios(forge, subject):
    """Pushes, nights, pages and checks."""

    def history():
        return forge.git("ls-tree", "-r", "--name-only", "bench-history").splitlines()

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


PARTS = (comment_scenarios, unmeasured_scenarios, release_scenarios, main_scenarios, init_scenarios)


def main(parcost, checkers):
    def part(scenarios):
        """Runs these scenarios on a forge of their own; how many failed."""
        failed, start = 0, time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            forge = Forge(Path(folder), Path(parcost).resolve(), Path(checkers).resolve())
            for name, holds in scenarios(forge, Subject(forge)):
                seconds, start = time.monotonic() - start, time.monotonic()
                lines = [f"{'ok    ' if holds else 'FAILED'} {seconds:5.1f} s  {name}", *([] if holds else forge.log)]
                lines += forge.api.bodies() if os.environ.get("SHOW_COMMENT") else []
                print("\n".join(lines), flush=True)
                failed += not holds
                forge.log.clear()
        return failed

    with ThreadPoolExecutor() as pool:
        return min(1, sum(pool.map(part, PARTS)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
