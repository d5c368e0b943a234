"""What is on the other side of the glass: an account, a local world or files, subject by subject.

The parts are protocols, because an account answers them over aiobotocore (`backend.client`) and a file out of
memory (`backend.files`); panes are written once against both. Every method raises `Problem`. `backend.client.opening`
puts a session together.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from backend.model.compliance import Evaluation, FunctionLog, Overall, Pack, Remedy, Rule
from backend.model.cost import Churn
from backend.model.delivery import ChannelStatus, DeliveryChannel, StoredObject
from backend.model.estate import Estate
from backend.model.item import ConfigurationItem, Document, Relationship, ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.reading import OpenedFile, Reading
from backend.model.recorder import LinkedRecorder, Recorder
from backend.model.setup import Check, Plan, Repair
from backend.model.standing import Standing
from backend.model.stream import StreamMessage
from backend.model.trail import TrailEvent
from backend.model.usage import Graph, Impact, Usage
from backend.model.verdicts import Verdict

if TYPE_CHECKING:
    from backend.files.table import Table
    from backend.rules.explaining import Explanation


class RecorderPart(Protocol):
    """The region's customer recorder."""

    async def get(self) -> Recorder | None:
        """Settings and status together; None when the region has no recorder."""

    async def linked(self) -> tuple[LinkedRecorder, ...]:
        """The recorders that AWS services keep in the region beside the customer's."""

    async def start(self, name: str) -> None: ...

    async def stop(self, name: str) -> None: ...

    async def retention(self) -> int | None:
        """Days that items are kept; None without a setting, which means the longest that there is."""

    async def keep(self, days: int | None) -> None:
        """Keep items so many days from now on; None takes the setting back."""

    async def put(self, recorder: Recorder) -> None:
        """Create or replace: name, role, recording group and mode are taken from `recorder`."""

    async def delete(self, name: str) -> None: ...


class DeliveryPart(Protocol):
    """The region's delivery channel."""

    async def channel(self) -> DeliveryChannel | None: ...

    async def status(self) -> ChannelStatus | None: ...

    async def deliver(self, name: str) -> str:
        """Ask for a snapshot now; its id."""

    async def put(self, channel: DeliveryChannel) -> None: ...

    async def delete(self, name: str) -> None: ...


class SnapshotsPart(Protocol):
    """What lies in the bucket of the channel."""

    async def folder(self, bucket: str, prefix: str = "") -> list[StoredObject]:
        """One level of a bucket: folders first, numbers in names ordered as numbers (X-04)."""

    async def recent(
        self, channel: DeliveryChannel, limit: int = 20, until: Moment | None = None
    ) -> list[StoredObject]:
        """The newest snapshot and history files of this account and region, newest first; only those until then."""

    def below(self, bucket: str, prefix: str) -> AsyncIterator[list[StoredObject]]:
        """All objects whose keys begin so, page by page; leave the loop early to stop asking."""

    async def stored(self, bucket: str, key: str) -> StoredObject:
        """One object, named by its whole key."""

    async def download(self, stored: StoredObject) -> Path:
        """A private local copy (mode 0600)."""

    async def churn(self, channel: DeliveryChannel, since: Moment, until: Moment) -> Churn:
        """Items by type in the history files of a period; `backend.client.churn` asks this and, else, the stream."""


class SetUpPart(Protocol):
    """What has to be there for AWS Config to be set up."""

    def checks(self, plan: Plan) -> AsyncIterator[Check]:
        """Whether role, bucket and topic are there and let AWS Config in; never raises."""

    async def repair(self, repair: Repair) -> None:
        """Make the call that a check asked for."""


class ResourcesPart(Protocol):
    """The inventory and the items of its resources."""

    async def counts(self) -> dict[str, int]:
        """Live resources by type, most first."""

    def listing(self, resource_type: str | None = None) -> AsyncIterator[list[ResourceSummary]]:
        """The live resources, batch by batch as they arrive; leave the loop early to stop asking."""

    def standings(self, since: Moment | None = None) -> AsyncIterator[list[Standing]]:
        """How every live resource stands: tags, state, whether it is needed (INV-01 to INV-03), batch by batch.

        With `since` those are enough whose newest item was captured from that moment on.
        """

    def deleted(self, types: Sequence[str]) -> AsyncIterator[list[ResourceSummary]]:
        """Deleted resources of these types whose items are still kept, batch by batch."""

    async def types(self) -> tuple[str, ...]:
        """The resource types that can be there (INV-11), by name."""

    async def item(self, key: ResourceKey) -> ConfigurationItem | None:
        """The newest item, also that of a deleted resource."""

    async def history(
        self, key: ResourceKey, earlier: Moment | None = None, later: Moment | None = None, limit: int = 100
    ) -> list[ConfigurationItem]:
        """Items between two moments (both included), newest first."""

    async def as_of(self, key: ResourceKey, moment: Moment) -> ConfigurationItem | None:
        """The item that was true at a moment; None when the resource was not known then."""

    async def next_change(
        self, moment: Moment, *, back: bool = False, report: Callable[[int, int, str], None] | None = None
    ) -> Moment | None:
        """When any resource changed next after a moment, or last before it; None when that is not known."""

    async def estate(
        self, moment: Moment | None = None, report: Callable[[int, int, str], None] | None = None
    ) -> Estate:
        """All resources as they were at a moment; None: now.

        It may take some seconds, and `report` is told how far it is: done, of how many (0: not known), of what.
        """


