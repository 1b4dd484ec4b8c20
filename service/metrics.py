"""What Prometheus is told: what this process saw, and what all of them wrote down."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text

_TALLIES: Final = {
    "seconds": ("gouji_reading_seconds", "Seconds spent reading reports", "stage"),
    "fields": ("gouji_fields", "Fields read, and those left to review", "kind"),
    "failures": ("gouji_failures", "Files of which no report could be made", "code"),
    "reviews": ("gouji_reviewed_fields", "Fields of reports signed off, and corrected", "kind"),
}
_REPORTS: Final = text("SELECT status, count(*) FROM reports GROUP BY status")
_JOBS: Final = text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
_TOTALS: Final = text("SELECT name, label, total FROM tallies ORDER BY name, label")


class Ledger(Collector):
    """What workers and reviewers wrote into the database, as metrics."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Count anew for each scrape."""
        reports = GaugeMetricFamily("gouji_reports", "Reports", labels=["status"])
        jobs = GaugeMetricFamily("gouji_jobs", "Jobs in the queue", labels=["status"])
        with self._engine.begin() as connection:
            for status, count in connection.execute(_REPORTS):
                reports.add_metric([status], count)
            for status, count in connection.execute(_JOBS):
                jobs.add_metric([status], count)
            totals = connection.execute(_TOTALS).all()
        yield reports
        yield jobs
        for name, (metric, help_text, label) in _TALLIES.items():
            family = CounterMetricFamily(metric, help_text, labels=[label])
            for _, value, total in (row for row in totals if row.name == name):
                family.add_metric([value], total)
            yield family


def make_registry(engine: Engine) -> tuple[CollectorRegistry, Histogram]:
    """A registry, and the seconds of requests by method, route and status for it."""
    registry = CollectorRegistry()
    registry.register(Ledger(engine))
    labels = ("method", "route", "status")
    seconds = Histogram("gouji_request_seconds", "Requests answered", labels, registry=registry)
    return registry, seconds
