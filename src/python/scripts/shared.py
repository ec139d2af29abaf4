# What all threads read: an object, a function of a module, the thread-local of each, and an object of each.
#
# Arguments: the number of threads, and the ways. Answers one line of JSON for each way. Inside the clock: starting the
# threads, 500,000 reads in each, and waiting for their end. `own` shares nothing that is read.
import json
import math
import signal
import sys
import threading
import time

DEADLINE_S = 120
READS = 500000


class Box:
    def __init__(self):
        self.value = 1


def read_values(box):
    total = 0
    for _ in range(READS):
        total += box.value
    return total


def call_function(_):
    total = 0
    for _ in range(READS):
        total += math.gcd(1, 1)
    return total


def read_local(box):
    box.value = 1
    return read_values(box)


def main():
    workers = int(sys.argv[1])
    signal.alarm(DEADLINE_S)
    object_of_all, local = Box(), threading.local()
    ways = {
        "own": lambda: read_values(Box()),
        "object": lambda: read_values(object_of_all),
        "module_function": lambda: call_function(None),
        "thread_local": lambda: read_local(local),
    }
    for name in sys.argv[2:]:
        totals = []
        crew = [threading.Thread(target=lambda: totals.append(ways[name]())) for _ in range(workers)]
        start = time.perf_counter()
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
        elapsed = time.perf_counter() - start
        print(json.dumps({"function": name, "wall_time": int(elapsed * 1e9), "checksum": sum(totals)}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
