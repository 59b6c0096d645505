"""Waiting, in the one place where tests may: until something is so, with a deadline."""
import time

DEADLINE_S = 30


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Repeats `condition` until it is true; returns what it returned. Fails after the deadline."""
    deadline = time.monotonic() + deadline_s
    step_s = 0.002
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(step_s)
        step_s = min(0.1, step_s * 1.5)


def let_run(seconds):
    """Lets the system under test run on, before it is killed at a moment that chance chose."""
    time.sleep(seconds)
