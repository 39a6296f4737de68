#!/usr/bin/env bash
# Trains the built-in upscalers, or goes on with their training: `clean` for photographs as they are; from its
# weights `photo`, for photographs that were JPEG files, and `large`, the same with twice the blocks.
#
#   POLYINR_DATA=FOLDER trainer/recipes/upscaler.sh [RUNS]
#
# FOLDER holds photos_cc0.zip and photos_flowers_ccby.zip to train on, and set5.zip, set14.zip and
# photos_validation_cid22.zip to measure with, none of which is trained on. RUNS (runs/upscaler) gets a folder
# for each model, with model.safetensors in it; called again, what is not finished goes on.
#
#   DEVICE=cuda:0          trains on a GPU
#   THREADS=2              processor threads
#   MINUTES=110            how long `clean` is trained
#   PHOTO_MINUTES=36       how long `photo` is
#   LARGE_MINUTES=60       how long `large` is
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of photos_cc0.zip}"
runs=${1:-runs/upscaler}
licence="MIT OR Apache-2.0; trained on CC0 and CC BY 2.0 photographs (credit: models/flowers.ATTRIBUTION.txt)"

cargo xtask libtorch
cargo build --release --quiet --package polyinr-train
cargo build --release --quiet --bin polyinr
release=${CARGO_TARGET_DIR:-target}/release
mkdir -p "$runs"

# train NAME MINUTES OPTIONS...: a run of that name, begun or continued.
train() {
    local name=$1 run=$runs/$1 options=(--minutes "$2" --device "${DEVICE:-cpu}")
    shift 2
    if [ -n "${THREADS:-}" ]; then options+=(--threads "$THREADS"); fi
    if [ -d "$run/checkpoints" ]; then
        options+=(--resume "$run")
    else
        options+=(--out "$run" "$@")
    fi
    # Three times: most of the others are small, and flowers.
    local photos=$POLYINR_DATA/photos_cc0.zip
    "$release/polyinr-train" upscaler --photos "$photos" "$photos" "$photos" \
        --halve "$POLYINR_DATA/photos_flowers_ccby.zip" \
        --validate "$POLYINR_DATA/set5.zip" "$POLYINR_DATA/set14.zip" --validate-steps 4000 \
        --name "$name" --licence "$licence" --half "${options[@]}"
}

train clean "${MINUTES:-110}"
compressed=(--jpeg 60-95 --jpeg-share 0.75 --lr 5e-4 --from "$runs/clean/model.safetensors")
train photo "${PHOTO_MINUTES:-36}" "${compressed[@]}"
train large "${LARGE_MINUTES:-60}" --blocks 36 "${compressed[@]}"

sets=("$POLYINR_DATA/set5.zip" "$POLYINR_DATA/set14.zip" "$POLYINR_DATA/photos_validation_cid22.zip")
models=$runs/clean/model.safetensors,$runs/photo/model.safetensors,$runs/large/model.safetensors
for options in "" "--jpeg 90" "--jpeg 75"; do
    # shellcheck disable=SC2086
    "$release/polyinr" measure "${sets[@]}" --scale 2,3,4,8 --model "$models" $options
done
