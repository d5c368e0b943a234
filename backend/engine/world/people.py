"""Who works in the account: people at the console or a command line, pipelines, and services acting by their roles."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.engine.context import Caller, Context

_CLI = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/command#ec2"
_CLI_LINUX = "aws-cli/2.28.1 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.4"
_TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.0"
_BOTO = "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.8 lang/python#3.12.11"
_BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"

OFFICE = "203.0.113.24"
OFFICE_DUBLIN = "198.51.100.87"
HOME = "192.0.2.143"
RUNNER = "10.20.3.14"


@dataclass(frozen=True)
class Person:
    """An IAM user of the company; `unusual` ones are wrong on purpose (see `identity`)."""

    user: str
    name: str
    group: str
    address: str = OFFICE
    agent: str = _CLI

    @property
    def caller(self) -> Caller:
        return Caller(user=self.user, source_ip=self.address, user_agent=self.agent)

    @property
    def in_console(self) -> Caller:
        """The same person clicking in the console."""
        return replace(self.caller, user_agent=_BROWSER)


AISHA = Person("aisha.rahman", "Aisha Rahman", "administrators")
WEILING = Person("tan.weiling", "Tan Wei Ling", "administrators")
ARJUN = Person("arjun.mehta", "Arjun Mehta", "operators")
SOFIA = Person("sofia.lindqvist", "Sofía Lindqvist", "developers", OFFICE_DUBLIN)
CHEN = Person("chen.yi", "陈怡", "developers")
KENJI = Person("kenji.sato", "佐藤 健二", "developers", HOME)
NURUL = Person("nurul.huda", "Nurul Huda binti Ismail", "operators")
MAREK = Person("marek.nowak", "Marek Nowak", "developers", OFFICE_DUBLIN, _CLI_LINUX)
ZOE = Person("zoe.lukasiewicz", "Zoë Łukasiewicz-Öberg", "data-engineers", HOME)
ANA = Person("ana.saojoao", "Ana Paula São-João", "auditors", OFFICE_DUBLIN)
PATRICK = Person("p.oconnor", "Pádraig O'Connor", "developers", OFFICE_DUBLIN, _CLI_LINUX)

PEOPLE = (AISHA, WEILING, ARJUN, SOFIA, CHEN, KENJI, NURUL, MAREK, ZOE, ANA, PATRICK)
OPERATORS = (ARJUN, NURUL, WEILING)
DEVELOPERS = (SOFIA, CHEN, KENJI, MAREK, PATRICK)

PIPELINE = Caller(role="deploy-pipeline/gha-deploy-prod", source_ip=RUNNER, user_agent=_BOTO)
"""The role that the build system assumes to bring a release out."""
TERRAFORM = Caller(role="infrastructure-pipeline/terraform-apply", source_ip=RUNNER, user_agent=_TERRAFORM)
"""The role under which infrastructure code is applied."""
SCHEDULER = Caller(role="office-hours-scheduler/stop-start", source_ip="lambda.amazonaws.com", user_agent=_BOTO)
"""A function that stops what nobody needs at night."""
REPORTS = Caller(user="svc-legacy-reports", source_ip=HOME, user_agent="Boto3/1.9.253 Python/2.7.18 Linux/4.14")
"""A machine user with a key older than most of the staff."""
AUTOSCALING = Caller(
    role="AWSServiceRoleForAutoScaling/AutoScaling",
    source_ip="autoscaling.amazonaws.com",
    user_agent="autoscaling.amazonaws.com",
)
RDS = Caller(service="rds.amazonaws.com", source_ip="rds.amazonaws.com", user_agent="rds.amazonaws.com")
SSM = Caller(
    role="AWSServiceRoleForAmazonSSM/inventory",
    source_ip="ssm.amazonaws.com",
    user_agent="ssm.amazonaws.com",
)

_BY_USER = {person.user: person for person in PEOPLE}
_ROLES = {
    "pipeline": PIPELINE,
    "terraform": TERRAFORM,
    "scheduler": SCHEDULER,
    "autoscaling": AUTOSCALING,
    "reports": REPORTS,
}


def named(name: str) -> Caller:
    """A caller by the name that scenario files use: a user, or one of the roles. Raises `KeyError`."""
    return _ROLES[name] if name in _ROLES else _BY_USER[name].caller


ACROSS = "OrganizationAccountAccessRole"
"""The role that lets people of the main account into the others, as AWS Organizations makes it in new accounts."""


def acting(ctx: Context, caller: Caller) -> Context:
    """The same place with somebody at the keyboard; in accounts that have no users, by the role that lets them in."""
    if caller.user and not ctx.world.is_main:
        caller = replace(caller, user="", role=f"{ACROSS}/{caller.user}")
    return replace(ctx, caller=caller)
