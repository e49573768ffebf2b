"""What becomes of a firm's endpoints when another record absorbs it."""

from companies.services.merge_rules import RULES, stays

# Its people set the address for their own record: it hears nothing of the other firm.
RULES["hooks.Endpoint.company"] = stays
