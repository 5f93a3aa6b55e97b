"""The Python side of the tests: what a team that uses the Python SDK would have."""

import sys
import time

from hyrex import HyrexApp, HyrexRegistry, get_hyrex_context
from pydantic import BaseModel

registry = HyrexRegistry()


class Order(BaseModel):
    text: str
    number: int


@registry.task(queue="python", max_retries=2)
def python_double(order: Order):
    return {"text": order.text, "twice": order.number * 2}


@registry.task(queue="python", max_retries=1)
def python_flaky(order: Order):
    if get_hyrex_context().attempt_number == 0:
        raise RuntimeError("the first attempt fails")
    return {"attempt": get_hyrex_context().attempt_number}


@registry.task(queue="python", max_retries=3)
def python_slow(order: Order):
    time.sleep(order.number)
    return {"slept": order.number}


@registry.task(queue="rust", max_retries=1)
def rust_double(order: Order):
    raise RuntimeError("a Rust worker runs this")


@registry.task
def extract():
    return {"rows": 3}


@registry.task
def load():
    return {"loaded": True}


class Source(BaseModel):
    source: str


@registry.workflow(queue="etl", timeout_seconds=3600, workflow_arg_schema=Source)
def pipeline():
    extract >> load


app = HyrexApp("interop")
app.add_registry(registry)


def send_to_rust():
    """Sends, then waits for what the Rust worker returns."""
    run = rust_double.send(Order(text="grüße ✓", number=21))
    keyed = rust_double.with_config(idempotency_key="once", priority=9, timeout_seconds=7, max_retries=4)
    keyed.send(Order(text="a", number=1))
    time.sleep(0.5)
    keyed.send(Order(text="b", number=2))
    print("sent", run.durable_id, flush=True)
    run.wait(timeout=60, interval=0.2)
    print("result", run.get_result(), flush=True)


def send_workflow():
    """Sends a workflow, and gives the sending thread the time that it needs."""
    pipeline.send(Source(source="s3"))
    time.sleep(2)


if __name__ == "__main__":
    {"send_to_rust": send_to_rust, "send_workflow": send_workflow}[sys.argv[1]]()
