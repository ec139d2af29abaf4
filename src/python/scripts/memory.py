# Memory that one more worker has for itself while it waits: a thread, a forked process, a process of its own.
#
# Arguments: the ways. Answers one line of JSON for each, in KiB: of a process the private pages that were written, of threads
# what they add to those of theirs. Pages of files that are only read do not count: they are private or not by what other
# programs run them just then. What the worker shares with its parent costs nothing. `fork_reading` has read a list of
# 1,000,000 floats of its parent's before it waits: every reference to an object is counted in it, which copies its page.
import json
import signal
import sys

DEADLINE_S = 120
# A page is much to one thread, and nothing to a dozen.
THREADS = 12
FLOATS = 1000000


def private_kib(pid):
    for name in ("smaps_rollup", "smaps"):
        try:
            with open("/proc/%s/%s" % (pid, name)) as file:
                return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))
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


def echo(connection, inherited):
    total = 0
    for number in inherited:
        total += number
    connection.send(total)
    connection.recv()


def process(method, inherited=()):
    import multiprocessing
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    child = context.Process(target=echo, args=(theirs, inherited))
    child.start()
    if ours.recv() != len(inherited) * (len(inherited) - 1) // 2:
        raise SystemExit("a worker read something else")
    kib = private_kib(child.pid)
    ours.send(1)
    child.join()
    return kib


def main():
    signal.alarm(DEADLINE_S)
    for name in sys.argv[1:]:
        if name == "thread":
            kib = thread()
        elif name == "fork_reading":
            kib = process("fork", [float(number) for number in range(FLOATS)])
        else:
            kib = process(name)
        print(json.dumps({"function": name, "unique_memory": max(0, int(round(kib))), "checksum": 1}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
