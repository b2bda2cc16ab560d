#!/usr/bin/env bash
# The whole story on this machine alone: an account is checked, planned and applied; what it made is found in Consul;
# a second plan has nothing to do; someone changes things behind its back; that is shown and repaired; everything is
# destroyed. Works on a copy, with a Consul-compatible agent and mocked clouds that end with the demo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${PROV_DEMO_INSIDE:-}" ]; then
    echo "Building prov …"
    cargo build --quiet
    prov="${CARGO_TARGET_DIR:-$PWD/target}/debug/prov"
    case $prov in /*) ;; *) prov=$PWD/$prov ;; esac
    here=$(mktemp -d)
    trap 'rm -rf "$here"' EXIT
    # State and clouds of an account lie in its .prov/; those of a real one are not to be touched.
    for part in accounts stdlib; do
        mkdir -p "$here/$part"
        (cd "$part" && find . -name '*.prov' -type f -print | while read -r file; do
            mkdir -p "$here/$part/$(dirname "$file")"
            cp "$file" "$here/$part/$file"
        done)
    done
    cp scripts/demo.sh "$here/demo.sh"
    mkdir "$here/scripts" && mv "$here/demo.sh" "$here/scripts/demo.sh"
    PATH="$(dirname "$prov"):$PATH" PROV_DEMO_INSIDE=1 "$prov" dev -- "$here/scripts/demo.sh" </dev/null
    exit
fi

account=accounts/production
say() { printf '\n\033[1m== %s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n== %s\n' "$1"; }
# Shows a command as one would type it, then runs it.
run() {
    local argument shown=
    for argument in "$@"; do
        case $argument in *[\ \"\{]*) shown+=" '$argument'" ;; *) shown+=" $argument" ;; esac
    done
    printf '$%s\n' "$shown"
    "$@"
}
# Fails unless the command ends with the status that the story expects.
expect() {
    local wanted=$1 status=0
    shift
    run "$@" || status=$?
    [ "$status" = "$wanted" ] || { echo "demo: expected exit status $wanted, got $status" >&2; exit 1; }
}

say "Check: everything that can be known without touching anything"
run prov check "$account"

say "Plan: what would change"
expect 2 prov plan --detailed-exitcode "$account"

say "Apply: databases and caches in a mocked AWS, registered in Consul"
run prov apply --auto-approve "$account"
run prov cloud ls --account "$account"

say "Discovery: what Consul's catalogue says now"
run prov consul /v1/catalog/services
run prov consul /v1/catalog/service/db-core

say "A second plan has nothing to do"
expect 0 prov plan --detailed-exitcode "$account"

say "Behind its back: someone changes the database in the cloud, and its service in Consul"
run prov cloud set aws_db_instance production-core backup_retention_period=1 --account "$account"
run prov consul /v1/catalog/register --data '{"Node": "rds", "Address": "rds.eu-west-1.amazonaws.com", "Service": {"ID": "db-core", "Service": "db-core", "Address": "10.0.0.66", "Port": 5433, "Tags": ["tampered"]}}'

say "Drift is shown"
expect 2 prov plan --detailed-exitcode "$account"

say "… and repaired"
run prov apply --auto-approve "$account"
expect 0 prov plan --detailed-exitcode "$account"

say "Destroy: everything the account has made"
run prov destroy --auto-approve "$account"
run prov cloud ls --account "$account"
run prov consul /v1/catalog/services

say "Done. To go on: make plan, make apply, or read README.md"
