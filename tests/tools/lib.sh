# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tests/run, tests/demo and .ci/run share: packages, builds, and an environment that nothing outside reaches.
# Sourced by bash; sets ROOT, the top of the checkout.

set -u
unset CDPATH
# Compilers look for their parts along PATH, so it must be there for them, too.
export PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
# Servers, such as nginx, are there, which is not on an ordinary user's PATH.
case ":$PATH:" in *:/usr/sbin:*) ;; *) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin ;; esac
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PYTHON=/usr/bin/python3

say () {
    printf '== %s\n' "$*"
}

die () {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# packages_in SECTION...: the names in these sections of the package list.
packages_in () {
    awk -v wanted=" $* " '
        /^\[/ { on = index (wanted, " " substr ($0, 2, length ($0) - 2) " ") > 0; next }
        on && NF && !/^#/ && !seen[$1]++ { print $1 }' "$ROOT/tests/tools/packages.txt"
}

missing_packages () {
    local package
    for package in $(packages_in "$@"); do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) printf '%s\n' "$package" ;;
        esac
    done
}

# become_root: sets BECOME to the words before a command that root must run. Nothing is asked: where that takes a password,
# it ends with what to type, for those packages.
become_root () {
    local installer=$ROOT/tests/tools/install-packages
    BECOME=()
    [ "$(id -u)" -ne 0 ] || return 0
    BECOME=(sudo -n)
    command -v sudo >/dev/null ||
        die "packages are missing, and only root can install them. As root: $installer $*"
    sudo -n true 2>/dev/null ||
        die "packages are missing, and sudo asks for a password. Give it one with 'sudo -v' and run this again, or run:
  sudo $installer $*"
}

# need_packages SECTION...: installs what is missing, or ends with an error.
need_packages () {
    local missing
    command -v dpkg-query >/dev/null || die "this is no Debian; install what tests/tools/packages.txt lists by hand"
    missing=$(missing_packages "$@" | xargs)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    become_root $missing
    say "installing: $missing"
    # shellcheck disable=SC2086
    "${BECOME[@]}" env http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
        "$ROOT/tests/tools/install-packages" $missing </dev/null || die "these packages could not be installed: $missing"
    missing=$(missing_packages "$@" | xargs)
    [ -z "$missing" ] || die "these packages are still missing: $missing"
}

# A build directory can be used again if it was made for this checkout, with the tests, and its configuration came to an end.
is_build_of () {
    "$PYTHON" - "$1" "$ROOT" <<'PYTHON' 2>/dev/null
import json, os, sys
build, source = sys.argv[1:]
made = json.load(open(os.path.join(build, "meson-info", "meson-info.json")))["directories"]
fits = made["source"] == source and os.path.samefile(made["build"], build) and not os.path.islink(build)
fits = fits and "standin" in (target["name"] for target in json.load(open(os.path.join(build, "meson-info", "intro-targets.json"))))
sys.exit(not (fits and os.path.exists(os.path.join(build, "build.ninja"))))
PYTHON
}

# build_in NAME [MESON-OPTION...] [-- TARGET...]: configures (once) and builds everything, or some targets, in ROOT/NAME.
# A configuration that is out of date is renewed by ninja.
build_in () {
    local directory=$ROOT/$1 options=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    [ $# -eq 0 ] || shift
    if ! is_build_of "$directory"; then
        rm -rf "$directory"
        meson setup "$directory" "$ROOT" --native-file "$ROOT/tests/tools/build.ini" "${options[@]}" </dev/null ||
            die "meson could not configure $directory"
    fi
    # Sources that went away with an older time than the configuration's.
    ninja -C "$directory" -n "$@" </dev/null >/dev/null 2>&1 || meson setup --reconfigure "$directory" "$ROOT" </dev/null
    ninja -C "$directory" "$@" </dev/null || die "the build in $directory failed"
}

# requirements_in FILE: its lines, with those of the files that it takes in by -r.
requirements_in () {
    local line
    while read -r line; do
        case $line in
        '-r '*) requirements_in "${1%/*}/${line#-r }" || return 1 ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$1"
}

# install_clients NAME DIRECTORY [SUITE]: makes DIRECTORY/NAME, the virtual environment of tests/SUITE/requirements-NAME.txt
# (interop), or takes the one that was made from the same requirements.
install_clients () {
    local venv=$2/$1 file=$ROOT/tests/${3-interop}/requirements-$1.txt wanted
    wanted=$(requirements_in "$file") || return 1
    if [ "$wanted" = "$(cat "$venv/requirements.txt" 2>/dev/null)" ] && "$venv/bin/python" -c ''; then
        return 0
    fi
    say "installing $1 into $venv"
    rm -rf "$venv"
    mkdir -p "$2"
    "$PYTHON" -m venv "$venv" || return 1
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps -r "$file" || return 1
    printf '%s\n' "$wanted" >"$venv/requirements.txt"
}

# start_standin PROGRAM [OPTION...]: starts the stand-in server with its sample archive; sets SERVER to its address.
start_standin () {
    local program=$1 tries
    shift
    rm -f "$SCRATCH/address"
    "$program" --port-file "$SCRATCH/address" --root "$SCRATCH/archive" "$@" >/dev/null &
    STANDIN_PID=$!
    for tries in $(seq 100); do
        [ -s "$SCRATCH/address" ] && break
        kill -0 "$STANDIN_PID" 2>/dev/null || break
        sleep 0.1
    done
    SERVER=$(cat "$SCRATCH/address" 2>/dev/null) && [ -n "$SERVER" ]
}

stop_standin () {
    [ -n "${STANDIN_PID-}" ] || return 0
    kill "$STANDIN_PID" 2>/dev/null
    wait "$STANDIN_PID" 2>/dev/null
    STANDIN_PID=
    rm -rf "$SCRATCH/archive"
}

# make_scratch: sets SCRATCH to a directory that goes when the script ends.
make_scratch () {
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/xnatstorage-XXXXXX") || die "cannot make a temporary directory"
    mkdir "$SCRATCH/home"
}

# Nothing of the user's may change what a test or the demonstration does: no login, no setting, no proxy for 127.0.0.1.
isolate () {
    unset http_proxy https_proxy ftp_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY
    unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE
    unset XNAT_HOST XNAT_USER XNAT_PASS NETRC IOPLUG_PATH XDG_RUNTIME_DIR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
    # pytest shows endless differences of large files where it sees these.
    unset CI BUILD_NUMBER
    unset G_MESSAGES_DEBUG MALLOC_PERTURB_ PYTHONPATH PYTHONHOME LD_PRELOAD
    # A warning or critical of GLib's is a mistake of ours, and ends the program that makes it.
    export G_DEBUG=fatal-warnings
    export XNATSTORAGE_STATE_DIR=$SCRATCH/state
    export HOME=$SCRATCH/home LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
}
