#!/bin/sh
# Makes both lock files anew: exact versions and hashes, for every system, naming no registry. Needs `make install` first.
set -eu
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links "$@"; }
compile pyproject.toml tools/build.in --output-file requirements.lock
compile pyproject.toml tools/build.in --extra dev --constraint requirements.lock --output-file requirements-dev.lock
