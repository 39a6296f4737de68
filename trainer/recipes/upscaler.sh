#!/usr/bin/env bash
# Trains the built-in upscalers, or goes on with their training, and measures them.
#
#   POLYINR_DATA=FOLDER trainer/recipes/upscaler.sh [MODEL...]
#
# Without MODEL that is `estimator restore`. There are
#
#   restore    for pictures of every kind, told how much to clean
#   vivid      from its weights, with losses for sharp looks; then restore-detail.safetensors, which has both
#   estimator  what says how much there is to clean
#   clean      the earlier network, for pictures that were never compressed
#   photo      from its weights, for photographs that were JPEG files
#   large      the same with twice the blocks
#
# FOLDER holds photos_cc0.zip, photos_open2.zip and photos_flowers_ccby.zip to train on, and set5.zip, set14.zip and
# photos_validation_cid22.zip to measure with, none of which is trained on. Each model has a folder under RUNS, with
# model.safetensors in it; called again, or after it was killed, what is not finished goes on.
#
#   RUNS=FOLDER       where to (the user's cache folder, polyinr/training/upscaler)
#   DEVICE=cuda:0     trains on a GPU
#   THREADS=1         processor threads
#   NICE=19           how much other programs go first
#   MINUTES=600       how long each model but the estimator is trained
#   FROM=MODEL        begins `restore` with the weights of this model file in place of random ones
#   TRAINER=PROGRAM   polyinr-train, where it is built already
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${POLYINR_DATA:?must name the folder of photos_cc0.zip}"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/polyinr
runs=${RUNS:-$cache/training/upscaler}
minutes=${MINUTES:-600}
credit="credit: models/flowers.ATTRIBUTION.txt, models/photographs.ATTRIBUTION.txt"
licence="MIT OR Apache-2.0; trained on CC0, public domain and CC BY 2.0 to 4.0 photographs ($credit)"
(($#)) || set -- estimator restore

cargo xtask libtorch
trainer=${TRAINER:-}
if [ -z "$trainer" ]; then
    cargo build --release --quiet --package polyinr-train
    trainer=${CARGO_TARGET_DIR:-target}/release/polyinr-train
fi
LD_LIBRARY_PATH=$(realpath .libtorch)/lib
export LD_LIBRARY_PATH
mkdir -p "$runs" "$cache/training"

# Pictures of what photographs lack, drawn once.
drawings() {
    local folder=trainer/recipes/drawings python=$cache/drawings/bin/python zip=$cache/training/drawings.zip
    if [ ! -e "$zip" ]; then
        python3 -m venv "$cache/drawings"
        "$python" -m pip install --quiet --requirement "$folder/requirements.txt"
        "$python" "$folder/draw.py" --out "$zip" --seed 1 --count 140 --processes 1 >&2
    fi
    echo "$zip"
}

# Twice or three times what is most varied: most of the others are small, and flowers.
varied() {
    local cc0=$POLYINR_DATA/photos_cc0.zip open2=$POLYINR_DATA/photos_open2.zip drawn
    drawn=$(drawings)
    photos=(--photos "$cc0" "$cc0" "$cc0" "$open2" "$open2" "$drawn"
        --halve "$POLYINR_DATA/photos_flowers_ccby.zip" --reductions 1.5,2.2 --permute-colours 0.2)
    degraded=(--degrade photo --clean-share 0.35 --cutblur 0.1)
    shape=(--blend terms --affine-side 1 --channels 48 --blocks 12 --strength)
}

# train NAME OPTIONS...: a run of that name, begun or continued.
train() {
    local name=$1 run=$runs/$1 options=(--minutes "$minutes" --device "${DEVICE:-cpu}")
    shift
    if [ -n "$(ls "$run/checkpoints" 2>/dev/null)" ]; then
        options+=(--resume "$run")
    else
        # What was killed before its first checkpoint begins again.
        rm -rf "$run"
        options+=(--out "$run" "$@" --licence "$licence" --half)
    fi
    nice -n "${NICE:-19}" "$trainer" upscaler --threads "${THREADS:-1}" "${photos[@]}" \
        --validate "$POLYINR_DATA/set5.zip" "$POLYINR_DATA/set14.zip" --validate-steps 4000 \
        --name "$name" "${options[@]}" >>"$runs/$name.log" 2>&1
}

# The photographs of the earlier recipe.
earlier() {
    local cc0=$POLYINR_DATA/photos_cc0.zip
    photos=(--photos "$cc0" "$cc0" "$cc0" --halve "$POLYINR_DATA/photos_flowers_ccby.zip")
    compressed=(--jpeg 60-95 --jpeg-share 0.75 --lr 5e-4 --from "$runs/clean/model.safetensors")
}

make() {
    case $1 in
    restore)
        varied
        local from=()
        if [ -n "${FROM:-}" ]; then from=(--from "$FROM"); fi
        train restore "${shape[@]}" "${degraded[@]}" --scale 1-4.3 --same-size 0.1 "${from[@]}"
        ;;
    vivid)
        cargo xtask vgg16
        varied
        train vivid "${shape[@]}" "${degraded[@]}" --scale 2-4.3 --patch 40 --batch 8 --lr 6e-4 --warm-up 50 \
            --feature-weight 1 --adversarial-weight 0.03 --artefact-weight 1 --colour-weight 1 \
            --from "$runs/restore/model.safetensors"
        "$trainer" detail "$runs/restore/model.safetensors" "$runs/vivid/model.safetensors" --half \
            --out "$runs/restore-detail.safetensors"
        ;;
    estimator)
        if [ -e "$runs/estimator.safetensors" ]; then return; fi
        varied
        nice -n "${NICE:-19}" "$trainer" estimator "${photos[@]}" --degrade photo --clean-share 0.35 --threads "${THREADS:-1}" \
            --steps 14000 --lr 3e-3 --out "$runs/estimator.safetensors"
        ;;
    clean)
        earlier
        train clean
        ;;
    photo)
        earlier
        train photo "${compressed[@]}"
        ;;
    large)
        earlier
        train large --blocks 36 "${compressed[@]}"
        ;;
    *)
        echo "upscaler.sh: no model is called $1; there are restore, vivid, estimator, clean, photo and large" >&2
        return 1
        ;;
    esac
}

for name in "$@"; do
    make "$name"
done
echo "finished; judge what is in $runs with: $trainer judge photo RUN... --data $POLYINR_DATA --peers --out judged"
