#!/bin/sh
# Copies the published audit log with curl and verifies the copy with nothing but the verifier key: no database, no trust in whoever runs it.
#
#     sh examples/audit_log_verified.sh http://localhost:8000 essc-log.key DIRECTORY
#
# The key file is what `essc audit keys` printed when the installation was new, kept by somebody else. The copy is C2SP tlog-tiles, so any
# other reader of that format may check it too.
set -eu
log="$1/audit" key=$2 copy=$3
python=${PYTHON:-python3}
get() { mkdir -p "$copy/$(dirname "$1")" && curl -fsS -o "$copy/$1" "$log/$1"; }

# 1234067 is x001/x234/067: three digits a folder
place() {
  last=$(printf '%03d' $(($1 % 1000))) rest=$(($1 / 1000))
  while [ "$rest" -gt 0 ]; do last=$(printf 'x%03d/%s' $((rest % 1000)) "$last"); rest=$((rest / 1000)); done
  printf '%s' "$last"
}

# the tiles of one level (0, 1, …, entries) over so many hashes: whole ones of 256, then what is left
tiles() {
  index=0
  while [ "$index" -lt $(($2 / 256)) ]; do get "tile/$1/$(place $index)"; index=$((index + 1)); done
  [ $(($2 % 256)) = 0 ] || get "tile/$1/$(place $index).p/$(($2 % 256))"
}

get checkpoint
size=$(sed -n 2p "$copy/checkpoint")
tiles entries "$size"
level=0 width=$size
while [ "$width" -gt 0 ]; do tiles $level "$width"; level=$((level + 1)) width=$((width / 256)); done
echo "copied $(find "$copy/tile" -type f | wc -l | tr -d ' ') tiles of $size entries"
$python -m essc.audit.cli.reader --tiles "$copy" --key "$key"
