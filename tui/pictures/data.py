"""A neighbourhood as JSON: nodes and links, for programs."""

from __future__ import annotations

import json

from backend.model.neighbourhood import Neighbourhood


def as_json(shown: Neighbourhood) -> str:
    """Nodes with the step they are away, and links from the resource that has them."""
    return json.dumps(
        {
            "root": shown.root._asdict(),
            "title": shown.title,
            "leftOut": shown.left_out,
            "limit": shown.limit,
            "nodes": [
                {
                    "resourceType": node.key.resource_type,
                    "resourceId": node.key.resource_id,
                    "name": node.name,
                    "step": node.step,
                    "state": node.state,
                    "judged": node.verdict is not None,
                    "failingRules": list(node.verdict.failing) if node.verdict else [],
                }
                for node in shown.nodes
            ],
            "links": [
                {
                    "from": edge.holder._asdict(),
                    "to": edge.other._asdict(),
                    "name": edge.link.name,
                    "derived": edge.link.derived,
                    "foundAt": edge.link.found_at or None,
                }
                for edge in shown.edges
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
