#!/usr/bin/env bash
# Runs every test, and says how many of them ran against the real Consul.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tests that find a real Consul leave a line here.
tally="${CARGO_TARGET_DIR:-target}/tools/real-consul-ran.log"
rm -f "$tally"

scripts/setup-sarif.sh
consul=$(scripts/setup.sh)
cargo test "$@"

count=0
if [ -f "$tally" ]; then count=$(sort -u "$tally" | wc -l | tr -d ' '); fi
echo
if [ -n "$consul" ]; then
    echo "$count tests ran against the real Consul ($consul)."
else
    echo "No test ran against the real Consul: it could not be had (see above). The embedded agent was tested."
fi
