/* super_resolve IN.ppm OUT.ppm: makes a picture four times as wide and high. */

#include <polyinr.h>
#include <stdio.h>
#include <stdlib.h>

static polyinr_buffer rgb(uint32_t width, uint32_t height) {
    polyinr_buffer buffer = {0};
    buffer.stride = (size_t)width * 3;
    buffer.size = buffer.stride * height;
    buffer.pixels = malloc(buffer.size);
    buffer.width = width;
    buffer.height = height;
    buffer.sample = POLYINR_SAMPLE_U8;
    buffer.channels = POLYINR_CHANNELS_RGB;
    return buffer;
}

static int failed(const char *what, polyinr_error error) {
    fprintf(stderr, "%s: %s\n", what, error.id ? polyinr_error_message(error) : "cannot be used");
    polyinr_error_free(error);
    return 1;
}

int main(int count, char **arguments) {
    polyinr_engine engine = {0};
    polyinr_model model = {0};
    polyinr_error error = {0};
    unsigned width, height;
    if (count != 3) {
        fprintf(stderr, "usage: super_resolve IN.ppm OUT.ppm\n");
        return 2;
    }
    FILE *in = fopen(arguments[1], "rb");
    if (!in || fscanf(in, "P6 %u %u 255%*1[\n]", &width, &height) != 2 || width > 16384 || height > 16384)
        return failed(arguments[1], POLYINR_NONE(polyinr_error));
    polyinr_buffer small = rgb(width, height), large = rgb(4 * width, 4 * height);
    if (!small.pixels || !large.pixels || fread(small.pixels, 1, small.size, in) != small.size)
        return failed(arguments[1], POLYINR_NONE(polyinr_error));
    fclose(in);

    if (polyinr_engine_new("cpu", POLYINR_NONE(polyinr_engine_options), &engine, &error) ||
        polyinr_model_find("photo", &model, &error) ||
        polyinr_super_resolve(engine, model, POLYINR_NONE(polyinr_super_resolve_options), &small, NULL, NULL,
                              POLYINR_NONE(polyinr_cancel), &large, &error))
        return failed("polyinr", error);

    FILE *out = fopen(arguments[2], "wb");
    if (!out || fprintf(out, "P6\n%u %u\n255\n", (unsigned)large.width, (unsigned)large.height) < 0 ||
        fwrite(large.pixels, 1, large.size, out) != large.size || fclose(out))
        return failed(arguments[2], POLYINR_NONE(polyinr_error));
    polyinr_model_free(model, NULL);
    polyinr_engine_free(engine, NULL);
    free(small.pixels);
    free(large.pixels);
    return 0;
}
