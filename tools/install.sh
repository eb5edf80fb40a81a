#!/bin/sh
# What this machine lacks, then the virtual environment .venv with exactly what the lock files say, then essc itself.
# usage: tools/install.sh [run|dev]     run: what the platform needs;  dev (default): what the tests need, too
set -eu
cd "$(dirname "$0")/.."
what=${1:-dev}
PYTHON=${PYTHON:-python3}
say() { printf '%s\n' "$*" >&2; }

# ── Debian packages: installed as root on Debian and Ubuntu, else named in one line ──
lacking=""
lacks() { lacking="$lacking $1"; }
command -v "$PYTHON" >/dev/null 2>&1 || lacks python3
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || lacks python3-venv
if [ "$what" = dev ]; then
  command -v chromium >/dev/null 2>&1 || lacks chromium
  fc-list :lang=zh 2>/dev/null | grep -q . || { command -v fc-list >/dev/null 2>&1 || lacks fontconfig; lacks fonts-noto-cjk; }
  command -v zbarimg >/dev/null 2>&1 || lacks zbar-tools
  command -v openssl >/dev/null 2>&1 || lacks openssl
fi
if [ -n "$lacking" ]; then
  line="apt-get install -y --no-install-recommends$lacking"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing:$lacking"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >&2 || say "apt-get update failed; trying with the lists that are there"
    $line -qq </dev/null >&2 || say "that failed; what needs it will say so"
  else
    say "this machine lacks:$lacking. As root on Debian or Ubuntu: $line"
  fi
fi

# ── Python ──
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { say "essc needs Python 3.11 or later; set PYTHON=/path/to/python3"; exit 2; }
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || { say "Python's venv is missing: apt-get install python3-venv"; exit 2; }
[ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || { rm -rf .venv; "$PYTHON" -m venv .venv; }

# ── exactly the locked versions, checked by hash; skipped while the lock file is the one installed ──
lock=requirements.lock
[ "$what" = dev ] && lock=requirements-dev.lock
wanted=$(cat requirements-dev.lock requirements.lock pyproject.toml tools/install.sh | cksum)
installed() { [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$wanted" ]; }
if ! installed dev && ! installed "$what"; then
  say "installing from $lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
  printf '%s\n' "$wanted" > ".venv/installed-$what"
fi
