"""Bringing the assets that are pending, several at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

from keepsight.assets.catalogue.asset import Asset, AssetName
from keepsight.errors import BadImage, BadRequest, NotFound, Unavailable
from keepsight.importer.client import AdminClient, Refused
from keepsight.importer.planning import OCCUPIED, is_same_version, outcome_of
from keepsight.importer.rate_limit import Stopped
from keepsight.importer.report import Report
from keepsight.importer.source import details as asked_details
from keepsight.importer.source_asset import Details, SourceAsset, read_asset, read_details
from keepsight.importer.state import Brought, ImportState
from keepsight.importer.target import Target, find_assets
from keepsight.importer.transfer import NotTransferred, OnBytes, Transfer

OnAsset = Callable[[], None]


@dataclass(frozen=True, slots=True)
class How:
    """What a run was told."""

    parallel: int
    overwrite: bool
    """Whether what is here under the same name, and was not brought, is replaced."""
    with_details: bool
    """Whether each asset is asked for: its etag and its coordinates."""


class Bringer:
    """From pending assets to assets that are here."""

    def __init__(  # noqa: PLR0913, PLR0917 - the two ends and what is between
        self,
        client: AdminClient,
        transfer: Transfer,
        target: Target,
        state: ImportState,
        report: Report,
        how: How,
        stop: Event,
    ) -> None:
        self._client, self._transfer, self._target = client, transfer, target
        self._state, self._report, self._how, self._stop = state, report, how, stop

    def run(self, on_asset: OnAsset, on_bytes: OnBytes) -> None:
        """Bring all that is pending. Raises SourceError, Stopped; what is in work then is finished or left to resume.

        A fault of one asset is in the report and stops no other.
        """
        working: set[Future[None]] = set()
        with ThreadPoolExecutor(self._how.parallel, thread_name_prefix="import") as pool:
            try:
                for found in self._state.pending():
                    asset = read_asset(found, "image", "upload")
                    working.add(pool.submit(self._bring, asset, on_bytes))
                    if len(working) >= 2 * self._how.parallel:
                        working = self._settled(working, on_asset)
                while working:
                    working = self._settled(working, on_asset)
            except BaseException:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    @staticmethod
    def _settled(working: set[Future[None]], on_asset: OnAsset) -> set[Future[None]]:
        done, rest = wait(working, return_when=FIRST_COMPLETED)
        for each in done:
            each.result()
            on_asset()
        return rest

    def _bring(self, asset: SourceAsset, on_bytes: OnBytes) -> None:
        if self._stop.is_set():
            raise Stopped
        report, key = self._report, asset.key
        try:
            self._brought(asset, on_bytes)
        except Refused as error:
            if error.status == 404:
                report.skip("asset", key, "it was deleted there meanwhile")
            else:
                report.fail("asset", key, f"the API answers {error.status}: {error}", group=f"status {error.status}")
        except NotTransferred as error:
            report.fail("asset", key, str(error), group="transfer")
        except BadImage as error:
            report.skip("asset", key, str(error), size=asset.bytes)
        except BadRequest as error:
            report.skip("asset", key, str(error), group="refused", size=asset.bytes)
        except (NotFound, Unavailable) as error:
            report.fail("asset", key, str(error))

    def _brought(self, asset: SourceAsset, on_bytes: OnBytes) -> None:
        name = AssetName(asset.resource_type, asset.type, asset.public_id)
        there = find_assets(self._target.database, [name]).get(name)
        details = self._details(asset)
        before = self._state.brought(asset.key)
        outcome = outcome_of(asset, there, before)
        if outcome is None and there is not None and details is not None and there.held.etag == details.etag:
            outcome = "changed"  # the same file was brought here by hand
        if outcome is None:
            if not self._how.overwrite:
                self._report.skip("asset", asset.key, OCCUPIED, size=asset.bytes)
                return
            outcome = "changed"
        if there is not None and _has_bytes(there, asset, details):
            placed = self._target.describe(there, asset, details)
        else:
            data = self._transfer.read(asset, details.etag if details else None, on_bytes)
            placed = self._target.place(name, asset, details, data)
            self._report.add_bytes(len(data))
        self._state.note(asset.key, Brought(asset.fingerprint, placed.version, placed.held.etag))
        if placed != there:
            self._report.count("assets", outcome)
        else:
            self._report.count("assets", "unchanged")

    def _details(self, asset: SourceAsset) -> Details | None:
        if not self._how.with_details:
            return None
        found = asked_details(self._client, asset.resource_type, asset.type, asset.public_id, backups=False)
        details = read_details(found)
        if details.etag is None:
            self._report.note("the API gives no etag of some assets: those were checked by their size alone")
        return details


def _has_bytes(there: Asset, asset: SourceAsset, details: Details | None) -> bool:
    """Whether the bytes are here, under the version that they have there."""
    etag = details.etag if details else None
    return is_same_version(asset, there) and etag in (None, there.held.etag)
