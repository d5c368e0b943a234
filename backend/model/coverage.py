"""What a recorder records and what it does not, type by type, and why; and where a record kept so has gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from backend.model.recorder import Recorder

CONTINUOUS, DAILY = "CONTINUOUS", "DAILY"

GLOBAL_TYPES = frozenset({"AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"})
"""The types that `includeGlobalResourceTypes` is about (reference: aws-config.md §2.2)."""

REGIONS_WITHOUT_GLOBAL = frozenset(
    {"ap-south-2", "ap-southeast-4", "ca-west-1", "eu-south-2", "eu-central-2", "il-central-1", "me-central-1"}
)
"""Regions opened after February 2022: IAM cannot be recorded there."""

HOME_REGIONS = {
    "AWS::CloudFront::Distribution": "us-east-1",
    "AWS::CloudFront::StreamingDistribution": "us-east-1",
    "AWS::ECR::PublicRepository": "us-east-1",
    "AWS::GlobalAccelerator::Accelerator": "us-west-2",
    "AWS::GlobalAccelerator::EndpointGroup": "us-west-2",
    "AWS::GlobalAccelerator::Listener": "us-west-2",
    "AWS::Route53::HealthCheck": "us-east-1",
    "AWS::Route53::HostedZone": "us-east-1",
}
"""Types of global services that are recorded in one region only (the guide's page on recording resources)."""

RECORDER_TYPE = "AWS::Config::ConfigurationRecorder"
COMPLIANCE_TYPE = "AWS::Config::ResourceCompliance"
PACK_COMPLIANCE_TYPE = "AWS::Config::ConformancePackCompliance"
UNRECORDABLE = frozenset(
    {
        "AWS::ApiGateway::DomainName",
        "AWS::ApiGatewayV2::Route",
        "AWS::BackupGateway::VirtualMachine",
        "AWS::DAX::Cluster",
        "AWS::DMS::ReplicationInstance",
        "AWS::DMS::ReplicationTask",
        "AWS::EKS::Nodegroup",
        "AWS::EMR::Cluster",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::FSx::FileSystem",
        "AWS::Logs::LogGroup",
        "AWS::NetworkFirewall::LoggingConfiguration",
        "AWS::RDS::DBProxy",
        "AWS::RedshiftServerless::Namespace",
        "AWS::RedshiftServerless::Workgroup",
        "AWS::SES::ReceiptRule",
        "AWS::SageMaker::EndpointConfig",
        "AWS::SageMaker::MonitoringSchedule",
        "AWS::SageMaker::NotebookInstance",
        "AWS::StorageGateway::Volume",
    }
)
"""Types that managed rules judge and AWS Config does not record: they are in no ResourceType (service model)."""

NEVER_DAILY = frozenset({RECORDER_TYPE, COMPLIANCE_TYPE, PACK_COMPLIANCE_TYPE})
"""Types of AWS Config itself: recorded continuously, whatever the recorder's frequency."""

_LINKED_ROLE = ":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

NO_RECORDER = "there is no recorder"
OFF = "the recorder is stopped"
EXCLUDED = "left out by name"
NOT_LISTED = "not in the recorder's list"
GLOBAL_OFF = "global types are switched off"
_ONLY_IN = "recorded only in "
NOT_HERE = "IAM cannot be recorded in this region"


class TypeCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How one type is recorded."""

    resource_type: str
    recorded: bool
    """By the recorder's settings; whether it is switched on is `Coverage.recording`."""
    frequency: str = ""
    """CONTINUOUS or DAILY; empty when it is not recorded."""
    why: str = ""
    """Why it is not recorded, in a few words."""
    elsewhere: bool = False
    """Only another region can record it."""
    count: int | None = None
    """Live resources that AWS Config knows of; None when that is not known."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a record does not tell, and what to do so that it will."""

    what: str
    remedy: str = ""
    grave: bool = False
    """Nothing at all is recorded, or nothing can be relied upon."""
    types: tuple[str, ...] = ()
    """The types it is about; empty for all."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """All types that can be recorded, by name, and the gaps, the gravest first."""

    types: tuple[TypeCoverage, ...]
    recording: bool
    gaps: tuple[Gap, ...] = ()

    @property
    def recorded(self) -> tuple[TypeCoverage, ...]:
        return tuple(one for one in self.types if one.recorded)

    @property
    def unrecorded(self) -> tuple[TypeCoverage, ...]:
        """What could be recorded in this region and is not."""
        return tuple(one for one in self.types if not one.recorded and not one.elsewhere)

    @property
    def not_recorded(self) -> tuple[TypeCoverage, ...]:
        """All that is not recorded, also what only another region can record."""
        return tuple(one for one in self.types if not one.recorded)

    @property
    def daily(self) -> tuple[TypeCoverage, ...]:
        return tuple(one for one in self.types if one.frequency == DAILY)

    @property
    def in_a_word(self) -> str:
        """`all 433 types`, `3 of 433 types`, `nothing`; types that only another region can record do not count."""
        count, every = len(self.recorded), sum(1 for one in self.types if not one.elsewhere)
        if not self.recording or not count:
            return "nothing"
        return f"all {count:,} types" if count == every else f"{count:,} of {every:,} types"


def coverage(
    recorder: Recorder | None,
    types: Iterable[str],
    counts: Mapping[str, int] | None = None,
    *,
    region: str = "",
) -> Coverage:
    """What is recorded of `types` and of those that `counts` and the recorder name besides.

    `counts` are live resources by type, None when they are not known; a type that it lacks then has none.
    """
    named = {*types, *(counts or ()), *_named(recorder)}
    told = tuple(_type_coverage(recorder, name, counts, region) for name in sorted(named))
    recording = recorder is not None and recorder.recording
    return Coverage(types=told, recording=recording, gaps=tuple(_gaps(recorder, told)))


def why_not(recorder: Recorder | None, resource_type: str, region: str = "") -> str:
    """Why a recorder's settings leave a type out; empty for what it records.

    Recorders record themselves, and customers' own types, which no group can name.
    """
    if recorder is None:
        return NO_RECORDER
    if resource_type == RECORDER_TYPE or not resource_type.startswith("AWS::"):
        return ""
    if resource_type in GLOBAL_TYPES and region in REGIONS_WITHOUT_GLOBAL:
        return NOT_HERE
    home = HOME_REGIONS.get(resource_type)
    if home and region and home != region:
        return f"{_ONLY_IN}{home}"
    group = recorder.group
    if group.strategy == "INCLUSION_BY_RESOURCE_TYPES" or (group.resource_types and not group.all_supported):
        return "" if resource_type in group.resource_types else NOT_LISTED
    if group.strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return EXCLUDED if resource_type in group.excluded_types else ""
    return GLOBAL_OFF if resource_type in GLOBAL_TYPES and not group.include_global else ""


def frequency_of(recorder: Recorder, resource_type: str) -> str:
    """How often a recorder records a type, if it does."""
    if resource_type in NEVER_DAILY:
        return CONTINUOUS
    for override in recorder.overrides:
        if resource_type in override.resource_types:
            return override.frequency or CONTINUOUS
    return recorder.frequency or CONTINUOUS


def has_linked_role(recorder: Recorder) -> bool:
    """Whether the recorder uses AWS's service-linked role, as Security Hub's control Config.1 wants."""
    return recorder.role_arn.endswith(_LINKED_ROLE)


def _named(recorder: Recorder | None) -> set[str]:
    return {*recorder.group.resource_types, *recorder.group.excluded_types} if recorder is not None else set()


def _type_coverage(
    recorder: Recorder | None, resource_type: str, counts: Mapping[str, int] | None, region: str
) -> TypeCoverage:
    why = why_not(recorder, resource_type, region)
    return TypeCoverage(
        resource_type=resource_type,
        recorded=not why,
        frequency="" if why or recorder is None else frequency_of(recorder, resource_type),
        why=why,
        elsewhere=why == NOT_HERE or why.startswith(_ONLY_IN),
        count=None if counts is None else counts.get(resource_type, 0),
    )


# Gaps


def _gaps(recorder: Recorder | None, types: Sequence[TypeCoverage]) -> Iterable[Gap]:
    if recorder is None:
        yield Gap(what="There is no recorder in this region: nothing is recorded", remedy="Set one up", grave=True)
        return
    if not recorder.recording:
        yield Gap(
            what="The recorder is stopped: what changes now leaves no trace, and will not be told later",
            remedy="Start it",
            grave=True,
        )
    elif recorder.last_status.upper() == "FAILURE":
        told = ": ".join(filter(None, (recorder.last_error_code, recorder.last_error_message)))
        yield Gap(
            what=f"The recorder fails ({told})" if told else "The recorder fails",
            remedy="See whether its role can still be assumed, and may read what is to be recorded",
            grave=True,
        )
    for why, what, remedy in _REASONS:
        left_out = tuple(one for one in types if one.why == why)
        if left_out:
            yield Gap(
                what=what.format(_counted(len(left_out), "type")),
                remedy=remedy,
                types=tuple(one.resource_type for one in left_out),
            )
    yield from _lost(recorder, types)


_REASONS = (
    (EXCLUDED, "{} left out by name", "Take them out of the exclusions"),
    (NOT_LISTED, "{} not recorded: only those in the list are", "Add them, or record all types"),
    (
        GLOBAL_OFF,
        "IAM is not recorded here: {} of global resources switched off",
        "One region of the account should record them; more would only cost more",
    ),
    (NOT_HERE, "IAM cannot be recorded in this region ({})", "Record it in a region opened before February 2022"),
)


def _lost(recorder: Recorder, types: Sequence[TypeCoverage]) -> Iterable[Gap]:
    """What follows from the types that are left out, or recorded once a day."""
    stale = tuple(one for one in types if not one.recorded and one.count)
    if stale:
        resources = sum(one.count or 0 for one in stale)
        verb = "is" if resources == 1 else "are"
        yield Gap(
            what=f"{_counted(resources, 'resource')} of {_counted(len(stale), 'type')} {verb} known, but no longer "
            "followed",
            remedy="What is told of them may be out of date",
            types=tuple(one.resource_type for one in stale),
        )
    if any(one.resource_type == COMPLIANCE_TYPE and not one.recorded for one in types):
        yield Gap(
            what="Verdicts of rules are not recorded: no resource has a compliance timeline",
            remedy=f"Record {COMPLIANCE_TYPE} as well; its items cost like others",
            types=(COMPLIANCE_TYPE,),
        )
    daily = tuple(one.resource_type for one in types if one.frequency == DAILY)
    if daily:
        yield Gap(
            what=f"{_counted(len(daily), 'type')} recorded once a day: of several changes a day the last is kept",
            remedy="Record them continuously where each change matters",
            types=daily,
        )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
