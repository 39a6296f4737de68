# What the scripts of the plug-ins' tests have in common; sourced by them.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
chroot=$repository/plugins/tests/chroot.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/polyinr
systems=$cache/hosts
target=$(realpath -m "${CARGO_TARGET_DIR:-$repository/target}")

fail() {
    echo "$(basename "$0"): error: $*" >&2
    exit 1
}

# persist COMMAND...: tries three times, for the network's sake.
persist() {
    local try
    for try in 1 2 3; do
        "$@" && return
        echo "$(basename "$0"): failed ($try of 3): $*" >&2
        sleep $((try * 5))
    done
    return 1
}

# missing SYSTEM PACKAGE...: those packages that are not installed in the system in a folder.
missing() {
    local system=${1%/} package status
    shift
    for package in "$@"; do
        status=$(dpkg-query --admindir "$system/var/lib/dpkg" --show --showformat '${db:Status-Status}' \
            "$package" 2>/dev/null) || status=unknown
        if [[ $status != installed ]]; then echo "$package"; fi
    done
}

# apt PACKAGE...: installs what is missing on this system.
apt() {
    local packages
    mapfile -t packages < <(missing / "$@")
    ((${#packages[@]})) || return 0
    echo "$(basename "$0"): apt-get install ${packages[*]}" >&2
    persist install_here "${packages[@]}" || fail "packages cannot be installed: ${packages[*]}"
}

install_here() {
    apt-get -qq -o DPkg::Lock::Timeout=300 update &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install --yes \
            --no-install-recommends "$@" >/dev/null
}

# The command line, with which results are compared. It has build results of its own: cargo keeps one
# shared library a folder, and in that of the installed one, which has other features, each of the two
# would be built anew after the other.
program() {
    (cd "$repository" && CARGO_TARGET_DIR=$target/program cargo build --quiet --release --bin polyinr) &&
        echo "$target/program/release/polyinr"
}

# prepare HOST VERSION SUITE: sees that all is there that a run of the tests needs, as the arrays
# `packages` (of the suite) and `host_packages` (of this system) say; `work` is an empty folder that
# no other run has meanwhile, `python` has the modules that the tests import.
prepare() {
    [[ $(id -u) == 0 ]] || fail "this must run as root"
    python=$cache/python/bin/python3
    [[ -x $python ]] || fail "$python is missing: cargo xtask setup"
    work=$systems/$1-$2
    mkdir -p "$systems"
    exec 8>"$work.lock"
    flock 8
    # Programs of a run that was stopped may still be writing.
    rm -rf --one-file-system "$work" || { sleep 3 && rm -rf --one-file-system "$work"; }
    mkdir -p "$work"
    if [[ $3 == - ]]; then
        apt "${host_packages[@]}" "${packages[@]}"
    else
        apt "${host_packages[@]}"
        "$chroot" make "$3" "${packages[@]}"
    fi
}
