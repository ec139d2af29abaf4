# 4,000,000 square roots for each of the workers: one after the other, a thread each, a process each.
#
# Arguments: the number of workers, and the ways. Answers one line of JSON for each way. Inside the clock: creating the
# workers, computing, and waiting for their end. The CPU time is of all workers.
import json
import math
import signal
import sys
import time

ROOTS = 4000000
DEADLINE_S = 120
# One thread may have to do the work of all.
DEADLINE_EACH_S = 5
# A processor that has paused is slower at first, which would count against the function that computes first.
WARM_UP_S = 0.5


def roots():
    total = 0.0
    for number in range(1, ROOTS + 1):
        total += math.sqrt(number)
    return total


def serial(workers):
    return [roots() for _ in range(workers)]


def threads(workers):
    import threading
    totals = []
    crew = [threading.Thread(target=lambda: totals.append(roots())) for _ in range(workers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return totals


def compute_and_tell(queue):
    queue.put(roots())


def processes(workers):
    import multiprocessing
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    crew = [context.Process(target=compute_and_tell, args=(queue,)) for _ in range(workers)]
    for process in crew:
        process.start()
    for process in crew:
        process.join()
    if any(process.exitcode != 0 for process in crew):
        raise SystemExit("a process ended with another code than 0")
    return [queue.get() for _ in crew]


def interpreters(workers):
    from concurrent.futures import InterpreterPoolExecutor
    # What is handed over has to be importable in the other interpreter, and this file is not.
    call = "__import__('runpy').run_path(%r)['roots']()" % __file__
    with InterpreterPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(eval, [call] * workers))


def warm_up():
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
    workers = int(sys.argv[1])
    signal.alarm(DEADLINE_S + workers * DEADLINE_EACH_S)
    ways = {"serial": serial, "threads": threads, "processes": processes, "interpreters": interpreters}
    # Imported before the clock runs.
    import multiprocessing  # noqa: F401
    warm_up()
    for name in sys.argv[2:]:
        cpu, start = cpu_s(), time.perf_counter()
        totals = ways[name](workers)
        elapsed, cpu = time.perf_counter() - start, cpu_s() - cpu
        if len(totals) != workers:
            raise SystemExit("%d workers returned %d sums" % (workers, len(totals)))
        answer = {"function": name, "elapsed_ns": int(elapsed * 1e9), "cpu_ns": int(cpu * 1e9), "checksum": sum(totals)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
