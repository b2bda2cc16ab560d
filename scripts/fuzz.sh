#!/usr/bin/env bash
# Looks for inputs that break what fuzz/src/lib.rs promises: each target for FUZZ_SECONDS (60 by default).
#
#   scripts/fuzz.sh [TARGET…]
#
# Runs on the stable toolchain: libFuzzer needs the coverage flags below and no sanitizer. What is found grows in
# target/fuzz/TARGET; what breaks a target is written to fuzz/artifacts/TARGET. FUZZ_KEEP=1 brings the inputs that reach
# something new, as few as possible, into fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets=("$@")
[ $# -gt 0 ] || targets=(parse format_twice format_keeps evaluate)
seconds="${FUZZ_SECONDS:-60}"
built="${CARGO_TARGET_DIR:-target}/fuzz-build"
grown="${CARGO_TARGET_DIR:-target}/fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')

flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
flags+=" -Cllvm-args=-sanitizer-coverage-trace-compares -Cpanic=abort"
# With --target the flags are for the targets alone, not for build scripts and macros.
RUSTFLAGS="$flags" cargo build --release --quiet --manifest-path fuzz/Cargo.toml --target "$host" \
    --target-dir "$built" "${targets[@]/#/--bin=}"

# Whole files from the repository are worth starting from: all that a person wrote as an example of the language.
seeds="$grown/seeds"
mkdir -p "$seeds"
find stdlib accounts examples tests -name '*.prov' -type f -size -16k | while read -r file; do
    cp "$file" "$seeds/$(tr / - <<<"$file")"
done

for target in "${targets[@]}"; do
    mkdir -p "$grown/$target" "fuzz/artifacts/$target" "fuzz/corpus/$target"
    echo "== $target, $seconds seconds"
    "$built/$host/release/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
        -dict=fuzz/prov.dict -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 \
        "$grown/$target" "fuzz/corpus/$target" "$seeds" 2>"$grown/$target.log" || {
        tail -n 40 "$grown/$target.log"
        exit 1
    }
    grep -E '^(#[0-9]+.*DONE|stat::number_of_executed_units|stat::average_exec_per_sec|stat::peak_rss_mb)' "$grown/$target.log"
    if [ -n "${FUZZ_KEEP:-}" ]; then
        "$built/$host/release/$target" -set_cover_merge=1 -use_counters=0 -max_len=512 \
            "fuzz/corpus/$target" "$grown/$target" "$seeds" 2>&1 | grep -i "MERGE-OUTER" | tail -1
    fi
done
