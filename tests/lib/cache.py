# SPDX-License-Identifier: GPL-2.0-only
"""Where caches live, as tests/toolroot/lib.sh has it (mo_cache)."""

import os
import pathlib


def cache():
    """The cache on this side; the tool root sees it as /cache."""
    return pathlib.Path(os.environ.get("MO_CACHE") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "migrate-offload"))
