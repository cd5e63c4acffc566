#!/bin/sh
# Makes the lock files anew: every package with its digests, and no registry address.
set -e
cd "$(dirname "$0")"
for group in build dev; do
    out=requirements-dev.lock
    [ "$group" = build ] && out=requirements.lock
    uv pip compile pyproject.toml --group "$group" --universal --python-version 3.11 \
        --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --output-file "$out" "$@"
done
