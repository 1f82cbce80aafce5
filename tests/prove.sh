#!/usr/bin/env bash
# The proofs in full, where tests/run.sh takes a sample. As root: they kill runs, mount file systems, race
# for files. docs/reliability.md says what each one proves, and how long it takes.
#
#   tests/prove.sh              all of them
#   tests/prove.sh death power  some: the names of tests/proof_NAME
set -euo pipefail
cd "$(dirname "$0")/.."

tests/run.sh setup
[ $# -gt 0 ] || set -- $(cd tests && ls -d proof_* | sed 's/^proof_//; s/\.rs$//')
# Of the program as it is shipped: it is also ten times as fast where keys are derived.
cargo build --release
export DHTLS_BINARY=$PWD/target/release/dhtls DHTLS_PROOF=full
for proof; do
    # One at a time: they count calls and descriptors, and share two cores with the servers they probe.
    OPENSSL_NO_VENDOR=1 cargo test --test "proof_$proof" -- --nocapture --test-threads=1
done
