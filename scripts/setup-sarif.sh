#!/usr/bin/env bash
# Fetches the schema of SARIF 2.1.0, as the npm package @microsoft/jest-sarif carries it, into target/tools. Where it can't
# be had, this says why and still succeeds: the test that wants it then reports itself skipped.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="${CARGO_TARGET_DIR:-$root/target}/tools"
schema="$tools/sarif-2.1.0.json"
[ -s "$schema" ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "setup: no schema of SARIF: it comes by npm, which is not there" >&2
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if (cd "$work" && npm pack --silent @microsoft/jest-sarif@1.0.0-beta.0 >/dev/null 2>&1 && tar xzf ./*.tgz); then
    mkdir -p "$tools"
    cp "$work/package/lib/schemas/sarif-2.1.0-rtm.5.json" "$schema"
else
    echo "setup: no schema of SARIF: its package can't be fetched" >&2
fi
