# Memory that one more worker has for itself while it waits: a thread, a forked process, a process of its own.
#
# Arguments: the ways. Answers one line of JSON for each, in KiB: of a process its private pages, of threads what they add to
# the private pages of theirs. What the worker shares with its parent costs nothing.
import json
import signal
import sys

DEADLINE_S = 120
# A page is much to one thread, and nothing to a dozen.
THREADS = 12


def private_kib(pid):
    for name in ("smaps_rollup", "smaps"):
        try:
            with open("/proc/%s/%s" % (pid, name)) as file:
                return sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
        except FileNotFoundError:
            pass
    raise SystemExit("/proc has no smaps of process %s" % pid)


def thread():
    import threading
    leave = threading.Event()
    arrived = threading.Barrier(THREADS + 1)
    crew = [threading.Thread(target=lambda: (arrived.wait(), leave.wait())) for _ in range(THREADS)]
    before = private_kib("self")
    for one in crew:
        one.start()
    arrived.wait()
    kib = (private_kib("self") - before) / THREADS
    leave.set()
    for one in crew:
        one.join()
    return kib


def echo(connection):
    connection.send(1)
    connection.recv()


def process(method):
    import multiprocessing
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    child = context.Process(target=echo, args=(theirs,))
    child.start()
    ours.recv()
    kib = private_kib(child.pid)
    ours.send(1)
    child.join()
    return kib


def main():
    signal.alarm(DEADLINE_S)
    for name in sys.argv[1:]:
        kib = thread() if name == "thread" else process(name)
        print(json.dumps({"function": name, "unique_memory": max(0, int(round(kib))), "checksum": 1}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
