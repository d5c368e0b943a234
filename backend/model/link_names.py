"""Which links AWS Config records between resources of which types, and under which names.

A *direct* link comes from what a resource says of itself when it is described. An *indirect* one the service infers,
so that the other side tells of it too; only the oldest types of EC2 have those (aws-config.md §6.1, §6.3; the names:
relationships-observed.json, rules.md §7). What is not in these tables is not recorded: configscope looks for it in
the configuration and calls it derived (`backend.model.derived`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

CONTAINS, IN, ATTACHED, ASSOCIATED = "Contains", "Is contained in", "Is attached to", "Is associated with"
"""The four verbs of today's names."""

_Words = Mapping[str, Mapping[str, str]]
"""Type → verb → types at the other end, all without their `AWS::`; a word without `::` is of the holder's service."""

_QUALIFIED: _Words = {
    "EC2::Instance": {
        CONTAINS: "NetworkInterface",
        ATTACHED: "Volume",
        ASSOCIATED: "SecurityGroup",
        IN: "Subnet VPC Host",
    },
    "EC2::NetworkInterface": {ATTACHED: "Instance", ASSOCIATED: "SecurityGroup", IN: "Subnet VPC"},
    "EC2::Volume": {ATTACHED: "Instance"},
    "EC2::EIP": {ATTACHED: "Instance NetworkInterface"},
    "EC2::SecurityGroup": {IN: "VPC"},
    "EC2::Subnet": {IN: "VPC"},
    "EC2::RouteTable": {CONTAINS: "Instance NetworkInterface Subnet VPNGateway", IN: "VPC"},
    "EC2::NetworkAcl": {ATTACHED: "Subnet", IN: "VPC"},
    "EC2::InternetGateway": {ATTACHED: "VPC"},
    "EC2::VPNGateway": {ATTACHED: "VPC"},
    "EC2::VPNConnection": {ATTACHED: "CustomerGateway VPNGateway"},
    "EC2::Host": {CONTAINS: "Instance"},
    "EC2::RegisteredHAInstance": {IN: "Instance"},
    "ElasticLoadBalancingV2::LoadBalancer": {
        ASSOCIATED: "EC2::SecurityGroup",
        ATTACHED: "EC2::Subnet",
        IN: "EC2::VPC",
    },
    "IAM::User": {ATTACHED: "Group Policy"},
    "IAM::Group": {CONTAINS: "User", ATTACHED: "Policy"},
    "IAM::Role": {ATTACHED: "Policy"},
    "IAM::Policy": {ATTACHED: "User Group Role"},
    "RDS::DBInstance": {ASSOCIATED: "EC2::SecurityGroup DBSecurityGroup DBSubnetGroup"},
    "RDS::DBSnapshot": {ASSOCIATED: "EC2::VPC"},
    "RDS::DBSubnetGroup": {ASSOCIATED: "EC2::Subnet EC2::VPC EC2::SecurityGroup"},
    "RDS::DBSecurityGroup": {ASSOCIATED: "EC2::SecurityGroup EC2::VPC"},
    "Redshift::Cluster": {
        ASSOCIATED: "ClusterParameterGroup ClusterSecurityGroup ClusterSubnetGroup EC2::SecurityGroup EC2::VPC"
    },
    "Redshift::ClusterSnapshot": {ASSOCIATED: "Cluster EC2::VPC"},
    "Redshift::ClusterSubnetGroup": {ASSOCIATED: "EC2::Subnet EC2::VPC"},
}
"""Direct links of the older types: their names end with a word for the type at the other end."""

