"""Everything that was found, judged as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cachetools import LRUCache

from keepsight.check.addresses import UPLOADED, Address, address_of, representative, same_cloud
from keepsight.check.extract import embedded, is_template
from keepsight.check.judge import REMEMBERED, Judge, Verdict
from keepsight.check.logs import Found
from keepsight.check.rendering import Job
from keepsight.check.report import Report


class Check:
    """One run over any number of files; what came out is in `report`."""

    def __init__(self, judge: Judge, hosts: Sequence[str] = (), cloud: str | None = None) -> None:
        """`hosts` deliver pictures, too; with `cloud` addresses that name another one are not counted."""
        self._judge, self._hosts, self._cloud = judge, hosts, cloud
        self._sizes_alike = not judge.strict
        self._addresses: LRUCache[str, Address | None] = LRUCache(REMEMBERED)
        self._jobs: dict[Address, Job] = {}
        self.report = Report()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Addresses that wait to be rendered, each once, with the number of times it was read."""
        return tuple(self._jobs.values())

    def count(self) -> None:
        """One more line was read."""
        self.report.lines += 1

    def take(self, found: Found, *, keep: bool = False) -> None:
        """A URL, whatever it is of. With `keep` addresses that are not refused outright wait to be rendered."""
        url = found.url
        alike = url if keep else representative(url, sizes=self._sizes_alike)
        address = self._address(alike)
        if address is None:
            inner = [each for each in embedded(url) if self._address(each) is not None]
            for each in inner:
                self.take(Found(each, found.failed), keep=keep)
            self.report.others += not inner
        elif self._cloud and address.cloud is not None and not same_cloud(address.cloud, self._cloud):
            self.report.others += 1
        elif is_template(alike):
            self.report.templates += 1
        else:
            self._judged(found, address, alike, keep=keep)

    def _judged(self, found: Found, address: Address, alike: str, *, keep: bool) -> None:
        verdict = self._judge.verdict(address)
        if verdict.specific and alike != found.url:  # what is said of it holds sizes of its own
            verdict = self._judge.verdict(self._address(representative(found.url, sizes=False)) or address)
        if keep and verdict.refusal is None:
            job = self._jobs.get(address, Job(address, verdict, found.url, 0))
            self._jobs[address] = replace(job, count=job.count + 1)
        else:
            text = verdict.transformation
            if text and alike != found.url:  # as it is written, not as the representative has it
                depth = text.count("/") + 1
                text = "/".join(found.url.partition(UPLOADED)[2].split("/", depth)[:depth])
            self.report.add(found.url, verdict, address.cloud, text, failed=found.failed)

    def rendered(self, job: Job, verdict: Verdict | None) -> None:
        """Take the result of a job; None: its picture is not here."""
        self.report.rendered = True
        if verdict is None:
            self.report.add_missing(job.url, job.address.cloud, job.count)
        else:
            self.report.add(job.url, verdict, job.address.cloud, verdict.transformation, job.count)

    def _address(self, url: str) -> Address | None:
        try:
            return self._addresses[url]
        except KeyError:
            found = address_of(url, self._hosts, (self._cloud,) if self._cloud else ())
            self._addresses[url] = found
            return found
