# A task that does nothing, given to a pool of one worker, and its result.
#
# Arguments: the ways, each as WAY=TIMES. Answers one line of JSON for each time. Inside the clock: submit and result.
# Outside: making the pool, and its first task, which starts the worker. `floor` calls the task.
import json
import multiprocessing
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

DEADLINE_S = 120


def task(number):
    return number


def main():
    signal.alarm(DEADLINE_S)
    for word in sys.argv[1:]:
        name, times = word.split("=")
        if name == "processes":
            multiprocessing.set_start_method("fork")
        pool = {"threads": ThreadPoolExecutor, "processes": ProcessPoolExecutor}.get(name)
        pool = pool and pool(max_workers=1)
        call = (lambda number: pool.submit(task, number).result()) if pool else task
        call(1)
        for _ in range(int(times)):
            before = time.perf_counter()
            done = call(1)
            elapsed = time.perf_counter() - before
            print(json.dumps({"function": name, "wall_time": int(elapsed * 1e9), "checksum": done}))
        if pool:
            pool.shutdown()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
