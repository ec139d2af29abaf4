# 16 MiB of bytes, or a list of 1,000,000 floats, handed to a worker that is there already.
#
# Arguments: `bytes` or `floats`, and the ways, each as WAY=TIMES. Answers one line of JSON for each time. Inside the clock:
# from handing the payload over until the worker's answer is there; the worker reads an item of every page of it. A block of
# shared memory is made, filled, attached, closed and removed in that time; the worker reads floats in it as an array.
# Outside: making the payload and starting the worker, which inherits nothing of it. `floor` reads the payload where it is.
import array
import json
import signal
import sys
import time

DEADLINE_S = 120
BYTES = 16 * 1024 * 1024
FLOATS = 1000000
PAGE_BYTES = 4096


def read(items, step):
    return len(items) + sum(items[::step])


def make(kind):
    return b"\1" * BYTES if kind == "bytes" else [float(number) for number in range(FLOATS)]


def serve(receive, answer, step):
    for payload in iter(receive, None):
        answer(read(payload, step))
        del payload


def serve_blocks(receive, answer, kind, step):
    from multiprocessing.shared_memory import SharedMemory
    for name in iter(receive, None):
        block = SharedMemory(name)
        with block.buf.cast("B" if kind == "bytes" else "d") as items:
            answer(read(items[:BYTES if kind == "bytes" else FLOATS], step))
        block.close()


def thread(kind, step):
    import queue
    import threading
    inbox, outbox = queue.Queue(), queue.Queue()
    threading.Thread(target=serve, args=(inbox.get, outbox.put, step)).start()

    def hand_over(payload):
        inbox.put(payload)
        return outbox.get() if payload is not None else None
    return hand_over


def connection(target, *arguments):
    import multiprocessing
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    context.Process(target=target, args=(theirs.recv, theirs.send) + arguments).start()
    return ours


def pickled(kind, step):
    ours = connection(serve, step)

    def hand_over(payload):
        ours.send(payload)
        return ours.recv() if payload is not None else None
    return hand_over


def shared_memory(kind, step):
    from multiprocessing import resource_tracker
    from multiprocessing.shared_memory import SharedMemory
    # Started here, so that the worker has the same one.
    resource_tracker.ensure_running()
    ours = connection(serve_blocks, kind, step)

    def hand_over(payload):
        if payload is None:
            return ours.send(None)
        data = payload if kind == "bytes" else memoryview(array.array("d", payload)).cast("B")
        block = SharedMemory(create=True, size=len(data))
        block.buf[:len(data)] = data
        ours.send(block.name)
        answer = ours.recv()
        block.close()
        block.unlink()
        return answer
    return hand_over


def floor(kind, step):
    return lambda payload: read(payload, step) if payload is not None else None


def main():
    signal.alarm(DEADLINE_S)
    kind = sys.argv[1]
    step = PAGE_BYTES if kind == "bytes" else PAGE_BYTES // 8
    ways = {"floor": floor, "thread": thread, "pickled": pickled, "shared_memory": shared_memory}
    asked = [word.split("=") for word in sys.argv[2:]]
    # Processes first: a process that has threads is not forked.
    names = sorted((name for name, _ in asked), key=lambda name: name == "thread")
    workers = {name: ways[name](kind, step) for name in names}
    payload = make(kind)
    for name, times in asked:
        hand_over = workers[name]
        for _ in range(int(times)):
            before = time.perf_counter()
            answer = hand_over(payload)
            elapsed = time.perf_counter() - before
            print(json.dumps({"function": name, "wall_time": int(elapsed * 1e9), "checksum": answer}))
        hand_over(None)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
