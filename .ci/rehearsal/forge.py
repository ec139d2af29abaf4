"""A forge in one folder: its repository, its API, its artifacts; act runs the workflows on this machine."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import zipfile
from pathlib import Path

import yaml

import api

TOP = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
SUMMARY_BYTES_MAX = 1 << 20
SECONDS_MAX = 300
RUNNERS = ("ubuntu-24.04", "ubuntu-24.04-arm", "ubuntu-22.04", "ubuntu-22.04-arm")
IDLE = ("Swatinem/rust-cache", "taiki-e/install-action", "actions/deploy-pages", "actions/attest-build-provenance")
# Actions in place of those that cannot be fetched here, by their names without the version.
STAND_INS = {
    "actions/checkout": HERE / "actions/checkout",
    "actions/upload-artifact": HERE / "actions/upload-artifact",
    "actions/upload-pages-artifact": HERE / "actions/upload-artifact",
    "actions/download-artifact": HERE / "actions/download-artifact",
    **{name: HERE / "actions/nothing" for name in IDLE},
}


def actions_of(definition):
    """Every `uses` of a workflow or an action, wherever it stands."""
    if isinstance(definition, dict):
        own = [definition["uses"]] if isinstance(definition.get("uses"), str) else []
        return own + [name for value in definition.values() for name in actions_of(value)]
    return [name for value in definition for name in actions_of(value)] if isinstance(definition, list) else []


class Forge:
    """The repository, its artifacts and its pull requests, in one folder."""

    def __init__(self, top, parcost, checkers):
        self.top, self.checkers = top, checkers
        self.remote, self.artifacts, self.bin = top / "remote.git", top / "artifacts", top / "bin"
        for folder in ("artifacts", "temp", "runs"):
            (top / folder).mkdir()
        self.api = api.Api(top, self.artifacts)
        # Copied, because an action installs parcost beside them.
        shutil.copytree(HERE / "bin", self.bin)
        # The actions that others use, without the rest of this folder: act copies the whole.
        self.published = top / "published"
        shutil.copytree(TOP / ".github", self.published / ".github")
        shutil.copytree(TOP / ".ci", self.published / ".ci")
        shutil.copy(TOP / "Cargo.toml", self.published)
        kept = ("HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN")
        self.environment = {
            **{name: os.environ[name] for name in kept if name in os.environ},
            **self.api.environment,
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "TMPDIR": str(top / "temp"),
            "XDG_CACHE_HOME": str(top / "cache"),
            "GH_CONFIG_DIR": str(top / "gh"),
            "ACT_DISABLE_VERSION_CHECK": "true",
            # act's server writes the blocks of a large artifact in the order in which they arrive.
            "ACTIONS_ARTIFACT_UPLOAD_CONCURRENCY": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "NODE_PATH": str(checkers / "node_modules"),
            "FORGE_REPOSITORY": str(self.remote),
            "PARCOST": str(parcost),
            "TOP": str(TOP),
        }
        self.log, self.numbered, self.summary = [], 0, ""

    def git(self, *arguments, folder=None):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", "-C", str(folder or self.remote), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def artifact(self, run, name):
        """The files of an artifact, by their paths."""
        with zipfile.ZipFile(self.artifacts / str(run) / name / f"{name}.zip") as archive:
            return {path: archive.read(path).decode() for path in archive.namelist()}

    def replace_artifact(self, run, name, files):
        folder = self.artifacts / str(run) / name
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)

    def run(self, workflow, event_name, event, ref, runner=None, run_id=None, interrupt_at=None):
        """Runs one workflow for one event, until a line of its log holds `interrupt_at`; the results of its jobs, by key."""
        self.numbered += 1
        self.run_id = run_id or self.numbered
        place = Path(tempfile.mkdtemp(dir=self.top / "runs"))
        # `queue` is newer than the schema of act.
        text = workflow if "\n" in workflow else (TOP / ".github/workflows" / workflow).read_text()
        (place / "workflow.yml").write_text(re.sub(r"^ *queue: max\n", "", text, flags=re.M))
        (place / "event.json").write_text(json.dumps(event))
        work = place / "work"
        self.git("clone", "--quiet", f"file://{self.remote}", str(work), folder=self.top)
        if ref != "refs/heads/main":
            self.git("fetch", "--quiet", "origin", ref, folder=work)
            self.git("checkout", "--quiet", "--detach", "FETCH_HEAD", folder=work)
        lines = self.act(place, work, event_name, runner, interrupt_at)
        self.log += [line["msg"].rstrip() for line in lines if "LocalRepositoryCache" not in line["msg"]]
        self.summary = "".join(line["content"] for line in lines if line.get("command") == "summary")
        if len(self.summary.encode()) > SUMMARY_BYTES_MAX:
            raise AssertionError("a summary is longer than the forge accepts")
        shutil.rmtree(place)
        results = {key: set() for key in yaml.safe_load(text)["jobs"]}
        for line in lines:
            if "jobResult" in line:
                results[line["jobID"]].add(line["jobResult"])
        # The words sort from bad to good.
        return {key: min(legs, default="skipped") for key, legs in results.items()}

    def act(self, place, work, event_name, runner, interrupt_at):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = ["timeout", str(SECONDS_MAX), str(self.checkers / "bin/act"), event_name, "--json", "--no-skip-checkout", "--no-cache-server"]
        command += ["-C", str(work), "-W", str(place / "workflow.yml"), "-e", str(place / "event.json")]
        command += ["--artifact-server-path", str(self.artifacts), "--artifact-server-addr", "127.0.0.1"]
        command += ["--artifact-server-port", str(port), "--action-cache-path", str(place / "cache")]
        command += ["-s", f"GITHUB_TOKEN={api.TOKEN}", "--env", f"GITHUB_RUN_ID={self.run_id}"]
        command += ["--env", "GITHUB_REPOSITORY=owner/name"]
        command += [word for name in RUNNERS for word in ("-P", f"{name}=-self-hosted")]
        command += ["--matrix", f"runner:{runner}"] if runner else []
        files = [place / "workflow.yml", *self.published.glob(".github/actions/*/action.yml")]
        for name in sorted({name for file in files for name in actions_of(yaml.safe_load(file.read_text()))}):
            owner, _, version = name.partition("@")
            own = owner.startswith("OWNER/parcost/")
            if not own and owner not in STAND_INS:
                raise AssertionError(f"there is no stand-in for {owner}")
            repository = f"OWNER/parcost@{version}" if own else name
            command += ["--local-repository", f"{repository}={self.published if own else STAND_INS[owner]}"]
        lines = []
        with subprocess.Popen(
            command, cwd=place, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        ) as running:
            for text in running.stdout:
                try:
                    line = json.loads(text)
                except ValueError:
                    line = {"msg": text}
                lines.append(line)
                if interrupt_at and interrupt_at in line["msg"]:
                    interrupt_at = None
                    running.send_signal(signal.SIGINT)
        return lines