class RelationshipsPart(Protocol):
    """Links between resources."""

    async def neighbours(self, key: ResourceKey) -> tuple[Relationship, ...]:
        """Links of the newest item, recorded ones first, then those derived from its configuration.

        Those that only the other side knows have the direction "IN".
        """

    async def used_by(self, key: ResourceKey) -> Usage:
        """Who has a link to a resource, looked for in the items of all resources."""

    async def impact(self, key: ResourceKey, steps: int = 3) -> Impact:
        """What a change of a resource could affect, by at most so many links (REL-06)."""

    async def whole(self, report: Callable[[int, int], None] | None = None, most: int = 0) -> Graph:
        """The links of all resources with the verdicts on them, of at most so many (0: as many as is usual).

        Costs calls for all items; `report` is told how many were read, of how many. What was left out is in the `limit`
        of the graph.
        """

    async def recorded(self) -> Graph | None:
        """The recorded links of all resources where they are there at once, without what `whole` reads; else None."""


class CompliancePart(Protocol):
    """Config rules and their verdicts."""

    async def rules(self) -> list[Rule]: ...

    async def details(self, rule: str, compliance: Sequence[str] = ("NON_COMPLIANT",)) -> list[Evaluation]:
        """Verdicts of one rule; all of them when `compliance` is empty."""

    async def log(self, rule: Rule) -> FunctionLog | None:
        """The end of the log of the function behind a custom rule; None for a rule without a function."""

    async def remedy(self, rule: str) -> Remedy | None:
        """The remediation of a rule; None for a rule without one."""

    async def of_resource(self, key: ResourceKey) -> list[Evaluation]: ...

    async def verdicts(self, keys: Sequence[ResourceKey]) -> dict[ResourceKey, Verdict]:
        """What the rules say of some resources in short; those that no rule judged are left out."""

    async def overall(self, types: Sequence[str] = ()) -> Overall:
        """How many resources are compliant and not, in all and of each of some types."""

    async def packs(self) -> list[Pack]:
        """The conformance packs by name, each with its rules, verdict and score."""

    async def explain(self, rule: str, item: ConfigurationItem, now: Moment) -> Explanation:
        """Why a rule says what it says of an item: it is asked again here, of this item."""

    async def evaluate(self, names: Sequence[str]) -> None:
        """Run rules again on the last known state."""

    async def definition(self, rule: str) -> Document:
        """A rule as DescribeConfigRules gives it, with the text of its policy."""

    async def put(self, definition: Document) -> None:
        """Make a rule or change it; `definition` is a ConfigRule."""

    async def delete(self, rule: str) -> None: ...

    async def put_pack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        """Make a conformance pack or change it, from the text of its template; it is deployed after that."""

    async def delete_pack(self, name: str) -> None: ...


class StreamPart(Protocol):
    """The configuration stream, read from the queue that was named for it."""

    async def poll(self) -> list[StreamMessage]:
        """Messages that arrived since the last call, oldest first; they are journaled, then taken off the queue."""

    async def recent(self) -> list[StreamMessage]:
        """The journal (at most 500), oldest first."""


class TrailPart(Protocol):
    """CloudTrail's event history."""

    async def lookup(
        self,
        resource: str | None = None,
        earlier: Moment | None = None,
        later: Moment | None = None,
        limit: int = 50,
        write_only: bool = False,
    ) -> list[TrailEvent]:
        """Events newest first; `resource` is a resource name or id as CloudTrail knows it."""

    async def cause(self, item: ConfigurationItem, previous: ConfigurationItem | None = None) -> TrailEvent | None:
        """The call that made a resource what an item tells (INV-07); `previous` is the resource's item before it.

        None when the event history does not tell: it keeps ninety days, and not every change is a call.
        """


def _not_reading() -> None:
    return None


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Session:
    """One signed-in view of AWS Config; a part that the target cannot have is None (files have no recorder)."""

    account: str
    region: str
    who: str
    """The caller in short: `user/ana`, `role/Audit (ana)`, or the file's name."""
    read_only: bool
    recorder: RecorderPart | None = None
    delivery: DeliveryPart | None = None
    setup: SetUpPart | None = None
    snapshots: SnapshotsPart | None = None
    resources: ResourcesPart | None = None
    relationships: RelationshipsPart | None = None
    compliance: CompliancePart | None = None
    stream: StreamPart | None = None
    trail: TrailPart | None = None
    table: Callable[[], Table] | None = field(default=None, repr=False)
    """The resources of files by columns; None for what is no file, which is asked for each."""
    recorded: bool = False
    """Whether `compliance` has only the verdicts that were recorded as items: no rules, no reasons."""
    told_of: Callable[[ResourceKey], Sequence[str]] | None = field(default=None, repr=False)
    """What files say of a resource where that is more than its items; None for what is no file."""
    settled: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False)
    """Waits until all is read of files, and raises `Problem` for what could not be."""
    as_of: Callable[[Moment], Session] | None = field(default=None, repr=False)
    """Files as they were at a moment; None for what is no file."""
    items_of: Callable[[Sequence[ResourceKey]], AsyncIterator[list[ConfigurationItem]]] | None = field(
        default=None, repr=False
    )
    """Reads the newest items of many resources; where it is None they are asked for singly (`backend.client.items`)."""
    remarks: Callable[[], Sequence[str]] = field(default=tuple, repr=False)
    """What has to be said of all that is answered: what a file holds besides items; a sentence each."""
    files: Callable[[], Sequence[OpenedFile]] | None = field(default=None, repr=False)
    """The files that are open, as far as each is read; None for what is no file."""
    reading: Callable[[], Reading | None] = field(default=_not_reading, repr=False)
    """How far the reading of files is; None when all is read, and for what is no file."""
    stop_reading: Callable[[], None] = field(default=_not_reading, repr=False)
    """Ends it; what was read stays."""
    on_close: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False)

    async def close(self) -> None:
        """Give connections back; the session is not used after."""
        await self.on_close()
