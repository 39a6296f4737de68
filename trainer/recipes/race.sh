#!/usr/bin/env bash
# Trains one of the three networks at about a million parameters on five kinds of flowers at 64x64, against the same
# discriminator as the others and for as long, and measures what came of it.
#
#   POLYINR_DATA=FOLDER trainer/recipes/race.sh poly-inr|creps|inr-gan [RUN]
#
# FOLDER holds flowers128_part1of2.zip, flowers128_part2of2.zip and flowers128.dataset.json. RUN is the run's
# folder (runs/race/NETWORK); called again with the same variables, it goes on, for as many minutes more. Sheets of
# samples are in RUN/samples, figures in RUN/scores.txt.
#
#   DISCRIMINATOR=projected  on EfficientNet-lite0; conv: convolutional, from nothing, with adaptive augmentation
#   DEVICE=cuda:0     trains on a GPU
#   THREADS=2         processor threads
#   MINUTES=60        stops after so long, to go on another time
#   KIMG=2000         thousands of pictures after which training ends in any case
#   MEASURE=1000      pictures that are measured; 0 for none
set -euo pipefail
network=${1:?one of poly-inr, creps, inr-gan}
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of flowers128_part1of2.zip}"
run=${2:-runs/race/$network}
device=${DEVICE:-cpu}
measure=${MEASURE:-1000}
discriminator=${DISCRIMINATOR:-projected}
case $network in
poly-inr) shape=(--features 144 --levels 10 --lr-g 3e-4) ;;
creps) shape=(--features 176 --line-channels 16 --lr-g 2e-3) ;;
inr-gan) shape=(--features 112 --rank 3 --lr-g 2e-3) ;;
*)
    echo "$network is none of poly-inr, creps, inr-gan" >&2
    exit 2
    ;;
esac
case $discriminator in
projected) against=(--feature-side 128 --mixed-channels 32 --lr-d 2e-4 --blur-kimg 40) ;;
conv) against=(--d-channels 1536 --d-channels-max 96 --lr-d 2e-3 --r1 0.3 --augment ada) ;;
*)
    echo "$discriminator is neither projected nor conv" >&2
    exit 2
    ;;
esac
data=(--data "$POLYINR_DATA/flowers128_part1of2.zip" "$POLYINR_DATA/flowers128_part2of2.zip"
    --labels "$POLYINR_DATA/flowers128.dataset.json" --hold-back 49)

cargo xtask libtorch
efficientnet=$(cargo xtask efficientnet)
cargo build --release --quiet --package polyinr-train
trainer=${CARGO_TARGET_DIR:-target}/release/polyinr-train

options=(--device "$device" --kimg "${KIMG:-2000}")
if [ -n "${THREADS:-}" ]; then options+=(--threads "$THREADS"); fi
if [ -d "$run/checkpoints" ]; then
    options+=(--resume "$run")
else
    options+=(--out "$run" --network "$network" "${shape[@]}" --z-dim 64 --w-dim 128 --embedding auto
        --discriminator "$discriminator" "${against[@]}" --efficientnet "$efficientnet" --mirror --seed 1
        --resolution 64 --batch 16 --ema-ramp 0.15)
fi
# SIGINT saves and stops, with status 130.
status=0
timeout --foreground --signal INT "${MINUTES:-100000}m" "$trainer" train "${data[@]}" "${options[@]}" || status=$?
case $status in 0 | 124 | 130) ;; *) exit "$status" ;; esac

model=$run/$network.safetensors
"$trainer" export "$run" -o "$model" --force --half \
    --licence "MIT OR Apache-2.0; trained on CC BY 2.0 photographs (credit: models/flowers.ATTRIBUTION.txt)"
if [ "$measure" = 0 ]; then exit; fi
"$trainer" evaluate "$model" "${data[@]}" --device "$device" --resolution 64 --images "$measure" \
    --efficientnet "$efficientnet" --reference-split --metrics rfid,precision,recall,fd-efficientnet,recognised |
    tee "$run/scores.txt"
