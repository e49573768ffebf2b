"""Business days, as `common.business_days` counts them."""

from common.business_days import business_days_after, business_days_before, is_business_day

__all__ = ["business_days_after", "business_days_before", "is_business_day"]
