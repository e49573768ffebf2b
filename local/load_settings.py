"""The product's settings with one route more: a view that does nothing, to compare with."""

from config.settings import *  # noqa: F403 - it is the product, whole

ROOT_URLCONF = "local.load_urls"
