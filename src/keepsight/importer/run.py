"""One run of an import, from the settings to the report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from keepsight.assets.catalogue.database import Database
from keepsight.importer.account import Account
from keepsight.importer.bringing import Bringer, How
from keepsight.importer.client import AdminClient, Refused
from keepsight.importer.definitions import Definitions, bring_folders, bring_presets, bring_transformations
from keepsight.importer.planning import OCCUPIED, Plan, Planner
from keepsight.importer.progress import Progress, duration_text
from keepsight.importer.rate_limit import Stopped
from keepsight.importer.report import Report
from keepsight.importer.source import Filter
from keepsight.importer.state import ImportState
from keepsight.importer.target import Target, open_existing, open_target
from keepsight.importer.transfer import Transfer
from keepsight.settings import Settings

PARTS = ("assets", "folders", "transformations", "presets")


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is told."""

    account: Account
    parts: frozenset[str]
    """Of `PARTS`."""
    wanted: Filter
    how: How
    again: bool
    """Whether the details of unchanged assets are asked for, too."""


class Import:
    """One run."""

    def __init__(self, settings: Settings, request: Request, progress: Progress, stop: Event, report: Report) -> None:
        """`stop` ends it early, from any thread; `report` is filled. Raises FetchRefused for a prefix that is none."""
        self._settings, self._request, self._progress = settings, request, progress
        self._stop, self._report = stop, report
        self._client = AdminClient(request.account, stop, progress.waits)

    def run(self) -> None:
        """Bring what was asked for. Raises SourceError, ConfigurationError, Unavailable, KeyboardInterrupt."""
        with self._stopping(), closing(open_target(self._settings)) as target:
            self._define(Definitions(target.database, dry_run=False))
            if "assets" in self._request.parts:
                with closing(ImportState(self._settings.storage.data, self._request.account.cloud)) as state:
                    self._bring(target, state, self._plan(target.database, state))

    def try_out(self) -> None:
        """Count in the report what `run` would bring; nothing is written. Raises as `run`."""
        database = open_existing(self._settings)
        try:
            with self._stopping(), self._state_to_read() as state:
                self._define(Definitions(database, dry_run=True))
                if "assets" in self._request.parts:
                    plan = self._plan(database, state)
                    self._report.assets.update(plan.outcomes)
                    self._report.add_bytes(plan.bytes)
                    for asset in plan.occupied:
                        self._report.skip("asset", asset.key, OCCUPIED, size=asset.bytes)
        finally:
            if database is not None:
                database.close()

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        try:
            yield
        except Stopped:
            self._report.stopped = True
        except KeyboardInterrupt:
            self._report.stopped = True
            self._stop.set()

    @contextmanager
    def _state_to_read(self) -> Iterator[ImportState]:
        """What earlier runs noted, or an empty one in a folder that goes away."""
        data, cloud = self._settings.storage.data, self._request.account.cloud
        with tempfile.TemporaryDirectory(prefix="keepsight-import-") as folder:
            place = data if ImportState.exists(data, cloud) else Path(folder)
            with closing(ImportState(place, cloud)) as state:
                yield state

    def _define(self, definitions: Definitions) -> None:
        parts, client, report = self._request.parts, self._client, self._report
        known = dict(self._settings.transformations)
        if "folders" in parts:
            with self._optional("folders"):
                bring_folders(client, definitions, report, self._request.wanted)
        if "transformations" in parts:
            with self._optional("transformations"):
                bring_transformations(client, definitions, report, known)
        if "presets" in parts:
            with self._optional("upload presets"):
                bring_presets(client, definitions, report)

    @contextmanager
    def _optional(self, what: str) -> Iterator[None]:
        """A part that the API refuses keeps no other from coming."""
        try:
            yield
        except Refused as error:
            self._report.fail("part", what, f"the API answers {error.status}: {error}")

    def _plan(self, database: Database | None, state: ImportState) -> Plan:
        request = self._request
        planner = Planner(
            self._client,
            database,
            state,
            self._report,
            wanted=request.wanted,
            max_bytes=int(self._settings.limits.max_bytes),
            again=request.again,
            on_listed=self._progress.listed,
        )
        return planner.plan()

    def _bring(self, target: Target, state: ImportState, plan: Plan) -> None:
        if not plan.count:
            return
        self._say_calls(plan)
        settings, request = self._settings, self._request
        origins = settings.fetch.unsafe_origins
        limit = int(settings.limits.max_bytes)
        transfer = Transfer(request.account, limit, state.parts, self._stop, unsafe_origins=origins)
        bringer = Bringer(self._client, transfer, target, state, self._report, request.how, self._stop)
        with self._progress.bringing(plan.count, plan.bytes) as (on_asset, on_bytes):
            bringer.run(on_asset, on_bytes)

    def _say_calls(self, plan: Plan) -> None:
        """How long the calls for single assets take, where the API allows fewer than are needed."""
        quota = self._client.limit.quota
        if not self._request.how.with_details or quota.limit is None or quota.remaining is None:
            return
        if plan.count > quota.remaining:
            hours = (plan.count - quota.remaining) / quota.limit
            self._progress.say(
                f"{plan.count:,} calls are needed, one for the coordinates and the etag of each asset; the API allows "
                f"{quota.limit:,} an hour and {quota.remaining:,} now: about {duration_text(hours * 3600)} "
                "(--no-details does without)"
            )
