"""Three empty accounts in one world, and short ways to act in each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import SECOND
from tests.backend.engine.conftest import REGION, START, bucket_policy

OTHER_REGION = "us-east-1"


class Lab:
    """A world of accounts: `main` (it manages the organization), `second` and `third`."""

    def __init__(self, accounts: int = 3, folder: Path | None = None) -> None:
        self.engine = Engine(folder, WorldOptions(start=START, resources=0, accounts=accounts), local_aws())
        if self.engine.new:
            self.engine.found()
        self.accounts = self.engine.accounts.ids
        self.main = self.accounts[0]
        self.second, self.third = (*self.accounts[1:], "", "")[:2]

    def call(
        self, operation: str, account: str = "", *, region: str = REGION, service: str = "config", **params: Any
    ) -> Document:
        """Call an operation of AWS Config, or of another service, as somebody of an account (the main one)."""
        caller = Caller(access_key=account or self.main)
        return self.engine.call(Call(service, operation, params, region, caller))

    def wait(self, seconds: float) -> None:
        self.engine.advance(self.engine.now + round(seconds * SECOND))

    def record(self, account: str = "", region: str = REGION) -> None:
        """Let an account record everything in a region, into a bucket of its own."""
        account = account or self.main
        bucket = f"config-{account}-{region}"
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.call("CreateBucket", account, region=region, service="s3", Bucket=bucket, **place)
        self.call("PutBucketPolicy", account, region=region, service="s3", Bucket=bucket, Policy=bucket_policy(bucket))
        role = f"arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
        recorder = {"name": "default", "roleARN": role}
        self.call("PutConfigurationRecorder", account, region=region, ConfigurationRecorder=recorder)
        channel = {"name": "default", "s3BucketName": bucket}
        self.call("PutDeliveryChannel", account, region=region, DeliveryChannel=channel)
        self.call("StartConfigurationRecorder", account, region=region, ConfigurationRecorderName="default")

    def put(self, resource: Resource, account: str = "") -> None:
        """Put a resource into the estate of an account, in the region it names."""
        own = msgspec.structs.replace(resource, arn=(resource.arn or "").replace(self.main, account or self.main))

        def change(ctx: Context) -> None:
            estate.put(ctx, own)

        self.engine.act(change, resource.region, account=account or self.main)

    def remove(self, resource: Resource, account: str = "") -> None:
        def change(ctx: Context) -> None:
            estate.remove(ctx, resource.resource_type, resource.resource_id)

        self.engine.act(change, resource.region, account=account or self.main)

    def put_rule(self, identifier: str, account: str = "", region: str = REGION) -> str:
        """Put a managed rule under the usual name and give it time for its first pass."""
        name = identifier.lower().replace("_", "-")
        source = {"Owner": "AWS", "SourceIdentifier": identifier}
        self.call("PutConfigRule", account, region=region, ConfigRule={"ConfigRuleName": name, "Source": source})
        self.wait(5)
        return name

    def aggregate(
        self, *accounts: str, name: str = "all", account: str = "", region: str = REGION, **more: Any
    ) -> Document:
        """Put an aggregator over all regions of some accounts and let it refresh."""
        sources = [{"AccountIds": list(accounts), "AllAwsRegions": True}]
        answer = self.call(
            "PutConfigurationAggregator",
            account,
            region=region,
            ConfigurationAggregatorName=name,
            AccountAggregationSources=sources,
            **more,
        )
        self.wait(15)
        aggregator: Document = answer["ConfigurationAggregator"]
        return aggregator

    def aggregate_organization(self, name: str = "all") -> Document:
        """Put an aggregator over the organization and let it refresh."""
        source = {"RoleArn": f"arn:aws:iam::{self.main}:role/config-organization", "AllAwsRegions": True}
        answer = self.call(
            "PutConfigurationAggregator", ConfigurationAggregatorName=name, OrganizationAggregationSource=source
        )
        self.wait(15)
        aggregator: Document = answer["ConfigurationAggregator"]
        return aggregator

    def authorize(self, account: str, *regions: str) -> None:
        """Let an account allow the main account's home region to collect from some of its regions (home)."""
        for region in regions or (REGION,):
            self.call(
                "PutAggregationAuthorization",
                account,
                region=region,
                AuthorizedAccountId=self.main,
                AuthorizedAwsRegion=REGION,
            )

    def statuses(self, **params: Any) -> dict[tuple[str, str], str]:
        """Where the sources of the aggregator `all` stand: (account, region) → status."""
        answer = self.call("DescribeConfigurationAggregatorSourcesStatus", ConfigurationAggregatorName="all", **params)
        return {
            (status["SourceId"], status["AwsRegion"]): status["LastUpdateStatus"]
            for status in answer["AggregatedSourceStatusList"]
        }
