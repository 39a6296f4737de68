/* Every kind of handle is a type of its own: of the cases MISTAKE, 0 compiles as C99 and C++17, the
 * others do not. */

#include "polyinr.h"

polyinr_status render(polyinr_engine engine, polyinr_field field, polyinr_view view,
                      polyinr_cancel cancel, const polyinr_buffer *output, polyinr_error *error);
polyinr_status make(polyinr_view *view, polyinr_field *field, polyinr_error *error);

polyinr_status render(polyinr_engine engine, polyinr_field field, polyinr_view view,
                      polyinr_cancel cancel, const polyinr_buffer *output, polyinr_error *error) {
    (void)view, (void)cancel;
#if MISTAKE == 0
    polyinr_status status = polyinr_field_render(engine, field, POLYINR_NONE(polyinr_view), NULL, NULL,
                                                 POLYINR_NONE(polyinr_cancel), output, error);
    if (status)
        return status;
    return polyinr_field_render(engine, field, view, NULL, NULL, cancel, output, error);
#elif MISTAKE == 1 /* Engine and field swapped. */
    return polyinr_field_render(field, engine, view, NULL, NULL, cancel, output, error);
#elif MISTAKE == 2 /* View and cancel token swapped. */
    return polyinr_field_render(engine, field, cancel, NULL, NULL, view, output, error);
#elif MISTAKE == 3 /* A view of no kind. */
    return polyinr_field_render(engine, field, 0, NULL, NULL, cancel, output, error);
#elif MISTAKE == 4 /* Options of another operation. */
    polyinr_extend_options options = {0};
    (void)engine, (void)field, (void)output;
    return polyinr_invert_options_set_resolution(options, 64, error);
#elif MISTAKE == 5 /* Freed as something else. */
    (void)engine, (void)output;
    return polyinr_view_free(field, error);
#else
    (void)engine, (void)field, (void)output, (void)error;
    return POLYINR_STATUS_OK;
#endif
}

polyinr_status make(polyinr_view *view, polyinr_field *field, polyinr_error *error) {
    (void)view, (void)field;
#if MISTAKE == 6 /* A place for something else. */
    return polyinr_view_new(field, error);
#else
    return polyinr_view_new(view, error);
#endif
}
