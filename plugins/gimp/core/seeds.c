#include "seeds.h"

polyinr_field seed_field(const Library *library, polyinr_model model, Seed seed, GError **error) {
    polyinr_generate_options options = {0};
    polyinr_field field = {0};
    polyinr_error problem = {0};
    const char *class_name = seed.class_name && *seed.class_name ? seed.class_name : NULL;
    polyinr_status status = library->generate_options_new(&options, &problem);
    if (!status)
        status = library->generate_options_set_seed(options, (guint32)seed.number, &problem);
    if (!status)
        status = library->generate_options_set_class_name(options, class_name, &problem);
    if (!status)
        status = library->generate_options_set_truncation(options, (float)seed.truncation, -1,
                                                          &problem);
    if (!status)
        status = library->field_from_seed(model, options, &field, &problem);
    library->generate_options_free(options, NULL);
    return library_succeeded(library, status, problem, error) ? field : POLYINR_NONE(polyinr_field);
}

Picture *field_picture(const Library *library, polyinr_engine engine, polyinr_field field,
                       guint width, guint height, polyinr_sample sample, Work *work,
                       GError **error) {
    g_autoptr(Picture) picture = picture_new(width, height, sample, POLYINR_CHANNELS_RGB, error);
    if (!picture)
        return NULL;
    polyinr_error problem = {0};
    polyinr_buffer output = picture_buffer(picture);
    polyinr_status status =
        library->field_render(engine, field, POLYINR_NONE(polyinr_view), work_follow, work,
                              work->token, &output, &problem);
    if (!library_succeeded(library, status, problem, error))
        return NULL;
    return g_steal_pointer(&picture);
}
