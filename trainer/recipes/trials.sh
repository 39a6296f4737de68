#!/usr/bin/env bash
# Short runs of upscalers that differ in one thing, to decide what a long one trains: one after another, all
# with the same photographs, steps and draws.
#
#   POLYINR_DATA=FOLDER trainer/recipes/trials.sh [TRIAL...]
#
# FOLDER holds photos_cc0.zip, photos_flowers_ccby.zip, set5.zip and set14.zip. Without TRIAL all are made, in
# the order of `options_of`. Each has a folder under RUNS; called again, what is finished is passed over and what
# is not goes on from its last checkpoint, so that it may be stopped at any time. RUNS/trials.log says
# where it stands; RUNS/trials.txt is the table of what is finished.
#
#   RUNS=FOLDER        where to (the user's cache folder, polyinr/training/trials-STEPS)
#   STEPS=1500         steps of each
#   THREADS=1          processor threads
#   PRECISION=f32      or bf16
#   NICE=19            how much other programs go first
#   TRAINER=PROGRAM    polyinr-train, where it is built already
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of photos_cc0.zip}"
steps=${STEPS:-1500}
runs=${RUNS:-${XDG_CACHE_HOME:-$HOME/.cache}/polyinr/training/trials-$steps}
all=(today terms-point-28 branches attention large terms terms-point wide)

# What a trial has that is not as by default.
options_of() {
    local best=(--blend terms --affine-side 1 --blocks 28)
    case $1 in
    today) ;;
    terms) echo --blend terms ;;
    terms-point) echo --blend terms --affine-side 1 ;;
    terms-point-28) echo "${best[@]}" ;;
    branches) echo "${best[@]}" --branches ;;
    attention) echo "${best[@]}" --attention ;;
    large) echo "${best[@]}" --large-side 13 ;;
    wide) echo --blend terms --affine-side 1 --channels 48 --blocks 12 ;;
    *)
        echo "trials: no trial is called $1; there are ${all[*]}" >&2
        return 1
        ;;
    esac
}

trainer=${TRAINER:-}
if [ -z "$trainer" ]; then
    cargo xtask libtorch
    cargo build --release --quiet --package polyinr-train
    trainer=${CARGO_TARGET_DIR:-target}/release/polyinr-train
fi
mkdir -p "$runs"
log=$runs/trials.log

say() {
    echo "$(date '+%F %T') $*" >>"$log"
}

# The last measurement of a run as a row of the table.
row() {
    grep '"psnr"' "$runs/$1/stats.jsonl" | tail -n 1 | sed -E \
        -e 's/.*"step":([0-9]+).*"psnr":\[(.*)\].*/\1 \2/' \
        -e 's/\{"set":"([^"]*)","factor":([0-9]+),"psnr":([0-9]+\.[0-9]{0,3})[0-9]*\},?/ \1 x\2 \3/g' \
        -e "s/^/$1: steps /"
}

# trial NAME: begins or goes on; done when the file `done` is there.
trial() {
    local name=$1 run=$runs/$1 words options
    words=$(options_of "$name")
    if [ -e "$run/done" ]; then
        say "$name: finished before"
        return
    fi
    read -ra options <<<"$words"
    if [ -n "$(ls "$run/checkpoints" 2>/dev/null)" ]; then
        options=(--resume "$run")
    else
        options+=(--out "$run" --precision "${PRECISION:-f32}" --checkpoint-steps 250)
    fi
    say "$name: ${options[*]}"
    nice -n "${NICE:-19}" "$trainer" upscaler --steps "$steps" --threads "${THREADS:-1}" \
        --photos "$POLYINR_DATA/photos_cc0.zip" --halve "$POLYINR_DATA/photos_flowers_ccby.zip" \
        --validate "$POLYINR_DATA/set5.zip" "$POLYINR_DATA/set14.zip" --validate-steps "$steps" \
        --name "$name" "${options[@]}" >>"$log" 2>&1
    touch "$run/done"
    row "$name" >>"$runs/trials.txt"
    say "$name: finished"
}

if (($# == 0)); then set -- "${all[@]}"; fi
for name in "$@"; do
    trial "$name"
done
say "all are finished; the table is $runs/trials.txt"
