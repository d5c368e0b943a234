"""Managed rules over IAM and the root user."""

from __future__ import annotations

from backend.engine.config.rules.account import ROOT_MFA
from backend.engine.config.rules.catalogue import ON_CHANGE, ON_SCHEDULE, ManagedRule
from backend.engine.config.rules.managed.reading import body, objects
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad
from backend.model.item import Document


def _user_without_policies(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    user = body(item)
    names = [
        str(policy.get("policyName"))
        for policy in (*objects(user.get("userPolicyList")), *objects(user.get("attachedManagedPolicies")))
    ]
    if names:
        return bad(f"The user has policies of its own: {', '.join(names)}.")
    return FINE


def _root_mfa(view: AccountView, parameters: Parameters) -> Verdict:
    if view.fact(ROOT_MFA):
        return FINE
    return bad("The root user can sign in to the console without MFA.")


RULES = (
    ManagedRule("IAM_USER_NO_POLICIES_CHECK", ON_CHANGE, ("AWS::IAM::User",), item=_user_without_policies),
    ManagedRule("ROOT_ACCOUNT_MFA_ENABLED", ON_SCHEDULE, account=_root_mfa),
)
