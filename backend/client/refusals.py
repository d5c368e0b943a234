"""From the errors of botocore to sentences for a person."""

from __future__ import annotations

import re

from botocore import exceptions as boto

from backend.model.problem import BadInput, Denied, Missing, NotSignedIn, Problem, Refused, Unreachable

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})
_SIGN_IN = {
    "AuthFailure": "AWS does not accept the credentials",
    "ExpiredToken": "the session token has expired",
    "ExpiredTokenException": "the session token has expired",
    "IncompleteSignature": "the credentials are incomplete",
    "InvalidAccessKeyId": "AWS does not know the access key",
    "InvalidClientTokenId": "AWS does not know the access key or the token",
    "InvalidSignatureException": "the secret key does not belong to the access key, or this machine's clock is wrong",
    "MissingAuthenticationToken": "the call was not signed",
    "RequestExpired": "this machine's clock is wrong",
    "RequestTimeTooSkewed": "this machine's clock is wrong",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "TokenRefreshRequired": "the session token has expired",
    "UnrecognizedClientException": "AWS does not know the access key or the token",
}
_MISSING = re.compile(
    r"NoSuch\w+|NonExistent\w*|NotFound|\w*NotFoundException|\w*DoesNotExist|ResourceNotDiscoveredException|404"
    r"|AWS\.SimpleQueueService\.NonExistentQueue"
)
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException"}
    | {"SlowDown", "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "LimitExceededException"}
)
_UNREACHABLE = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.ResponseStreamingError,
    boto.IncompleteReadError,
)
_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
    boto.NoAuthTokenError,
)
_BAD_SETTINGS = (
    boto.ProfileNotFound,
    boto.NoRegionError,
    boto.InvalidRegionError,
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.InvalidConfigError,
    boto.MissingDependencyException,
)
_SIGN_IN_REMEDY = "Sign in (for example with `aws sso login` or `aws configure`), or choose another --profile"
_PERMISSION_REMEDY = "Ask for the permission, or sign in with another --profile or --role-arn"
_NAMED_ACTION = re.compile(r"not authorized to perform: ([a-zA-Z0-9-]+:[A-Za-z0-9]+)")

_IAM_SERVICE = {"monitoring": "cloudwatch"}
"""IAM's prefix where it is not botocore's name of the service."""

_IAM_ACTION = {
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("sqs", "DeleteMessageBatch"): "sqs:DeleteMessage",
}
"""The permission where it is not named like the operation."""


def iam_action(service: str, operation: str) -> str:
    """The IAM action that an operation needs: `config:DescribeConfigRules`."""
    named = _IAM_ACTION.get((service, operation))
    return named or f"{_IAM_SERVICE.get(service, service)}:{operation}"


def problem_of(error: Exception, service: str, operation: str) -> Problem:
    """What botocore (or the network below it) raised for an operation, as a problem of the domain."""
    if isinstance(error, boto.ClientError):
        problem = _of_answer(error, service, operation)
        problem.request_id = str(error.response.get("ResponseMetadata", {}).get("RequestId") or "")
        return problem
    if isinstance(error, _NO_CREDENTIALS):
        return _not_signed_in(error)
    if isinstance(error, _BAD_SETTINGS):
        return BadInput("The AWS settings cannot be used", str(error), "Give --profile or --region, or mend the file")
    if isinstance(error, (*_UNREACHABLE, OSError, TimeoutError)):
        return Unreachable(
            f"Nobody answers for {service}", _network_reason(error), "Check the network, --region and --endpoint-url"
        )
    if isinstance(error, boto.ParamValidationError):
        return BadInput(f"{service}:{operation} cannot be asked so", str(error).replace("\n", " "))
    return Refused(f"{service}:{operation} failed", str(error))


def _of_answer(error: boto.ClientError, service: str, operation: str) -> Problem:
    if error.operation_name == operation:
        return _refusal(error, service, operation)
    # Another operation than ours: the one that should have brought the credentials.
    refusal = _refusal(error, "sts", error.operation_name)
    return refusal if isinstance(refusal, Denied) else _not_signed_in(error)


def _refusal(error: boto.ClientError, service: str, operation: str) -> Problem:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", "") or "")
    if message.lstrip().startswith("<"):
        # A page for browsers, of a proxy or of a server that does not know the operation.
        message = f"the endpoint answered with HTTP {error.response['ResponseMetadata'].get('HTTPStatusCode', code)}"
    if code in _SIGN_IN:
        return NotSignedIn("AWS did not accept the credentials", _SIGN_IN[code], _SIGN_IN_REMEDY, code)
    if code in _DENIED:
        found = _NAMED_ACTION.search(message)
        action = found[1] if found else iam_action(service, operation)
        why = f"the credentials lack the permission {action}"
        if "explicit deny" in message:
            why += ", which a policy denies by name"
        return Denied(f"Not allowed to call {service}:{operation}", why, _PERMISSION_REMEDY, code)
    if code in _THROTTLED:
        return Refused("AWS asks to slow down", message or code, "Try again in a moment", code)
    if _MISSING.fullmatch(code):
        return Missing(message or f"{service}:{operation} found nothing", code=code)
    return Refused(f"{service}:{operation} was refused", message or code, code=code)


def _not_signed_in(error: Exception) -> NotSignedIn:
    """No credentials, or the call that should have brought them failed."""
    code = ""
    if isinstance(error, boto.ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
    return NotSignedIn("Not signed in to AWS", _SIGN_IN.get(code, str(error)), _SIGN_IN_REMEDY, code)


def _network_reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text[0].lower() + text[1:] if text[1:2].islower() else text
