#!/usr/bin/env bash
# Mutation testing of what must not be wrong: the editors and the transaction. Each mutant is one small
# fault; the unit tests have to notice it. Needs cargo-mutants and cargo-nextest from crates.io.
#
#   tests/mutation.sh editors       about 490 mutants, an hour on two idle cores
#   tests/mutation.sh transaction   about 250 mutants, as long
#   tests/mutation.sh editors -f src/config/props/edit.rs    only these files; see cargo mutants --help
#
# The rooms below pki stand alone, so they are built as a crate of their own: seconds for a mutant, not a
# minute. What was missed is in target/mutation/NAME/mutants.out/missed.txt; docs/reliability.md explains
# what is left there.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    editors)
        rooms='config error secret'
        files='config/lines config/props config/props/edit config/props/resolve
            config/lighttpd/edit config/lighttpd/entries config/lighttpd/place config/lighttpd/comment
            config/lighttpd/modules config/getdown config/getdown/edit config/getdown/pair config/htpasswd'
        tests='config::' ;;
    transaction)
        rooms='error secret system'
        files='system/transaction system/transaction/* system/atomic system/journal system/lock
            system/history/rollback'
        tests='system::transaction:: system::history:: system::lock:: system::atomic::' ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
name=$1
shift

top=$PWD
folder=$top/target/mutation/$name
rm -rf "$folder/src"
mkdir -p "$folder/src"
for room in $rooms; do
    cp -r "src/$room.rs" "$folder/src/"
    [ ! -d "src/$room" ] || cp -r "src/$room" "$folder/src/"
done
# Held against a lighttpd of the room above.
[ ! -f "$folder/src/system.rs" ] || sed -i '/mod survey;/d' "$folder/src/system.rs"
{
    echo '#![allow(dead_code, reason = "the rooms above are not here")]'
    printf 'mod %s;\n' $rooms
} > "$folder/src/lib.rs"
# The dependencies are the same; the feature, the benchmarks and the size of the binary are not wanted.
sed '/^\[\[bench\]\]/,$d; s/^default = .*/default = []/' Cargo.toml > "$folder/Cargo.toml"
printf '[profile.dev]\ndebug = 0\n\n[workspace]\n' >> "$folder/Cargo.toml"
cp Cargo.lock "$folder/"
ln -sfn "$top/testdata" "$folder/testdata"

wanted=()
case " $* " in
    *' -f '*) ;;
    *) for file in $files; do wanted+=(-f "src/$file.rs"); done ;;
esac
cd "$folder"
# In place: the crate is a copy already, and its dependencies are built once.
OPENSSL_NO_VENDOR=1 exec cargo mutants --in-place --baseline skip --timeout 300 --test-tool nextest \
    "${wanted[@]}" "$@" -- --lib $tests