_UNQUALIFIED: _Words = {
    "EC2::EgressOnlyInternetGateway": {ATTACHED: "VPC"},
    "EC2::NatGateway": {IN: "Subnet VPC"},
    "EC2::VPCEndpoint": {ATTACHED: "NetworkInterface", IN: "VPC Subnet RouteTable"},
    "EC2::VPCEndpointService": {ASSOCIATED: "ElasticLoadBalancingV2::LoadBalancer"},
    "EC2::VPCPeeringConnection": {ASSOCIATED: "VPC"},
    "ElasticLoadBalancing::LoadBalancer": {
        ASSOCIATED: "EC2::SecurityGroup",
        ATTACHED: "EC2::Subnet",
        IN: "EC2::VPC",
    },
    "AutoScaling::AutoScalingGroup": {
        CONTAINS: "EC2::Instance",
        ASSOCIATED: "ElasticLoadBalancing::LoadBalancer LaunchConfiguration EC2::Subnet",
    },
    "AutoScaling::LaunchConfiguration": {ASSOCIATED: "EC2::SecurityGroup"},
    "AutoScaling::ScalingPolicy": {ASSOCIATED: "AutoScalingGroup CloudWatch::Alarm"},
    "AutoScaling::ScheduledAction": {ASSOCIATED: "AutoScalingGroup"},
    "RDS::DBCluster": {CONTAINS: "DBInstance", ASSOCIATED: "DBSubnetGroup EC2::SecurityGroup"},
    "RDS::DBClusterSnapshot": {ASSOCIATED: "DBCluster EC2::VPC"},
    "Elasticsearch::Domain": {ASSOCIATED: "KMS::Key EC2::SecurityGroup EC2::Subnet EC2::VPC"},
    "Lambda::Function": {ASSOCIATED: "IAM::Role EC2::SecurityGroup", IN: "EC2::Subnet"},
    "S3::Bucket": {ASSOCIATED: "Bucket"},
    "CodePipeline::Pipeline": {
        ATTACHED: "S3::Bucket",
        ASSOCIATED: "IAM::Role CodeBuild::Project Lambda::Function CloudFormation::Stack ElasticBeanstalk::Application",
    },
    "CodeBuild::Project": {ASSOCIATED: "S3::Bucket IAM::Role"},
    "CodeDeploy::Application": {CONTAINS: "DeploymentGroup"},
    "CodeDeploy::DeploymentGroup": {IN: "Application"},
    "ApiGateway::Stage": {ASSOCIATED: "WAFRegional::WebACL", IN: "RestApi"},
    "ApiGateway::RestApi": {CONTAINS: "Stage"},
    "ApiGatewayV2::Stage": {IN: "Api"},
    "ApiGatewayV2::Api": {CONTAINS: "Stage"},
    "CloudFront::Distribution": {
        ASSOCIATED: "WAF::WebACL WAFv2::WebACL ACM::Certificate S3::Bucket IAM::ServerCertificate"
    },
    "CloudFront::StreamingDistribution": {
        ASSOCIATED: "WAF::WebACL WAFv2::WebACL ACM::Certificate S3::Bucket IAM::ServerCertificate"
    },
    "WAFv2::WebACL": {
        ASSOCIATED: "ElasticLoadBalancingV2::LoadBalancer ApiGateway::Stage IPSet RegexPatternSet RuleGroup "
        "ManagedRuleSet"
    },
    "WAFv2::RuleGroup": {ASSOCIATED: "IPSet RegexPatternSet"},
    "WAFv2::ManagedRuleSet": {ASSOCIATED: "RuleGroup"},
    "WAF::WebACL": {ASSOCIATED: "Rule RateBasedRule RuleGroup"},
    "WAF::RuleGroup": {ASSOCIATED: "Rule"},
    "WAFRegional::WebACL": {
        ASSOCIATED: "Rule RateBasedRule RuleGroup ElasticLoadBalancingV2::LoadBalancer",
    },
    "WAFRegional::RuleGroup": {ASSOCIATED: "Rule"},
    "NetworkFirewall::Firewall": {ATTACHED: "EC2::Subnet", ASSOCIATED: "FirewallPolicy"},
    "NetworkFirewall::FirewallPolicy": {ASSOCIATED: "RuleGroup"},
    "ElasticBeanstalk::Application": {CONTAINS: "ApplicationVersion Environment", ASSOCIATED: "IAM::Role"},
    "ElasticBeanstalk::ApplicationVersion": {ASSOCIATED: "Environment S3::Bucket", IN: "Application"},
    "ElasticBeanstalk::Environment": {
        CONTAINS: "CloudFormation::Stack",
        ASSOCIATED: "ApplicationVersion IAM::Role",
        IN: "Application",
    },
    "SecretsManager::Secret": {ASSOCIATED: "Lambda::Function KMS::Key"},
    "Shield::Protection": {ASSOCIATED: "CloudFront::Distribution"},
    "ShieldRegional::Protection": {
        ASSOCIATED: "EC2::EIP ElasticLoadBalancing::LoadBalancer ElasticLoadBalancingV2::LoadBalancer"
    },
    "ServiceCatalog::CloudFormationProduct": {ASSOCIATED: "CloudFormationProvisionedProduct", IN: "Portfolio"},
    "ServiceCatalog::CloudFormationProvisionedProduct": {
        ASSOCIATED: "Portfolio CloudFormationProduct CloudFormation::Stack"
    },
    "ServiceCatalog::Portfolio": {CONTAINS: "CloudFormationProduct"},
    "SSM::ManagedInstanceInventory": {ASSOCIATED: "EC2::Instance"},
    "SSM::PatchCompliance": {ASSOCIATED: "ManagedInstanceInventory"},
    "SSM::AssociationCompliance": {ASSOCIATED: "ManagedInstanceInventory"},
    "SSM::FileData": {ASSOCIATED: "ManagedInstanceInventory"},
}
"""Direct links of the newer types: their names end after the preposition, with a blank.

Two types link to whatever there is: `ANYTHING`.
"""

