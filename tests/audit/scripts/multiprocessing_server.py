"""multiprocessing: the fork server, a manager, and events."""
import multiprocessing


def main(values, event):
    values["a"] = 1
    event.set()


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    with context.Manager() as manager:
        values, event = manager.dict(), context.Event()
        child = context.Process(target=main, args=(values, event))
        child.start()
        assert event.wait(60)
        child.join()
        assert values["a"] == 1
