#!/usr/bin/env bash
# Newer Debian releases beside the running one, to test plug-ins in the programs that they hold.
#
#   chroot.sh make SUITE PACKAGE...      makes the system, or brings its packages up to the list
#   chroot.sh path SUITE                 says where it is
#   chroot.sh run SUITE [OPTION...] -- COMMAND...
#       --bind OUTSIDE:INSIDE            shows a folder of this system inside
#       --read-only INSIDE               makes a folder read-only, for root as well
#       --env NAME=VALUE                 sets a variable; nothing else is handed on
#       --directory INSIDE               the working folder
#
# SUITE `-` is, for `run`, the running system itself. The others are made once, in the user's cache
# folder. Mounts live in a mount namespace of each command's own, so none is left behind and nothing
# of this system can be removed through them; processes that a command leaves behind end with it.
set -euo pipefail

self=$(readlink -f "${BASH_SOURCE[0]}")
# shellcheck source=common.sh
source "$(dirname "$self")/common.sh"
mirror=${POLYINR_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# root_of SUITE: its folder, nothing for the running system.
root_of() {
    if [[ $1 == - ]]; then return; fi
    [[ -d $systems/$1 ]] || fail "$1 has not been made"
    echo "$systems/$1"
}

# bootstrap SUITE: the bare system, under its name only when it is whole.
bootstrap() {
    local suite=$1 root=$systems/$1 script=/usr/share/debootstrap/scripts
    [[ -d $root ]] && return
    command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
    # Suites newer than debootstrap itself are made like the newest that it knows.
    if [[ -e $script/$suite ]]; then script=$script/$suite; else script=$script/trixie; fi
    mkdir -p "$systems"
    once() {
        rm -rf --one-file-system "$root.new"
        debootstrap --variant=minbase "$suite" "$root.new" "$mirror" "$script" >"$root.log" 2>&1
    }
    echo "chroot: making $suite in $root" >&2
    persist once || fail "debootstrap $suite: see $root.log"
    # Services must not be started by packages, and documentation is not needed.
    printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
    chmod +x "$root.new/usr/sbin/policy-rc.d"
    printf 'path-exclude=/usr/share/%s/*\n' doc man info >"$root.new/etc/dpkg/dpkg.cfg.d/polyinr"
    mv -T "$root.new" "$root"
}

# make_system SUITE PACKAGE...: installs those packages that are not there.
make_system() {
    local suite=$1 root=$systems/$1 packages
    shift
    mkdir -p "$systems"
    exec 9>"$systems/$suite.lock"
    flock 9
    bootstrap "$suite"
    mapfile -t packages < <(missing "$root" "$@")
    ((${#packages[@]})) || return 0
    echo "chroot: installing packages in $suite: ${packages[*]}" >&2
    persist install_inside "${packages[@]}" || fail "packages of $suite: see $root.log"
}

# install_inside PACKAGE...: in the system of `make_system`.
install_inside() {
    "$self" run "$suite" -- sh -c '
        set -e
        dpkg --configure -a
        apt-get -qq -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 update
        apt-get -qq -o Acquire::Retries=3 --fix-broken install
        apt-get -qq -o Acquire::Retries=3 install --yes --no-install-recommends "$@"
        apt-get clean
    ' install "$@" >>"$root.log" 2>&1 9>&-
}

# enter SUITE [OPTION...] -- COMMAND...: what `run` calls in the namespaces.
enter() {
    local root directory=/ option
    root=$(root_of "$1")
    local variables=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
    shift
    mount -t proc proc "$root/proc"
    if [[ -n $root ]]; then
        mount --bind /dev "$root/dev"
        mount --bind /dev/pts "$root/dev/pts"
        mount -t tmpfs tmpfs "$root/dev/shm"
        mount -t tmpfs tmpfs "$root/tmp"
        cp /etc/resolv.conf "$root/etc/resolv.conf"
    fi
    while [[ $# -gt 0 && $1 != -- ]]; do
        option=$1
        [[ $# -ge 2 ]] || fail "$option: its value is missing"
        case $option in
            --bind)
                mkdir -p "$root${2#*:}"
                mount --bind "${2%%:*}" "$root${2#*:}"
                ;;
            --read-only)
                mount --bind "$root$2" "$root$2"
                mount -o remount,bind,ro "$root$2"
                ;;
            --env) variables+=("$2") ;;
            --directory) directory=$2 ;;
            *) fail "unknown option: $option" ;;
        esac
        shift 2
    done
    [[ $# -ge 2 ]] || fail "no command is given"
    shift
    # `chroot` as the last process here is the first of its namespace: it must not be replaced by
    # the command, which would then ignore signals that it does not handle.
    env -i "${variables[@]}" chroot "${root:-/}" sh -c 'cd "$1" && shift && exec "$@"' enter "$directory" "$@"
}

[[ $# -ge 2 ]] || fail "usage: chroot.sh make|path|run SUITE ..."
[[ $(id -u) == 0 ]] || fail "only root can make and enter other systems"
action=$1
shift
case $action in
    make) make_system "$@" ;;
    path) root_of "$1" ;;
    # What a command started must not go on when it is interrupted.
    run) exec unshare --mount --propagation private --pid --fork --kill-child -- "$self" enter "$@" ;;
    enter) enter "$@" ;;
    *) fail "unknown action: $action" ;;
esac
