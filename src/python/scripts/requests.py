# Twenty requests to a local server that answers after a delay: one after the other, a thread each, a process each.
#
# Arguments: the server's port, and the ways. Answers one line of JSON for each way. Inside the clock: creating the
# workers, connecting, asking, reading the answer, and waiting for the workers' end.
import http.client
import json
import signal
import sys
import time

REQUESTS = 20
DEADLINE_S = 120


def ask(port, number):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/%d" % number)
    response = connection.getresponse()
    right = response.status == 200 and response.read() == b"/%d" % number
    connection.close()
    return 1 if right else 0


def sequential(port, requests):
    return sum(ask(port, number) for number in range(requests))


def threads(port, requests):
    import threading
    answers = []
    crew = [threading.Thread(target=lambda n=n: answers.append(ask(port, n))) for n in range(requests)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return sum(answers)


def ask_and_end(port, number):
    # The code says that the answer was right; a process that was lost ends with another.
    raise SystemExit(7 if ask(port, number) == 1 else 1)


def processes(port, requests):
    import multiprocessing
    context = multiprocessing.get_context("fork")
    crew = [context.Process(target=ask_and_end, args=(port, number)) for number in range(requests)]
    for process in crew:
        process.start()
    for process in crew:
        process.join()
    return sum(1 for process in crew if process.exitcode == 7)


def main():
    signal.alarm(DEADLINE_S)
    port = int(sys.argv[1])
    ways = {"sequential": sequential, "threads": threads, "processes": processes}
    # What a request and each way import at their first use, they have before the clock runs, in the parent of all processes.
    ask(port, 0)
    for name in sys.argv[2:]:
        ways[name](port, 1)
        start = time.perf_counter()
        right = ways[name](port, REQUESTS)
        elapsed = time.perf_counter() - start
        print(json.dumps({"function": name, "wall_time": int(elapsed * 1e9), "checksum": right}), flush=True)


if __name__ == "__main__":
    main()