ANYTHING: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": f"{CONTAINS} ",
    "AWS::Config::ResourceCompliance": f"{ASSOCIATED} ",
}
"""A stack contains every supported resource that it made; a verdict is associated with the resource it is about."""

_INDIRECT: _Words = {
    "EC2::Instance": {ATTACHED: "EIP", IN: "RouteTable"},
    "EC2::NetworkInterface": {ATTACHED: "EIP", IN: "RouteTable"},
    "EC2::SecurityGroup": {ASSOCIATED: "Instance NetworkInterface"},
    "EC2::Subnet": {CONTAINS: "Instance NetworkInterface", ATTACHED: "NetworkAcl", IN: "RouteTable"},
    "EC2::VPC": {
        CONTAINS: "Instance NetworkAcl NetworkInterface RouteTable SecurityGroup Subnet",
        ATTACHED: "InternetGateway VPNGateway",
    },
    "EC2::VPNGateway": {ATTACHED: "VPNConnection", IN: "RouteTable"},
    "EC2::CustomerGateway": {ATTACHED: "VPNConnection"},
}
"""What the seven types with indirect links are told of others that link to them."""

_TARGET_WORDS = {
    "AWS::EC2::VPC": "Vpc",
    "AWS::EC2::EIP": "ElasticIp",
    "AWS::EC2::VPNGateway": "VpnGateway",
    "AWS::EC2::VPNConnection": "VpnConnection",
    "AWS::IAM::Policy": "CustomerManagedPolicy",
}
"""Words of qualified names that differ from the last part of the type."""


class Link(NamedTuple):
    """One kind of link: what the item of a type says of another type."""

    holder: str
    other: str
    name: str
    indirect: bool = False

    @property
    def verb(self) -> str:
        return verb_of(self.name)


def _read(words: _Words, *, qualified: bool, indirect: bool = False) -> Iterator[Link]:
    for holder, verbs in words.items():
        service = holder.partition("::")[0]
        for verb, others in verbs.items():
            for word in others.split():
                other = f"AWS::{word}" if "::" in word else f"AWS::{service}::{word}"
                ending = _TARGET_WORDS.get(other, other.rpartition("::")[2]) if qualified else ""
                yield Link(f"AWS::{holder}", other, f"{verb} {ending}", indirect)


LINKS: Mapping[tuple[str, str], Link] = {
    (link.holder, link.other): link
    for link in (
        *_read(_QUALIFIED, qualified=True),
        *_read(_UNQUALIFIED, qualified=False),
        *_read(_INDIRECT, qualified=True, indirect=True),
    )
}
"""Every kind of link by the two types, as the first one's item tells it."""


def name(holder: str, other: str) -> str | None:
    """The name under which an item of type `holder` tells of an `other`; None when it does not."""
    found = LINKS.get((holder, other))
    return found.name if found else ANYTHING.get(holder)


def mirrored(holder: str, other: str) -> str | None:
    """The name under which `holder` tells of an `other` that shows a link to it; None when only one side tells.

    Two of one type (a bucket and the one it logs to) do not mirror: one is the other's target.
    """
    if holder == other or (other, holder) not in LINKS:
        return None
    found = LINKS.get((holder, other))
    return found.name if found else None


def verb_of(link_name: str) -> str:
    """The verb of a link's name in either style, older spellings included; empty for a name that has none."""
    words = link_name.strip().casefold()
    for verb in (CONTAINS, IN, ATTACHED, ASSOCIATED):
        if words.startswith((verb.casefold(), verb.removeprefix("Is ").casefold())):
            return verb
    return ""
