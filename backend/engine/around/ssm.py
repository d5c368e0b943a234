"""Systems Manager, as far as AWS Config records it: managed nodes, the collection of inventory, and inventory."""

from __future__ import annotations

from backend.engine.around import ssm_collection, ssm_inventory, ssm_nodes
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.model.item import Document

SCHEMA = ssm_nodes.SCHEMA + ssm_collection.SCHEMA + ssm_inventory.SCHEMA


def create_association(ctx: Context, params: Document) -> Document:
    """Switch the collection on; what is known of the machines already shows at once."""
    answer = ssm_collection.create_association(ctx, params)
    ssm_inventory.show_all(ctx)
    return answer


OPERATIONS: dict[str, Operation] = {
    **ssm_nodes.OPERATIONS,
    **ssm_inventory.OPERATIONS,
    "CreateAssociation": create_association,
    "DescribeAssociation": ssm_collection.describe_association,
    "ListAssociations": ssm_collection.list_associations,
    "DeleteAssociation": ssm_collection.delete_association,
}
