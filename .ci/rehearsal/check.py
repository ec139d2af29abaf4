"""What no checker looks at in the workflows and actions here; every run: block is written out for shellcheck.

    check.py FOLDER
"""

import re
import sys
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parent.parent.parent
FILES = sorted((TOP / ".github").glob("workflows/*.yml")) + sorted((TOP / ".github").glob("actions/*/action.yml"))

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
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(scripts(sys.argv[1]))
