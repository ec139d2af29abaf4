"""A forge in one folder: it runs the jobs of a workflow one after the other, and keeps their artifacts."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

from expressions import Expression, printed

TOP = Path(__file__).resolve().parent.parent.parent
SUMMARY_BYTES_MAX = 1 << 20
# Actions without a stand-in: what they install is here already, or is out of reach of this machine.
IDLE = {"Swatinem/rust-cache", "taiki-e/install-action", "actions/deploy-pages"}


class Forge:
    """The repository, its artifacts and its pull requests, in one folder."""

    def __init__(self, top, parcost):
        self.top, self.parcost = top, parcost
        self.remote, self.artifacts, self.state = top / "remote.git", top / "artifacts", top / "gh"
        self.bin, self.log = top / "bin", []
        self.artifacts.mkdir()
        self.state.mkdir()
        # Copied, because an action installs parcost beside them.
        shutil.copytree(Path(__file__).parent / "bin", self.bin)
        self.numbered = 0

    def git(self, *arguments, folder=None):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
        command = ["git", "-C", str(folder or self.remote), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def run(self, workflow, event_name, event, ref, legs=2, variables=None):
        """Runs one workflow for one event; the results of its jobs, by key."""
        definition = yaml.safe_load(workflow if "\n" in workflow else (TOP / ".github/workflows" / workflow).read_text())
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
        self.summary = summary.read_text() if summary.exists() else ""
        if len(self.summary.encode()) > SUMMARY_BYTES_MAX:
            raise AssertionError("a summary is longer than the forge accepts")
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
            contexts["job"]["fine"] = contexts["job"]["fine"] and (fine or step.get("continue-on-error", False))

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
        elif name.startswith("OWNER/parcost/"):
            name = name.removeprefix("OWNER/parcost/")
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
        """As on the forge, a condition without a status function requires success, too."""
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
