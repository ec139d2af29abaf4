# A work for each of the workers: one after the other, a thread each, a process each.
#
# Arguments: the number of workers, the work, and the ways. `roots` is 4,000,000 square roots, which hold the interpreter's
# lock; `hash` is SHA-256 of 16 MiB, which drops it. Answers one line of JSON for each way. Inside the clock: creating the
# workers, computing, and waiting for their end. The CPU time is of all workers. Each interpreter executes this file, also inside
# the clock: up here it imports nothing else than the work needs.
import math
import time

ROOTS = 4000000
HASHED = bytes(16 * 1024 * 1024)
DEADLINE_S = 120
# One thread may have to do the work of all.
DEADLINE_EACH_S = 5
# A processor that has paused is slower at first, which would count against the function that computes first.
WARM_UP_S = 0.2


def roots():
    total = 0.0
    for number in range(1, ROOTS + 1):
        total += math.sqrt(number)
    return total


def hash_buffer():
    import hashlib
    return int(hashlib.sha256(HASHED).hexdigest()[:8], 16)


def nothing():
    return 0


def serial(work, workers):
    return [work() for _ in range(workers)]


def threads(work, workers):
    import threading
    totals = []
    crew = [threading.Thread(target=lambda: totals.append(work())) for _ in range(workers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return totals


def compute_and_put(work, queue):
    queue.put(work())


def processes(work, workers):
    import multiprocessing
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    crew = [context.Process(target=compute_and_put, args=(work, queue)) for _ in range(workers)]
    for process in crew:
        process.start()
    for process in crew:
        process.join()
    if any(process.exitcode != 0 for process in crew):
        raise SystemExit("a process ended with another code than 0")
    return [queue.get() for _ in crew]


def interpreters(work, workers):
    from concurrent.futures import InterpreterPoolExecutor
    # What is handed over has to be importable in the other interpreter, and this file is not.
    with open(__file__) as file:
        call = "(lambda names: (exec(%r, names), names[%r]())[1])({})" % (file.read(), work.__name__)
    with InterpreterPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(eval, [call] * workers))


def warm_up(work):
    if work is hash_buffer:
        return work()
    end = time.perf_counter() + WARM_UP_S
    while time.perf_counter() < end:
        math.sqrt(2.0)


def cpu_s():
    import resource
    total = 0.0
    for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(whose)
        total += usage.ru_utime + usage.ru_stime
    return total


def main():
    import json
    import signal
    import sys
    workers = int(sys.argv[1])
    signal.alarm(DEADLINE_S + workers * DEADLINE_EACH_S)
    ways = {"serial": serial, "threads": threads, "processes": processes, "interpreters": interpreters}
    work = {"roots": roots, "hash": hash_buffer}[sys.argv[2]]
    warm_up(work)
    for name in sys.argv[3:]:
        # What a way imports at its first use, it has before the clock runs.
        ways[name](nothing, 1)
        cpu, start = cpu_s(), time.perf_counter()
        totals = ways[name](work, workers)
        elapsed, cpu = time.perf_counter() - start, cpu_s() - cpu
        if len(totals) != workers:
            raise SystemExit("%d workers returned %d sums" % (workers, len(totals)))
        answer = {"function": name, "wall_time": int(elapsed * 1e9), "cpu_time": int(cpu * 1e9), "checksum": sum(totals)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
