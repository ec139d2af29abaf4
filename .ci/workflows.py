"""Runs the workflows here: every `run:` as it stands, stand-ins for the actions, a `gh` that remembers what it is told.

    workflows.py scripts DIR        write every run: block to DIR, for shellcheck
    workflows.py execute PARCOST    hold the events against a small repository, with the parcost that is named

The repository is a package whose benchmarks make their times up, so that a gate takes seconds and says the same anywhere.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parent.parent
FILES = sorted((TOP / ".github").glob("workflows/*.yml")) + sorted((TOP / ".github").glob("actions/*/action.yml"))
SUMMARY_BYTES_MAX = 1 << 20
# Actions that need no stand-in here: what they bring is there already, or lies beyond this machine.
IDLE = {"Swatinem/rust-cache", "taiki-e/install-action", "actions/deploy-pages"}


# ---- expressions, `${{ … }}`

TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(\d+)|([A-Za-z_][\w.*-]*)|(&&|\|\||==|!=|[!(),]))")


class Expression:
    """A recursive reader of the part of the language that the workflows use."""

    def __init__(self, text, contexts, functions):
        self.tokens, self.place = [], 0
        text, end = text.strip(), 0
        while end < len(text):
            match = TOKEN.match(text, end)
            if not match:
                raise SyntaxError(f"cannot read {text[end:]!r}")
            self.tokens.append(match.groups())
            end = match.end()
        self.contexts, self.functions = contexts, functions

    def value(self):
        value = self.either()
        if self.place != len(self.tokens):
            raise SyntaxError(f"too much: {self.tokens[self.place:]}")
        return value

    def peek(self, mark):
        if self.place < len(self.tokens) and self.tokens[self.place][3] == mark:
            self.place += 1
            return True
        return False

    def either(self):
        value = self.both()
        while self.peek("||"):
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.compared()
        while self.peek("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self):
        value = self.single()
        if self.peek("=="):
            return (value or "") == (self.single() or "")
        if self.peek("!="):
            return (value or "") != (self.single() or "")
        return value

    def single(self):
        if self.peek("!"):
            return not self.single()
        if self.peek("("):
            value = self.either()
            if not self.peek(")"):
                raise SyntaxError("a bracket is open")
            return value
        text, number, name, mark = self.tokens[self.place]
        self.place += 1
        if text is not None:
            return text[1:-1].replace("''", "'")
        if number is not None:
            return int(number)
        if mark is not None:
            raise SyntaxError(f"unexpected {mark}")
        if self.peek("("):
            arguments = []
            while not self.peek(")"):
                arguments.append(self.either())
                self.peek(",")
            return self.functions[name](*arguments)
        if name in ("true", "false"):
            return name == "true"
        return looked_up(self.contexts, name.split("."))


def looked_up(value, names):
    for place, name in enumerate(names):
        if name == "*":
            return [looked_up(entry, names[place + 1 :]) for entry in value or []]
        value = value.get(name) if isinstance(value, dict) else None
    return value


def printed(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


# ---- a machine that runs jobs


class Forge:
    """The repository, its artifacts and its pull requests, in one folder."""

    def __init__(self, top, parcost):
        self.top, self.parcost = top, parcost
        self.remote, self.artifacts, self.state = top / "remote.git", top / "artifacts", top / "gh"
        self.bin, self.log = top / "bin", []
        for folder in (self.artifacts, self.state, self.bin):
            folder.mkdir()
        self.numbered = 0
        for name, source in (("cargo", CARGO), ("gh", GH)):
            (self.bin / name).write_text(source)
            (self.bin / name).chmod(0o755)

    def git(self, *arguments, folder=None):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
        command = ["git", "-C", str(folder or self.remote), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def run(self, workflow, event_name, event, ref, legs=2, variables=None):
        """Runs one workflow for one event; what became of its jobs, by their keys."""
        definition = yaml.safe_load((TOP / ".github/workflows" / workflow).read_text())
        self.numbered += 1
        self.run_id = event.get("rerun", self.numbered)
        sha = self.git("rev-parse", ref)
        github = {"event_name": event_name, "event": event, "sha": sha, "ref": ref, "repository": "owner/name", "token": "t"}
        results = {}
        for key, job in definition["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            contexts = {
                "github": github,
                "needs": {name: {"result": results[name]} for name in needs},
                "vars": variables or {},
                "inputs": event.get("inputs"),
                "env": definition.get("env", {}),
                "job": {"needed": [results[name] for name in needs]},
            }
            results[key] = self.job(job, contexts, definition, legs)
        return results

    def job(self, job, contexts, definition, legs):
        needed = contexts["job"]["needed"]
        contexts["job"]["fine"] = all(result == "success" for result in needed)
        if not self.wanted(job.get("if"), contexts):
            return "skipped"
        matrix = job.get("strategy", {}).get("matrix", {})
        runners = matrix.get("runner", [None])
        if isinstance(runners, str):
            runners = self.filled(runners, contexts, raw=True)
        fine = [self.leg(job, {**contexts, "matrix": {"runner": runner}}, definition) for runner in runners[:legs]]
        return "success" if all(fine) else "failure"

    def leg(self, job, contexts, definition):
        place = Path(tempfile.mkdtemp(dir=self.top))
        workspace, temp = place / "work", place / "temp"
        workspace.mkdir()
        temp.mkdir()
        contexts = {**contexts, "runner": {"temp": str(temp), "os": "Linux", "arch": "X64"}, "steps": {}}
        contexts["job"] = {"fine": True}
        summary = temp / "summary"
        environment = {
            **{name: os.environ[name] for name in ("HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN") if name in os.environ},
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "CI": "true",
            "GITHUB_REPOSITORY": contexts["github"]["repository"],
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_STEP_SUMMARY": str(summary),
            "RUNNER_TEMP": str(temp),
            "TMPDIR": str(temp),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "PARCOST": str(self.parcost),
            "TOP": str(TOP),
            "GH_STATE": str(self.state),
        }
        shell = definition.get("defaults", {}).get("run", {}).get("shell")
        self.steps(job["steps"], contexts, environment, workspace, shell)
        if summary.exists() and summary.stat().st_size > SUMMARY_BYTES_MAX:
            raise AssertionError("a summary is longer than the forge keeps")
        self.summary = summary.read_text() if summary.exists() else ""
        shutil.rmtree(place)
        return contexts["job"]["fine"]

    def steps(self, steps, contexts, environment, workspace, shell):
        for step in steps:
            if not self.wanted(step.get("if"), contexts):
                continue
            own = {name: self.filled(text, contexts) for name, text in {**contexts["env"], **step.get("env", {})}.items()}
            step_environment = {**environment, **own}
            if "run" in step:
                fine = self.script(self.filled(step["run"], contexts), step_environment, workspace, step.get("shell", shell))
            else:
                given = {name: self.filled(text, contexts) for name, text in step.get("with", {}).items()}
                fine = self.action(step["uses"], given, contexts, step_environment, workspace)
            contexts["job"]["fine"] = contexts["job"]["fine"] and fine

    def script(self, text, environment, workspace, shell):
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if shell == "bash" else ["-e"]
        ended = subprocess.run(["bash", *options, "-c", text], cwd=workspace, env=environment, capture_output=True, text=True)
        self.log.append(f"$ {text.strip()}\n{ended.stdout}{ended.stderr}[{ended.returncode}]")
        return ended.returncode == 0

    def action(self, uses, given, contexts, environment, workspace):
        name = uses.split("@")[0]
        if name == "actions/checkout":
            self.git("clone", "--quiet", f"file://{self.remote}", str(workspace), folder=self.top)
            self.git("fetch", "--quiet", "origin", contexts["github"]["sha"], folder=workspace)
            self.git("checkout", "--quiet", "--detach", contexts["github"]["sha"], folder=workspace)
        elif name in ("actions/upload-artifact", "actions/upload-pages-artifact"):
            path = workspace / given["path"]
            if not path.is_dir():
                self.log.append(f"{name}: nothing at {path}")
                return given.get("if-no-files-found") != "error"
            target = self.artifacts / str(self.run_id) / given.get("name", "github-pages")
            shutil.copytree(path, target, dirs_exist_ok="rerun" in contexts["github"]["event"])
        elif name == "actions/download-artifact":
            folder = self.artifacts / str(given.get("run-id", self.run_id))
            for artifact in sorted(folder.glob("*")) if folder.exists() else []:
                if fnmatch.fnmatch(artifact.name, given["pattern"]):
                    shutil.copytree(artifact, workspace / given["path"], dirs_exist_ok=True)
        elif name.startswith("./"):
            definition = yaml.safe_load((TOP / name / "action.yml").read_text())
            inputs = {key: self.filled(entry.get("default", ""), contexts) for key, entry in definition.get("inputs", {}).items()}
            within = {**contexts, "inputs": {**inputs, **given}, "job": contexts["job"]}
            environment = {**environment, "GITHUB_ACTION_PATH": str(TOP / name)}
            self.steps(definition["runs"]["steps"], within, environment, workspace, None)
            return contexts["job"]["fine"]
        elif name not in IDLE:
            raise AssertionError(f"there is no stand-in for {name}")
        return True

    def functions(self, contexts):
        fine = contexts["job"].get("fine", True)
        return {
            "always": lambda: True,
            "cancelled": lambda: False,
            "success": lambda: fine,
            "failure": lambda: not fine,
            "contains": lambda whole, part: part in (whole or []),
            "format": lambda text, *values: re.sub(r"\{(\d+)\}", lambda place: printed(values[int(place[1])]), text),
            "fromJSON": json.loads,
        }

    def wanted(self, condition, contexts):
        """As on the forge, a condition without a word of the state asks for success as well."""
        if condition is None:
            return contexts["job"].get("fine", True)
        text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(condition).strip(), flags=re.S)
        value = bool(Expression(text, contexts, self.functions(contexts)).value())
        has_state = re.search(r"\b(always|cancelled|success|failure)\(", text)
        return value and (bool(has_state) or contexts["job"].get("fine", True))

    def filled(self, text, contexts, raw=False):
        def value(match):
            return Expression(match[1], contexts, self.functions(contexts)).value()

        whole = re.fullmatch(r"\s*\$\{\{(.*?)\}\}\s*", str(text), flags=re.S)
        if raw and whole:
            return value(whole)
        return re.sub(r"\$\{\{(.*?)\}\}", lambda match: printed(value(match)), printed(text), flags=re.S)


# A cargo that has built parcost already, and measures no whole suite: a run that is kept in results/ stands for it.
CARGO = """#!/usr/bin/env bash
set -euo pipefail
if [[ "$1 " == 'install ' ]]; then
  ln -sf "$PARCOST" "$(dirname "$0")/parcost"
