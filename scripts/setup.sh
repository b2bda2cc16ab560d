#!/usr/bin/env bash
# Fetches what the tests use and cargo cannot: a real Consul agent, from Debian's bullseye suite, unpacked under
# target/tools/. Touches nothing outside target/ and needs no root. Safe to run again; quick when already done.
#
# Where it can't be had, this says why and still succeeds: the tests that want it then report themselves skipped.
# PROV_CONSUL=/path/to/consul uses that binary instead of fetching one.
set -euo pipefail

suite=bullseye
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="${CARGO_TARGET_DIR:-$root/target}/tools"
home="$tools/consul"
binary="$home/usr/bin/consul"

without() {
    {
        echo "setup: NO REAL CONSUL: $1"
        echo "setup: tests against the real Consul will be skipped; the embedded agent is tested all the same."
        echo "setup: to use one of your own, set PROV_CONSUL=/path/to/consul"
    } >&2
    exit 0
}

# A binary that is there but does not run (another machine's, half unpacked) counts as absent.
runs() { [ -x "$1" ] && "$1" version >/dev/null 2>&1; }

if [ -n "${PROV_CONSUL:-}" ]; then
    runs "$PROV_CONSUL" || without "PROV_CONSUL names $PROV_CONSUL, which does not run"
    echo "$PROV_CONSUL"
    exit 0
fi
if runs "$binary"; then
    echo "$binary"
    exit 0
fi

for tool in apt-get dpkg; do
    command -v "$tool" >/dev/null 2>&1 || without "no $tool on this machine (the package comes from Debian)"
done
keyring=
for candidate in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp \
    /etc/apt/trusted.gpg.d/debian-archive-bullseye-automatic.gpg; do
    if [ -r "$candidate" ]; then keyring=$candidate; break; fi
done
[ -n "$keyring" ] || without "Debian's keyring is not installed (package debian-archive-keyring)"

# The Debian mirrors this machine already uses, in either source format: enabled binary sources for Debian's own
# component "main", security mirrors left out because they hold no release suites.
mirrors() {
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        # deb [options] URI SUITE COMPONENT...
        sed -e 's/#.*//' -e 's/\[[^]]*\]//' "$file" |
            awk '$1 == "deb" { for (i = 4; i <= NF; i++) if ($i == "main") { print $2; break } }'
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        # Stanzas of "Field: value", continued by indented lines, parted by blank ones; names ignore case.
        awk '
            function flush(   n, part, i) {
                if (field["types"] ~ /(^| )deb( |$)/ && field["components"] ~ /(^| )main( |$)/ &&
                    tolower(field["enabled"]) !~ /^(no|false|0|off|without|disable)$/) {
                    n = split(field["uris"], part, " ")
                    for (i = 1; i <= n; i++) print part[i]
                }
                split("", field); name = ""
            }
            /^#/ { next }
            /^[[:space:]]*$/ { flush(); next }
            /^[[:space:]]/ { sub(/^[[:space:]]+/, ""); if (name != "") field[name] = field[name] " " $0; next }
            {
                at = index($0, ":"); if (at == 0) next
                name = tolower(substr($0, 1, at - 1)); value = substr($0, at + 1)
                gsub(/^[[:space:]]+|[[:space:]]+$/, "", value); field[name] = value
            }
            END { flush() }' "$file"
    done
}
candidates=$(mirrors | sed -e 's,/*$,,' | grep -E '^(https?|file|mirror\+https?)://?' | grep -v -- '-security' | awk '!seen[$0]++' || true)
[ -n "$candidates" ] || without "this machine's apt sources name no Debian mirror"

mkdir -p "$tools"
# One run at a time: two would unpack into each other.
exec 9>"$tools/.setup.lock"
if command -v flock >/dev/null 2>&1; then
    flock 9
    if runs "$binary"; then
        echo "$binary"
        exit 0
    fi
fi

apt="$tools/apt"
log="$apt/log"
fetched=
for mirror in $candidates; do
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources.d" "$apt/preferences.d" "$apt/package"
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
    : >"$apt/status"
    : >"$apt/preferences"
    # The machine's own proxy and certificate settings stay in force; sources, lists and caches are ours.
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/sources.d";
Dir::Etc::preferences "$apt/preferences";
Dir::Etc::preferencesparts "$apt/preferences.d";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
    if (
        cd "$apt/package"
        timeout 180 apt-get -q -c "$apt/apt.conf" update && timeout 180 apt-get -q -c "$apt/apt.conf" download consul
    ) >"$log" 2>&1; then
        fetched=$(find "$apt/package" -name 'consul_*.deb' | head -n 1)
        [ -n "$fetched" ] && break
    fi
done
if [ -z "$fetched" ]; then
    reason=$(grep -E '^(E|W|Err)[: ]' "$log" | head -n 2 | tr '\n' ' ' || true)
    without "suite $suite for $(dpkg --print-architecture) could not be fetched. ${reason:-See $log}"
fi

unpacked="$tools/consul.new"
rm -rf "$unpacked"
mkdir -p "$unpacked"
dpkg -x "$fetched" "$unpacked" || without "the package would not unpack"
runs "$unpacked/usr/bin/consul" || without "the binary in the package does not run here"
# Into place in one step, so that a killed run leaves nothing that looks finished.
rm -rf "$home"
mv "$unpacked" "$home"
rm -rf "$apt"
echo "$binary"
