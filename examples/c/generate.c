/* generate SEED CLASS OUT.ppm: makes a picture of 256x256 pixels from a seed. */

#include <polyinr.h>
#include <stdio.h>
#include <stdlib.h>

#define SIDE 256

static uint8_t pixels[SIDE * SIDE * 3];

int main(int count, char **arguments) {
    polyinr_engine engine = {0};
    polyinr_model model = {0};
    polyinr_generate_options options = {0};
    polyinr_error error = {0};
    polyinr_buffer image = {0};
    if (count != 4) {
        fprintf(stderr, "usage: generate SEED CLASS OUT.ppm\n");
        return 2;
    }
    image.pixels = pixels;
    image.size = sizeof pixels;
    image.stride = SIDE * 3;
    image.width = image.height = SIDE;
    image.sample = POLYINR_SAMPLE_U8;
    image.channels = POLYINR_CHANNELS_RGB;

    if (polyinr_engine_new("cpu", POLYINR_NONE(polyinr_engine_options), &engine, &error) ||
        polyinr_model_find("flowers", &model, &error) ||
        polyinr_generate_options_new(&options, &error) ||
        polyinr_generate_options_set_seed(options, (uint32_t)strtoul(arguments[1], NULL, 10), &error) ||
        polyinr_generate_options_set_class_name(options, arguments[2], &error) ||
        polyinr_generate(engine, model, options, NULL, NULL, POLYINR_NONE(polyinr_cancel), &image, &error)) {
        fprintf(stderr, "%s\n", polyinr_error_message(error));
        polyinr_error_free(error);
        return 1;
    }
    FILE *out = fopen(arguments[3], "wb");
    if (!out || fprintf(out, "P6\n%d %d\n255\n", SIDE, SIDE) < 0 ||
        fwrite(pixels, 1, sizeof pixels, out) != sizeof pixels || fclose(out)) {
        perror(arguments[3]);
        return 1;
    }
    polyinr_generate_options_free(options, NULL);
    polyinr_model_free(model, NULL);
    polyinr_engine_free(engine, NULL);
    return 0;
}