elif [[ " $* " != *' --bin parcost -- '* ]]; then
  exec env PATH="${PATH#*:}" cargo "$@"
else
  while [[ $1 != -- ]]; do shift; done
  shift
  case $1 in
  run)
    run=$(cd "$TOP/results" && ls v1/machine=*/2*.json | sort | tail -n 1)
    mkdir -p "$3/$(dirname "$run")"
    cp "$TOP/results/$run" "$3/$run"
    ;;
  selftest) echo "selftest $*" ;;
  report)
    if "$PARCOST" report --help >/dev/null 2>&1; then exec "$PARCOST" "$@"; fi
    mkdir -p "$(dirname "$5")" && echo report >"$5"
    ;;
  *) exec env PATH="${PATH#*:}" "$PARCOST" "$@" ;;
  esac
fi
"""

# Answers the five questions that are asked of the forge, and remembers the comments.
GH = """#!/usr/bin/env python3
import json, os, re, sys
from pathlib import Path
state = Path(os.environ["GH_STATE"])
arguments = sys.argv[2:]
path = next(word for word in arguments if word.startswith("repos/"))
method = arguments[arguments.index("--method") + 1]
fields = dict(arguments[place + 1].split("=", 1) for place, word in enumerate(arguments) if word in ("-f", "-F"))
store = state / "comments.json"
comments = json.loads(store.read_text()) if store.exists() else []
if re.fullmatch("repos/owner/name/pulls", path):
    for pull in json.loads((state / "pulls.json").read_text()):
        if pull["head"] == fields["head"]:
            print(pull["number"], pull["sha"], "true" if pull["accepted"] else "false", sep="\\t")
