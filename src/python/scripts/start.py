# One more thread, process or interpreter, started, let do nothing, and waited for.
#
# Arguments: the ways, each as WAY=TIMES. Answers one line of JSON for each time. Inside the clock: creating the object,
# start and join. The first start by each method is not reported: it starts servers and imports modules.
import json
import signal
import sys
import time

DEADLINE_S = 120
# A process that was never started, or was lost, does not end with this.
RIGHT = 7


def end():
    raise SystemExit(RIGHT)


def start_thread():
    import threading
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    return len(done)


def process_starter(method):
    import multiprocessing
    context = multiprocessing.get_context(method)

    def start():
        process = context.Process(target=end)
        process.start()
        process.join()
        return 1 if process.exitcode == RIGHT else 0
    return start


def start_interpreter():
    from concurrent import interpreters
    interpreter = interpreters.create()
    interpreter.exec("pass")
    interpreter.close()
    return 1


def main():
    signal.alarm(DEADLINE_S)
    for word in sys.argv[1:]:
        name, times = word.split("=")
        starters = {"thread": start_thread, "interpreter": start_interpreter}
        start = starters.get(name) or process_starter(name)
        start()
        for _ in range(int(times)):
            before = time.perf_counter()
            done = start()
            elapsed = time.perf_counter() - before
            print(json.dumps({"function": name, "wall_time": int(elapsed * 1e9), "checksum": done}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
