"""Where the partitions of a scan run: threads by default, Dask or Ray by setting."""

from __future__ import annotations

from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from settings import SettingsError, load


def task_runner() -> TaskRunner[Any]:
    """The task runner of the settings. Raises `SettingsError` when its extra is not installed."""
    settings = load().prefect
    try:
        if settings.task_runner == "dask":
            from prefect_dask import DaskTaskRunner

            return DaskTaskRunner(cluster_kwargs={"n_workers": settings.workers, "threads_per_worker": 1})
        if settings.task_runner == "ray":
            from prefect_ray import RayTaskRunner

            return RayTaskRunner()
    except ImportError:
        raise SettingsError(
            f"prefect.task_runner is {settings.task_runner} but its package is missing."
            f" Install prefect-{settings.task_runner}, or set it to threads."
        ) from None
    return ThreadPoolTaskRunner(max_workers=settings.workers)
