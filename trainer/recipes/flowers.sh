#!/usr/bin/env bash
# Goes on with the training of the generator of five kinds of flowers: from models/flowers.safetensors, or, before
# there is one, from flowers32.
#
#   POLYINR_DATA=FOLDER trainer/recipes/flowers.sh [RUN]
#
# FOLDER holds flowers128_part1of2.zip, flowers128_part2of2.zip and flowers128.dataset.json. RUN is the run's
# folder (runs/flowers): it begins with the model in models/; called again, the run there goes on. At the end the
# new model is measured and drawn beside the one in models/. Nothing is replaced: rFID sees colours and textures
# and hardly shapes, so look at both sheets before you take the new one.
#
#   DEVICE=cuda:0     trains on a GPU, for longer
#   THREADS=2         processor threads
#   MINUTES=60        stops after so long, to go on another time
#   RESOLUTION, KIMG  stages: sides of the pictures, and thousands of pictures for each
#   LR_G=3e-5         learning rate of the generator, see docs/TRAINING.md; a run that goes on may have another
#   HEAD_START=20     thousands of pictures that a new run trains only the discriminator with
#   MEASURE=1000      pictures that are measured; 0 for none
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of flowers128_part1of2.zip}"
run=${1:-runs/flowers}
device=${DEVICE:-cpu}
measure=${MEASURE:-1000}
resolution=${RESOLUTION:-32,64}
case $device in
cuda*) kimg=${KIMG:-2000,4000} ;;
*) kimg=${KIMG:-120,40} ;;
esac
shipped=models/flowers.safetensors
before=$shipped
if [ ! -f "$before" ]; then before=models/flowers32.safetensors; fi
licence="MIT OR Apache-2.0; trained on CC BY 2.0 photographs (credit: models/flowers.ATTRIBUTION.txt)"
data=(--data "$POLYINR_DATA/flowers128_part1of2.zip" "$POLYINR_DATA/flowers128_part2of2.zip"
    --labels "$POLYINR_DATA/flowers128.dataset.json" --hold-back 49)

cargo xtask libtorch
cargo build --release --quiet --package polyinr-train
trainer=${CARGO_TARGET_DIR:-target}/release/polyinr-train

options=(--resolution "$resolution" --kimg "$kimg" --device "$device" --lr-g "${LR_G:-3e-5}")
if [ -n "${THREADS:-}" ]; then options+=(--threads "$THREADS"); fi
if [ -d "$run/checkpoints" ]; then
    options+=(--resume "$run")
else
    options+=(--out "$run" --from "$before" --d-head-start "${HEAD_START:-20}" --mirror
        --d-channels 1024 --d-channels-max 128 --lr-d 6e-3 --augment translation --jitter 0.5)
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
for model in "$before" "$new"; do
    sheet=$run/$(basename "$model" .safetensors)-$([ "$model" = "$new" ] && echo new || echo before).png
    "${CARGO_TARGET_DIR:-target}/release/polyinr" generate --model "$model" --seed 0-7 --class all --size 64 --grid \
        --overwrite -o "$sheet"
    "$trainer" evaluate "$model" "${data[@]}" --device "$device" --resolution 64 --images "$measure" \
        --max-images "$((2 * measure))" --reference-split --metrics rfid,precision,recall
done
echo "to take the new model: cp $new $shipped"
