# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The static libraries of a wheel that Debian does not have in a fit form, built from Debian's sources: apt verifies who signed
# them, and they are the newest of Debian 12, with its fixes. Sourced by build-wheel.

set -u -o pipefail
unset CDPATH
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
ROOT=$(cd "$HERE/../.." && pwd -P)
BUILD=$ROOT/build-wheel
PREFIX=$BUILD/prefix
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org}

# What is linked in, and what builds it.
PACKAGES=(gcc make libc6-dev meson ninja-build pkg-config dpkg-dev binutils python3-venv libglib2.0-dev libpcre2-dev zlib1g-dev
    libyajl-dev libssl-dev libnghttp2-dev)

say () {
    printf '== %s\n' "$*"
}

die () {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need_packages_here () {
    local package missing=()
    for package in "${PACKAGES[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] || die "packages are missing: apt-get install ${missing[*]}"
}

# apt with package lists of its own, of sources alone: it changes nothing of the machine's, and needs no root.
apt_here () {
    mkdir -p "$BUILD/apt/lists/partial" "$BUILD/apt/archives/partial"
    local suite
    for suite in "debian bookworm" "debian bookworm-updates" "debian-security bookworm-security"; do
        printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s/%s main\n' "$MIRROR" "$suite"
    done >"$BUILD/apt/sources.list"
    apt-get -q -o Dir::State="$BUILD/apt" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$BUILD/apt" \
        -o Dir::Etc::SourceList="$BUILD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User= \
        -o Acquire::Retries=3 "$@"
}

# get_source NAME [VERSION]: unpacks it, with Debian's patches, as $BUILD/sources/NAME, and keeps what it was made of beside it.
get_source () {
    local directory=$BUILD/sources/$1
    [ ! -d "$directory" ] || return 0
    rm -rf "$directory.new"
    mkdir -p "$directory.new"
    (cd "$directory.new" && apt_here source --only-source "$1${2+=$2}" && mv "$1"-*/ tree) || return 1
    mv "$directory.new" "$directory"
}

# build_one NAME FUNCTION: builds it in a directory of its own, once, and anew when the recipe is another.
build_one () {
    local name=$1 recipe
    recipe=$FLAGS$READS$(declare -f "$2" compile archive)
    [ "$recipe" != "$(cat "$BUILD/$name.done" 2>/dev/null)" ] || return 0
    rm -rf "${BUILD:?}/$name" && mkdir "$BUILD/$name" && cd "$BUILD/$name" || return 1
    say "building $name"
    "$2" >"$BUILD/$name.log" 2>&1 || { tail -n 20 "$BUILD/$name.log" >&2 && return 1; }
    printf '%s\n' "$recipe" >"$BUILD/$name.done"
}

FLAGS="-O2 -fPIC -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2"

# HTTP and HTTPS by HTTP/1.1 and 2, proxies, compression by zlib. Credentials and cookies are the plugin's own business.
build_curl () {
    local off=(ldap ldaps ftp file dict telnet tftp pop3 imap smb smtp gopher mqtt rtsp manual ntlm-wb unix-sockets
        alt-svc hsts dependency-tracking sspi tls-srp ares doh libcurl-option cookies aws)
    local without=(brotli zstd libpsl libidn2 librtmp libssh2 libssh gssapi ca-path)
    CFLAGS=$FLAGS "$BUILD/sources/curl/tree/configure" --quiet --prefix="$PREFIX" --disable-shared --enable-static \
        "${off[@]/#/--disable-}" "${without[@]/#/--without-}" --with-openssl --with-nghttp2 --with-zlib \
        --enable-threaded-resolver --with-ca-bundle=/etc/ssl/certs/ca-certificates.crt &&
        make -s -j2 -C lib && make -s -C lib install && make -s -C include install && make -s install-pkgconfigDATA
}

# compile TREE EXPRESSION [OPTION...]: those of its C files whose names fit, into the working directory, without the build
# system that they come with.
compile () {
    local tree=$1 names=$2
    shift 2
    # shellcheck disable=SC2086
    find "$tree" -maxdepth 1 -regextype posix-extended -regex ".*/($names)\.c" -print0 |
        xargs -0 -n 4 -P 2 gcc $FLAGS -I. -I"$tree" "$@" -c
}

# archive NAME: what was compiled, as a static library.
archive () {
    mkdir -p "$PREFIX/lib/pkgconfig" "$PREFIX/include"
    rm -f "$PREFIX/lib/lib$1.a"
    ar rcs "$PREFIX/lib/lib$1.a" ./*.o
}

# What of libarchive the plugin uses: a symbol that is missing would fail the link.
READS="archive_(acl|check_magic|cryptor|entry.*|hmac|ppmd8|rb|read|read_add_passphrase|string.*|util|virtual)"
READS+="|archive_read_support_(filter_gzip|format_(tar|zip))"

# ZIP and TAR, compressed by zlib: without a second TLS library, XML and access control lists. Its own libtool is of two
# versions, and so of no use.
build_libarchive () {
    local off=(bsdtar bsdcat bsdcpio acl xattr dependency-tracking)
    local without=(xml2 expat nettle openssl bz2lib lzma lz4 zstd lzo2 iconv libb2 cng)
    local tree=$BUILD/sources/libarchive/tree
    CFLAGS=$FLAGS "$tree/configure" --quiet --prefix="$PREFIX" --disable-shared --enable-static \
        "${off[@]/#/--disable-}" "${without[@]/#/--without-}" &&
        compile "$tree/libarchive" "$READS" -D__LIBARCHIVE_BUILD -DHAVE_CONFIG_H && archive archive &&
        cp "$tree"/libarchive/archive{,_entry}.h "$PREFIX/include" && make -s install-pkgconfigDATA
}

# Debian's is for programs alone: it can be no part of a plugin. The headers are Debian's.
build_nghttp2 () {
    compile "$BUILD/sources/nghttp2/tree/lib" ".*" -DHAVE_ARPA_INET_H -DHAVE_NETINET_IN_H && archive nghttp2
}

# Debian's has another name than the shared one, for which people ask.
find_yajl () {
    mkdir -p "$PREFIX/lib/pkgconfig"
    cp "$(gcc -print-file-name=libyajl_s.a)" "$PREFIX/lib/libyajl.a" || return 1
    printf '%s\n' 'Name: yajl' 'Description: JSON' "Version: $(pkg-config --modversion yajl)" "Libs: -L$PREFIX/lib -lyajl" \
        "Cflags: $(pkg-config --cflags yajl)" >"$PREFIX/lib/pkgconfig/yajl.pc"
}

get_sources () {
    local name all=yes
    for name in curl libarchive nghttp2; do [ -d "$BUILD/sources/$name" ] || all=; done
    [ -z "$all" ] || return 0
    say "fetching Debian's sources of curl, libarchive and nghttp2"
    { apt_here update && get_source curl && get_source libarchive &&
        get_source nghttp2 "$(dpkg-query -W -f '${source:Version}' libnghttp2-dev)"; } >"$BUILD/sources.log" 2>&1 ||
        { tail -n 20 "$BUILD/sources.log" >&2 && return 1; }
}

# The two that take long, beside each other.
build_libraries () {
    local curl
    get_sources && find_yajl || return 1
    (build_one curl build_curl) &
    curl=$!
    (build_one nghttp2 build_nghttp2 && build_one libarchive build_libarchive) || { wait $curl; return 1; }
    wait $curl
}

# collect_sources DIRECTORY: what somebody needs to build the same wheel with a GLib of his own.
collect_sources () {
    local directory=$1/sources glib
    say "collecting the sources in $directory"
    glib=$(dpkg-query -W -f '${source:Package}=${source:Version}' libglib2.0-dev) && mkdir -p "$directory" &&
        (cd "$ROOT" && tar -cz --exclude=__pycache__ --transform=s,^,xnatstorage/, plugin host-api tests meson*.* README.md \
            LICENSE) >"$directory/xnatstorage.tar.gz" &&
        cp "$BUILD"/sources/*/*.{dsc,tar.*} "$directory" && apt_here update &&
        (cd "$directory" && apt_here source --download-only --only-source "$glib")
}
