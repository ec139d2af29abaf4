"""What no checker looks at in the workflows and actions here; every run: block is written out for shellcheck.

    check.py FOLDER [FILE ...]    the files are what `parcost init` writes
"""

import re
import sys
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parent.parent.parent
FILES = sorted((TOP / ".github").glob("workflows/*.yml")) + sorted((TOP / ".github").glob("actions/*/action.yml"))

# What keeps a job off a machine of one's own where a pull request comes from a fork.
OWN_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
SECRET = re.compile(r"\bsecrets\b|\bgithub\.token\b")


def uses(node):
    """Every `uses` under a node of YAML, however it is written: its value, and where that ends."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "uses" and isinstance(value, yaml.ScalarNode):
                yield value.value, value.end_mark
            yield from uses(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from uses(value)


def pin_faults(text, pins):
    """Actions that are not there, or not pinned to one commit with its version in a comment on the same line."""
    for action, end in uses(yaml.compose(text)):
        if action.startswith("./"):
            if not (TOP / action / "action.yml").is_file():
                yield f"there is no action {action}"
            continue
        name, _, commit = action.partition("@")
        version = re.fullmatch(r"[\]},\s]*# (v\d+(?:\.\d+)*)\s*", text.splitlines()[end.line][end.column :])
        if not re.fullmatch("[0-9a-f]{40}", commit) or set(commit) == {"0"}:
            yield f"{action} is not pinned to the whole id of a commit"
        elif not version:
            yield f"{action} has no comment with its version: # v1.2.3"
        elif pins.setdefault(name, (commit, version[1])) != (commit, version[1]):
            yield f"{name} is pinned to another commit elsewhere"


def secret_faults(definition):
    """Secrets that more steps get than the one that needs it."""
    places = {"the workflow": definition} | {f"the job {key}": job for key, job in definition.get("jobs", {}).items()}
    for place, holder in places.items():
        if SECRET.search(str(holder.get("env", ""))):
            yield f"{place} has a secret in its environment; give it to the step that needs it"


def machine_faults(definition):
    """Jobs that a pull request from a fork could start on a machine of one's own."""
    # YAML reads the key `on` as true.
    if not re.search(r"\bpull_request", str(definition.get("on", definition.get(True)))):
        return
    for key, job in definition.get("jobs", {}).items():
        machine, condition = f"{job.get('runs-on')} {job.get('strategy')}", str(job.get("if", ""))
        is_own = "self-hosted" in machine or "vars." in machine
        events = set(re.findall(r"github\.event_name == '(\w+)'", condition))
        never = events and not any(event.startswith("pull_request") for event in events)
        if is_own and not never and OWN_REPOSITORY not in machine + condition:
            yield f"the job {key} may run on a machine of one's own for a fork; its condition needs {OWN_REPOSITORY}"


def faults(text, pins):
    definition = yaml.safe_load(text)
    return [*pin_faults(text, pins), *secret_faults(definition), *machine_faults(definition)]


COMMIT = "3d3c42e5aac5ba805825da76410c181273ba90b1"
SOUND = f"""on: pull_request
jobs:
  a:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-24.04
    steps:
      - uses: a/b@{COMMIT} # v1.2.3
      - {{ uses: 'a/b@{COMMIT}' }} # v1.2.3
"""
# What each change of the sound workflow has to be refused for.
FAULTY = [
    ("a version in place of a commit", f"@{COMMIT} #", "@v7 #", "whole id"),
    ("a space after it", f"@{COMMIT} # v1.2.3", "@v7 ", "whole id"),
    ("a short id", f"@{COMMIT} #", f"@{COMMIT[:12]} #", "whole id"),
    ("an id of zeros", f"@{COMMIT} #", f"@{'0' * 40} #", "whole id"),
    ("a version in quotes", f"'a/b@{COMMIT}'", "'a/b@v7'", "whole id"),
    ("double quotes", f"'a/b@{COMMIT}'", '"a/b@v7"', "whole id"),
    ("flow style", f"- uses: a/b@{COMMIT} # v1.2.3", "- {name: x, uses: a/b@main}", "whole id"),
    ("a comment that is none", " # v1.2.3\n      - {", "#v2\n      - {", "whole id"),
    ("no comment", " # v1.2.3\n      - {", "\n      - {", "no comment"),
    ("a comment without a version", "# v1.2.3", "# pinned", "no comment"),
    ("two commits of one action", f"- uses: a/b@{COMMIT}", f"- uses: a/b@{COMMIT[::-1]}", "elsewhere"),
    ("a reusable workflow", "    runs-on:", "    uses: a/b/.github/workflows/c.yml@main\n    runs-on:", "whole id"),
    ("an action that is not here", f"a/b@{COMMIT} # v1.2.3", "./.github/actions/nowhere", "no action"),
    ("a secret of the whole workflow", "jobs:", "env: { T: '${{ secrets.T }}' }\njobs:", "secret"),
    ("a token of a whole job", "    runs-on:", "    env: { T: '${{ github.token }}' }\n    runs-on:", "secret"),
    ("a machine of one's own", "ubuntu-24.04", "self-hosted", "own for a fork"),
    ("a machine of one's own in a list", "ubuntu-24.04", "[self-hosted, linux]", "own for a fork"),
    ("a machine named by a setting", "ubuntu-24.04", "'${{ vars.RUNNER }}'", "own for a fork"),
]


def unnoticed():
    """The faults that these checks do not find."""
    if found := faults(SOUND, {}):
        yield f"a sound workflow is refused: {found}"
    for what, before, after, expected in FAULTY:
        assert before in SOUND, what
        found = faults(SOUND.replace(before, after, 1), {})
        if not any(expected in fault for fault in found):
            yield f"{what} passes: {found}"
    own = SOUND.replace("ubuntu-24.04", "self-hosted")
    for condition in (f"if: {OWN_REPOSITORY}", "if: github.event_name == 'push'"):
        if found := faults(re.sub("if: .*", condition, own), {}):
            yield f"a guarded machine is refused: {found}"


def blocks(definition):
    """Every script of a workflow, an action or a pipeline of GitLab, with the name of its job."""
    jobs = definition.get("jobs") or {"action": definition["runs"]} if {"jobs", "runs"} & set(definition) else definition
    for key, job in jobs.items():
        if isinstance(job, dict):
            yield from ((key, step["run"]) for step in job.get("steps", []) if "run" in step)
            yield from ((key, "\n".join(job[part])) for part in ("before_script", "script", "after_script") if part in job)


def scripts(folder, files):
    """Every script in a file of its own, with a word in the place of each expression."""
    for file in files:
        for place, (key, script) in enumerate(blocks(yaml.safe_load(file.read_text()))):
            text = re.sub(r"\$\{\{.*?\}\}", "word", script, flags=re.S)
            name = f"{file.parent.name}-{file.stem}-{key}-{place}.sh"
            Path(folder, name).write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{text}\n")


def main(folder, *more):
    pins, files = {}, FILES + [Path(file) for file in more]
    found = [f"check.py: {fault}" for fault in unnoticed()]
    found += [f"{file}: {fault}" for file in files for fault in faults(file.read_text(), pins)]
    for fault in found:
        print(fault)
    scripts(folder, files)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
