#!/usr/bin/env bash
# Goes on with the training of models/flowers.safetensors, the generator of five kinds of flowers, against a
# projected discriminator on EfficientNet-lite0.
#
#   POLYINR_DATA=FOLDER trainer/recipes/flowers.sh [RUN]
#
# FOLDER holds flowers128_part1of2.zip, flowers128_part2of2.zip and flowers128.dataset.json. RUN is the run's
# folder (runs/flowers): it begins with the model in models/; called again with the same variables, it goes on. At the end the
# new model is measured and drawn beside the one it began with. Nothing is replaced: look at both sheets before
# you take the new one.
#
#   FROM=MODEL        another model to begin with; FROM=none begins with random weights, on a processor with smaller
#                     networks at 32x32: flowers after 24 thousand pictures, a quarter of an hour on one thread
#   DEVICE=cuda:0     trains on a GPU, for longer, at the discriminator's full size
#   THREADS=2         processor threads
#   MINUTES=60        stops after so long, to go on another time
#   RESOLUTION, KIMG  stages: sides of the pictures, and thousands of pictures for each
#   LR_G, LR_D        learning rates (1e-4, 2e-4; from random weights 3e-4, 2e-4), see docs/TRAINING.md; a run that
#                     goes on may have others
#   MEASURE=1000      pictures that are measured; 0 for none
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of flowers128_part1of2.zip}"
run=${1:-runs/flowers}
device=${DEVICE:-cpu}
measure=${MEASURE:-1000}
shipped=models/flowers.safetensors
before=${FROM:-$shipped}
rates=(--lr-g "${LR_G:-1e-4}" --lr-d "${LR_D:-2e-4}")
start=(--blur-sigma 0)
if [ "$before" = none ]; then
    rates=(--lr-g "${LR_G:-3e-4}" --lr-d "${LR_D:-2e-4}")
    start=(--blur-kimg 40 --embedding auto --seed 1)
fi
case $device in
cuda*)
    resolution=${RESOLUTION:-64,128} kimg=${KIMG:-4000,2000}
    size=(--batch 64 --feature-side 224 --mixed-channels 64)
    ;;
*)
    resolution=${RESOLUTION:-64} kimg=${KIMG:-60}
    if [ "$before" = none ]; then resolution=${RESOLUTION:-32} kimg=${KIMG:-300}; fi
    size=(--batch 32 --feature-side 128 --mixed-channels 32)
    if [ "$before" = none ]; then size=(--features 64 --batch 16 --feature-side 128 --mixed-channels 16); fi
    ;;
esac
licence="MIT OR Apache-2.0; trained on CC BY 2.0 photographs (credit: models/flowers.ATTRIBUTION.txt)"
data=(--data "$POLYINR_DATA/flowers128_part1of2.zip" "$POLYINR_DATA/flowers128_part2of2.zip"
    --labels "$POLYINR_DATA/flowers128.dataset.json" --hold-back 49)

cargo xtask libtorch
efficientnet=$(cargo xtask efficientnet)
cargo build --release --quiet --package polyinr-train
trainer=${CARGO_TARGET_DIR:-target}/release/polyinr-train

options=(--device "$device" --resolution "$resolution" --kimg "$kimg" "${rates[@]}")
if [ -n "${THREADS:-}" ]; then options+=(--threads "$THREADS"); fi
if [ -d "$run/checkpoints" ]; then
    options+=(--resume "$run")
else
    options+=(--out "$run" --mirror --discriminator projected --efficientnet "$efficientnet" "${size[@]}"
        "${start[@]}" --jitter 0.5 --ema-ramp 0.15)
    if [ "$before" != none ]; then options+=(--from "$before" --d-head-start 2); fi
fi
# SIGINT saves and stops, with status 130.
status=0
timeout --foreground --signal INT "${MINUTES:-100000}m" "$trainer" train "${data[@]}" "${options[@]}" || status=$?
case $status in 0 | 124 | 130) ;; *) exit "$status" ;; esac

new=$run/flowers.safetensors
rm -f "$new"
"$trainer" export "$run" -o "$new" --half --licence "$licence"
if [ "$measure" = 0 ]; then exit; fi
cargo build --release --quiet --bin polyinr
if [ "$before" = none ]; then before=$shipped; fi
for model in "$before" "$new"; do
    sheet=$run/$([ "$model" = "$new" ] && echo new || echo before).png
    "${CARGO_TARGET_DIR:-target}/release/polyinr" generate --model "$model" --seed 0-7 --class all --size 64 --grid \
        --overwrite -o "$sheet"
    "$trainer" evaluate "$model" "${data[@]}" --device "$device" --resolution 64 --images "$measure" \
        --efficientnet "$efficientnet" --reference-split --metrics rfid,precision,recall,fd-efficientnet,recognised
done
echo "to take the new model: cp $new $shipped"
