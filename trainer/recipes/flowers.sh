#!/usr/bin/env bash
# Trains a generator of five kinds of flowers, models/flowers.safetensors, or goes on with its training.
#
#   POLYINR_DATA=FOLDER trainer/recipes/flowers.sh [RUN]
#
# FOLDER holds flowers128_part1of2.zip, flowers128_part2of2.zip and flowers128.dataset.json. RUN is the run's
# folder (runs/flowers); called again, the run there goes on. At the end the model is measured beside the one
# in models/ (flowers32 before there is one), and takes its place only where its rFID is lower.
#
#   DEVICE=cuda:0     trains on a GPU, for longer
#   THREADS=2         processor threads
#   MINUTES=60        stops after so long, to go on another time
#   RESOLUTION, KIMG  stages: sides of the pictures, and thousands of pictures for each
#   MEASURE=1000      pictures that are measured; 0 for none
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of flowers128_part1of2.zip}"
run=${1:-runs/flowers}
device=${DEVICE:-cpu}
measure=${MEASURE:-1000}
resolution=${RESOLUTION:-16,32,64}
case $device in
cuda*) kimg=${KIMG:-400,2000,4000} ;;
*) kimg=${KIMG:-120,120,120} ;;
esac
shipped=models/flowers.safetensors
licence="MIT OR Apache-2.0; trained on CC BY 2.0 photographs (credit: models/flowers.ATTRIBUTION.txt)"
data=(--data "$POLYINR_DATA/flowers128_part1of2.zip" "$POLYINR_DATA/flowers128_part2of2.zip"
    --labels "$POLYINR_DATA/flowers128.dataset.json" --hold-back 49)

cargo xtask libtorch
cargo build --release --quiet --package polyinr-train
trainer=${CARGO_TARGET_DIR:-target}/release/polyinr-train

options=(--resolution "$resolution" --kimg "$kimg" --device "$device")
if [ -n "${THREADS:-}" ]; then options+=(--threads "$THREADS"); fi
if [ -d "$run/checkpoints" ]; then
    options+=(--resume "$run")
else
    options+=(--out "$run" --mirror --batch 64 --levels 10 --features 128 --d-channels 1024 --d-channels-max 128
        --lr-d 4e-3)
fi
# SIGINT saves and stops, with status 130.
status=0
timeout --foreground --signal INT "${MINUTES:-100000}m" "$trainer" train "${data[@]}" "${options[@]}" || status=$?
case $status in 0 | 124 | 130) ;; *) exit "$status" ;; esac

"$trainer" export "$run" -o "$run/flowers.safetensors" --half --licence "$licence"
if [ "$measure" = 0 ]; then exit; fi
# rFID of a model, and precision and recall beside it.
figures() {
    "$trainer" evaluate "$1" "${data[@]}" --device "$device" --resolution 64 --images "$measure" \
        --max-images "$measure" --metrics rfid,precision,recall | tee /dev/stderr
}
rfid() { figures "$1" | sed -n 's/^model: rFID \([0-9.]*\) .*/\1/p'; }
new=$(rfid "$run/flowers.safetensors")
# Before there is one, the generator that is built in.
built_in=$shipped
if [ ! -f "$built_in" ]; then built_in=models/flowers32.safetensors; fi
old=$(rfid "$built_in")
if awk "BEGIN { exit !($new < $old) }"; then
    cp "$run/flowers.safetensors" "$shipped"
    echo "$shipped is the new model: rFID $new, $old before"
else
    echo "$shipped is left alone: rFID $old, the new model $new"
fi
