#!/usr/bin/env bash
# Writes what prov and Terraform say of the twelve mistakes in tests/ui/twelve and tests/terraform/twelve into
# docs/diagnostics-scorecard.md. Without terraform on the path its part of the page stays as it is.
# The scores beside the outputs are a person's, and are not touched.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
page="$root/docs/diagnostics-scorecard.md"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for case in "$root"/tests/ui/twelve/*.stderr; do
    name=$(basename "$case" .stderr)
    cp "$case" "$work/prov-$name"
done

if command -v terraform >/dev/null 2>&1; then
    for case in "$root"/tests/terraform/twelve/*/; do
        name=$(basename "$case")
        cp -r "$case" "$work/tf"
        (
            cd "$work/tf"
            export TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
            terraform init -no-color -input=false >init 2>&1 || { cat init; exit 0; }
            terraform validate -no-color >said 2>&1 || { cat said; exit 0; }
            echo '$ terraform validate'
            cat said
            echo '$ terraform plan'
            terraform plan -no-color -input=false 2>&1 || true
        ) | sed -e 's/[[:space:]]*$//' -e '/^There are some problems with the CLI/,/^╵$/d' | cat -s >"$work/terraform-$name"
        rm -rf "$work/tf"
    done
fi

awk -v work="$work" '
    # What follows a marker is replaced, if there is something to put there.
    /^<!-- (prov|terraform) .* -->$/ {
        print
        file = work "/" $2 "-" $3
        if ((getline line < file) >= 0) {
            print "```text"
            do { if (line != "" || started) { print line; started = 1 } } while ((getline line < file) > 0)
            started = 0
            print "```"
            close(file)
            skip = 1
        }
        next
    }
    skip && /^```text$/ { next }
    skip && /^```$/ { skip = 0; next }
    skip { next }
    { print }
' "$page" >"$work/page"
cp "$work/page" "$page"
