"""A Python application with a schedule, for the tests of schedulers beside each other."""

from hyrex import HyrexApp, HyrexRegistry

registry = HyrexRegistry()


@registry.task(queue="python", cron="* * * * *")
def python_each_minute(days: int = 30):
    return {"days": days}


app = HyrexApp("scheduled")
app.add_registry(registry)
