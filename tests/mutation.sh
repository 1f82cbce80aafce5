#!/usr/bin/env bash
# Mutation testing of what must not be wrong: the editors and the transaction. Each mutant is one small
# fault; the unit tests have to notice it. Needs cargo-mutants from crates.io.
#
#   tests/mutation.sh transaction
#   tests/mutation.sh props         or one of the other editors: lines, getdown, htpasswd, lighttpd
#   tests/mutation.sh props -f src/config/props/edit.rs    only this file; see cargo mutants --help
#
# The rooms below pki stand alone, so they are built as a crate of their own: seconds for a mutant, not a
# minute. What was missed is in target/mutation/NAME/mutants.out/missed.txt; docs/reliability.md explains
# what is left there.
set -euo pipefail
cd "$(dirname "$0")/.."

editors='getdown htpasswd lighttpd monit props'
rooms='' tests='' slow=''
case ${1:-} in
    lines)
        files='config/lines'
        tests='config:: fuzzing::' ;;
    props) files='config/props config/props/edit config/props/resolve' ;;
    getdown) files='config/getdown config/getdown/edit config/getdown/pair' ;;
    htpasswd)
        files='config/htpasswd'
        slow='tests::hashes tests::live' ;;
    lighttpd)
        files='config/lighttpd/edit config/lighttpd/entries config/lighttpd/place config/lighttpd/comment
            config/lighttpd/modules'
        slow='::lighttpd_' ;;
    transaction)
        rooms='error secret system'
        files='system/transaction system/transaction/* system/atomic system/journal system/lock
            system/history/rollback'
        tests='system::transaction:: system::history:: system::lock:: system::atomic::'
        slow=system::transaction::tests::faults ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
# An editor's own tests, and what has to hold for any input of it.
: "${rooms:=config error secret fuzzing}" "${tests:=config::$1:: fuzzing::tests::$1}"
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
    printf 'mod %s;\n' $rooms | sed '/fuzzing/s/^/#[cfg(test)] /'
} > "$folder/src/lib.rs"
# What has to hold for any input, of the editors alone.
if [ -f "$folder/src/fuzzing.rs" ]; then
    {
        printf 'mod %s;\n' edit input $editors
        for editor in $editors; do echo "pub(crate) use $editor::$editor;"; done
        printf '#[cfg(test)]\nmod tests;\n'
    } > "$folder/src/fuzzing.rs"
    others=$(sed -n 's/^    \([a-z_]*\),$/\1/p' src/fuzzing/tests.rs | grep -vxF "$(printf '%s\n' $editors)")
    sed -i "$(printf '/^    %s,$/d;' $others)" "$folder/src/fuzzing/tests.rs"
fi
# The dependencies are the same; the feature, the benchmarks and the size of the binary are not wanted.
sed '/^\[\[bench\]\]/,$d; s/^default = .*/default = []/' Cargo.toml > "$folder/Cargo.toml"
printf '[profile.dev]\ndebug = 0\n\n[workspace]\n' >> "$folder/Cargo.toml"
cp Cargo.lock "$folder/"
ln -sfn "$top/testdata" "$top/fuzz" "$folder/"

wanted=()
case " $* " in
    *' -f '*) ;;
    *) for file in $files; do wanted+=(-f "src/$file.rs"); done ;;
esac
cd "$folder"
export CARGO_TARGET_DIR=$top/target/mutation/build
# In place: the crate is a copy already, and its dependencies are built once.
mutate() {
    local seconds=$1
    shift
    OPENSSL_NO_VENDOR=1 cargo mutants --in-place --baseline skip --timeout "$seconds" -C --lib "${wanted[@]}" "$@"
}
if [ -z "$slow" ]; then
    mutate 100 "$@" -- -- $tests
else
    # What the others notice need not be shown to the slow tests, which fail minutes later.
    mutate 100 "$@" -- -- $tests $(printf ' --skip %s' $slow) || true
    mutate 600 --iterate "$@" -- -- $tests
fi
