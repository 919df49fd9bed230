"""Which assets of a listing have to come, which are there already, and which have no place here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from keepsight.assets.catalogue.asset import Asset, AssetName
from keepsight.assets.catalogue.database import Database
from keepsight.errors import BadRequest
from keepsight.importer.client import AdminClient
from keepsight.importer.report import Outcome, Report
from keepsight.importer.source import BROUGHT_TYPES, OTHER_TYPES, Filter, asset_pages, other_pages
from keepsight.importer.source_asset import SourceAsset, read_asset
from keepsight.importer.state import Brought, ImportState
from keepsight.importer.target import find_assets
from keepsight.pixels.formats import EXTENSIONS

RESOURCE_TYPES = ("image", "raw")
OCCUPIED = "something else is here under this name (--overwrite replaces it)"
_VIDEO = "video and audio are not offered by this server"
_MADE = "pictures of type {} are made or fetched by the service, not stored"


@dataclass(slots=True)
class Plan:
    """What is to come, in sums."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    bytes: int = 0
    """Of the files that have to be transferred, as far as the listing says."""
    occupied: list[SourceAsset] = field(default_factory=list)
    """Those in whose place something else is."""

    @property
    def count(self) -> int:
        """Assets that are pending."""
        return self.outcomes.total() + len(self.occupied)


class Planner:
    """Reads the listings and writes down what is to come."""

    def __init__(  # noqa: PLR0913 - everything that a decision depends on
        self,
        client: AdminClient,
        database: Database | None,
        state: ImportState,
        report: Report,
        *,
        wanted: Filter,
        max_bytes: int,
        again: bool,
        on_listed: Callable[[int], None],
    ) -> None:
        """`database` None: nothing is there yet. `again`: also what the listing says is unchanged.

        `on_listed` is called with the number of assets of each page.
        """
        self._client, self._database, self._state, self._report = client, database, state, report
        self._wanted, self._max_bytes, self._again = wanted, max_bytes, again
        self._on_listed = on_listed
        self._plan = Plan()

    def plan(self) -> Plan:
        """Fill `state.pending`, and count in the report what needs nothing. Raises as `AdminClient.get`."""
        self._state.plan(self._pending())
        for type_ in BROUGHT_TYPES:
            self._count_others("video", type_, _VIDEO)
        if not self._wanted.tag:
            for type_ in OTHER_TYPES:
                self._count_others("image", type_, _MADE.format(type_))
        return self._plan

    def _pending(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for resource_type in RESOURCE_TYPES:
            for type_ in BROUGHT_TYPES:
                for page in asset_pages(self._client, resource_type, type_, self._wanted):
                    yield from self._pending_of_page(page, resource_type, type_)
                    self._on_listed(len(page))

    def _pending_of_page(
        self, page: list[dict[str, Any]], resource_type: str, type_: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        named: dict[AssetName, tuple[SourceAsset, dict[str, Any]]] = {}
        for found in page:
            try:
                asset = read_asset(found, resource_type, type_)
            except ValueError as error:
                self._report.skip("asset", str(found.get("public_id"))[:80], str(error), group="malformed")
                continue
            if self._has_no_place(asset):
                continue
            try:
                named[AssetName(asset.resource_type, asset.type, asset.public_id)] = asset, found
            except BadRequest as error:
                self._report.skip("asset", asset.key, str(error))
        there = find_assets(self._database, named) if self._database is not None else {}
        for name, (asset, found) in named.items():
            brought = self._state.brought(asset.key)
            if self._is_unchanged(asset, there.get(name), brought):
                self._report.count("assets", "unchanged")
                continue
            self._add(asset, there.get(name), brought)
            yield asset.key, found

    def _is_unchanged(self, asset: SourceAsset, there: Asset | None, brought: Brought | None) -> bool:
        """Whether it is there, and the listing says what it said when it was brought."""
        if there is None or brought is None or self._again:
            return False
        return brought.fingerprint == asset.fingerprint

    def _add(self, asset: SourceAsset, there: Asset | None, brought: Brought | None) -> None:
        outcome = outcome_of(asset, there, brought)
        if outcome is None:
            self._plan.occupied.append(asset)
        else:
            self._plan.outcomes[outcome] += 1
        if there is None or not is_same_version(asset, there):
            self._plan.bytes += asset.bytes or 0

    def _has_no_place(self, asset: SourceAsset) -> bool:
        """Whether the listing alone tells that it cannot come; the report says why then."""
        reason = group = None
        if asset.resource_type == "image" and asset.format and asset.format.lower() not in EXTENSIONS:
            reason = f"pictures of format {asset.format[:20]} are not read by this server"
        elif asset.restricted:
            reason = "access_mode or access_control restricts it, which this server would not hold to"
        elif asset.rejected:
            reason = "a moderation rejected it"
        elif asset.bytes is not None and asset.bytes > self._max_bytes:
            reason = f"{asset.bytes:,} bytes are more than limits.max_bytes allows ({self._max_bytes:,})"
            group = "limits.max_bytes"
        if reason is not None:
            self._report.skip("asset", asset.key, reason, group=group, size=asset.bytes)
        return reason is not None

    def _count_others(self, resource_type: str, type_: str, reason: str) -> None:
        for page in other_pages(self._client, resource_type, type_, self._wanted):
            for found in page:
                size = found.get("bytes")
                name = f"{resource_type}/{type_}/{found.get('public_id')}"
                self._report.skip("asset", name, reason, size=size if isinstance(size, int) else None)


def outcome_of(asset: SourceAsset, there: Asset | None, brought: Brought | None) -> Outcome | None:
    """What becomes of an asset that is pending; None when something else of that name is here and has to stay.

    What an import brought is changed when the source changes; what was uploaded or overwritten here is nobody's copy.
    """
    if there is None:
        return "new"
    if brought is None:
        return "changed" if is_same_version(asset, there) else None
    return "changed" if (there.held.etag, there.version) == (brought.etag, brought.version) else None


def is_same_version(asset: SourceAsset, there: Asset) -> bool:
    """Whether the bytes that are here are, as far as a listing tells, those of the source."""
    return there.version == asset.version and (asset.bytes is None or there.held.bytes == asset.bytes)
