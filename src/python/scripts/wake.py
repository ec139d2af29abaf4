# A thread that waits a millisecond and goes on: alone, and while another thread computes.
#
# Argument: how often. Answers one line of JSON for each wait. Inside the clock: the wait, and taking the interpreter's lock
# back after it. Beside a thread that computes the second takes as long as that thread keeps the lock.
import json
import signal
import sys
import threading
import time

DEADLINE_S = 120
WAIT_S = 0.001
SWITCH_INTERVAL_S = 0.005
# On a crowded machine the other thread may not get to run during a wait; so many waits are tried for each that counts.
TRIES = 10


def wait():
    before = time.perf_counter()
    time.sleep(WAIT_S)
    return time.perf_counter() - before


def main():
    signal.alarm(DEADLINE_S)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    times = int(sys.argv[1])
    alone = [wait() for _ in range(times)]

    turns = [0]
    going = [True]

    def compute():
        while going[0]:
            for _ in range(100):
                pass
            turns[0] += 1

    busy = threading.Thread(target=compute)
    busy.start()
    beside = []
    for _ in range(TRIES * times):
        before = turns[0]
        elapsed = wait()
        # Only where the other thread really ran meanwhile, the lock had to be taken from it.
        if turns[0] > before:
            beside.append(elapsed)
        if len(beside) == times:
            break
    going[0] = False
    busy.join()

    for elapsed in alone:
        print(json.dumps({"function": "alone", "wall_time": int(elapsed * 1e9), "checksum": 1}))
    for elapsed in beside:
        print(json.dumps({"function": "beside_busy", "wall_time": int(elapsed * 1e9), "checksum": 1}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
