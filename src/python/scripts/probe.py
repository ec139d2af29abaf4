# What this interpreter is and can do, as one line of JSON. Runs on anything that calls itself Python.
import json
import platform
import sys


def can_import(name, attribute):
    try:
        return hasattr(__import__(name, fromlist=[attribute]), attribute)
    except Exception:
        return False


def start_methods():
    try:
        import multiprocessing
        return list(multiprocessing.get_all_start_methods())
    except Exception:
        return []


def gil():
    asked = getattr(sys, "_is_gil_enabled", None)
    return True if asked is None else bool(asked())


sys.stdout.write(json.dumps({
    "implementation": platform.python_implementation(),
    "version": list(sys.version_info[:3]),
    "release": sys.version_info[3],
    "executable": sys.executable or "",
    "gil": gil(),
    "start_methods": start_methods(),
    "interpreters": can_import("concurrent.interpreters", "create"),
    "shared_memory": can_import("multiprocessing.shared_memory", "SharedMemory"),
    "interpreter_pool": can_import("concurrent.futures", "InterpreterPoolExecutor"),
}) + "\n")