elif (place := re.fullmatch(r"repos/owner/name/issues/comments/(\\d+)", path)) and method == "GET":
    print(comments[int(place[1]) - 1]["body"])
elif place and method == "PATCH":
    comments[int(place[1]) - 1]["body"] = Path(fields["body"].removeprefix("@")).read_text()
elif place := re.fullmatch(r"repos/owner/name/issues/(\\d+)/comments", path):
    if method == "GET":
        for number, comment in enumerate(comments, 1):
            if comment["pull"] == place[1]:
                print(number)
    else:
        comments.append({"pull": place[1], "body": Path(fields["body"].removeprefix("@")).read_text()})
else:
    sys.exit(f"nobody answers {method} {path}")
store.write_text(json.dumps(comments))
"""

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
    """A repository with a branch that is slower and one that changes nothing but a text, each merged by the forge."""
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
    """What each event has to come to; a name for whoever reads, and whether it did."""
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

    def commented(branch, measured_by):
        run = {"event": "pull_request", "conclusion": conclusions[measured_by], "id": measured_by, "head_sha": shas[branch]}
        run |= {"head_branch": branch, "head_repository": {"owner": owner, "full_name": "somebody/name"}}
        return forge.run("comment.yml", "workflow_run", {"workflow_run": run}, "refs/heads/main")["comment"]

    def history():
        return forge.git("ls-tree", "-r", "--name-only", "bench-history").splitlines()

    pulls()
    results = pull_request("slower", legs=2)
    yield "a slower branch is red", (results["measure"], results["gate"], results["suite"]) == ("failure", "failure", "skipped")
    slower_run = forge.numbered
    yield "its summary says what is slower", "✗ slower" in (forge.artifacts / str(slower_run) / "gate-ubuntu-24.04/summary.md").read_text()
    yield "it is commented", commented("slower", slower_run) == "success" and len(comments()) == 1 and "✗ slower: 2 of 4" in comments()[0]
    yield "the comment is edited in place", commented("slower", slower_run) == "success" and len(comments()) == 1
    forge.comment = comments()[0]
    pulls(moved="f" * 40)
    yield "it says so when the head has moved", commented("slower", slower_run) == "success" and "Stale" in comments()[0]

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
    yield "and is told", commented("slower", forge.numbered) == "success" and "accepted by label" in comments()[0]

    pulls()
    results = pull_request("same")
    yield "an unchanged branch is green", (results["measure"], results["gate"]) == ("success", "success")
    run = forge.numbered
    count = len(comments())
    yield "and not commented", commented("same", run) == "success" and len(comments()) == count

    conclusions[run] = "failure"
    yield "unless a part of it failed", commented("same", run) == "success" and "? incomplete" in comments()[-1]

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
    yield "a page that is wiped takes no run with it", history() == before
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
                print(f"{file}: {action} is pinned to no commit with its version, or elsewhere to another")
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
