"""Pages of the AWS documentation that the help names. Nothing here is ever fetched."""

from __future__ import annotations

from tui.help.texts import Reference

_GUIDE = "https://docs.aws.amazon.com/config/latest/developerguide"
_CLI = "https://docs.aws.amazon.com/cli/latest/reference/configservice"

CONCEPT_PAGE = Reference("AWS Config terminology and concepts", f"{_GUIDE}/config-concepts.html")
HISTORY_OR_SNAPSHOT = Reference(
    "Understanding the differences between configuration history and configuration snapshot files",
    "https://aws.amazon.com/blogs/mt/configuration-history-configuration-snapshot-files-aws-config/",
)
MANAGE = Reference("Managing AWS resource configurations and history", f"{_GUIDE}/manage-config.html")
VIEW = Reference("Viewing AWS resource configurations and history", f"{_GUIDE}/view-manage-resource.html")
PUT_CHANNEL = Reference("aws configservice put-delivery-channel", f"{_CLI}/put-delivery-channel.html")
DELIVER = Reference("aws configservice deliver-config-snapshot", f"{_CLI}/deliver-config-snapshot.html")
CHANNELS = Reference("aws configservice describe-delivery-channels", f"{_CLI}/describe-delivery-channels.html")
CHANNEL_STATUS = Reference(
    "aws configservice describe-delivery-channel-status", f"{_CLI}/describe-delivery-channel-status.html"
)
RESOURCE_TYPES = Reference("Supported resource types", f"{_GUIDE}/resource-config-reference.html")
MANAGED_RULES = Reference("List of AWS Config managed rules", f"{_GUIDE}/managed-rules-by-aws-config.html")
