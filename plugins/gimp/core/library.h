/* The polyinr library, opened at run time: a plug-in that were linked to it would vanish from the
 * menu without a word where the library is missing. */

#ifndef POLYINR_LIBRARY_H
#define POLYINR_LIBRARY_H

#include <glib.h>
#include <polyinr.h>

/* Functions that the plug-in calls, without `polyinr_`. */
#define LIBRARY_FUNCTIONS(F)                                                                       \
    F(version_number)                                                                              \
    F(version)                                                                                     \
    F(error_message)                                                                               \
    F(error_free)                                                                                  \
    F(status_name)                                                                                 \
    F(engine_new)                                                                                  \
    F(engine_name)                                                                                 \
    F(engine_check)                                                                                \
    F(engine_choice_new)                                                                           \
    F(engine_choice_name)                                                                          \
    F(engine_choice_reason)                                                                        \
    F(engine_choice_free)                                                                          \
    F(engine_free)                                                                                 \
    F(model_find)                                                                                  \
    F(model_default)                                                                               \
    F(model_kind)                                                                                  \
    F(model_class_count)                                                                           \
    F(model_class_name)                                                                            \
    F(model_cleans)                                                                                \
    F(model_free)                                                                                  \
    F(model_list_new)                                                                              \
    F(model_list_count)                                                                            \
    F(model_list_name)                                                                             \
    F(model_list_free)                                                                             \
    F(extend_method_name)                                                                          \
    F(level_group_name)                                                                            \
    F(cancel_new)                                                                                  \
    F(cancel_cancel)                                                                               \
    F(cancel_free)                                                                                 \
    F(super_resolve_options_new)                                                                   \
    F(super_resolve_options_set_refine)                                                            \
    F(super_resolve_options_set_denoise)                                                           \
    F(super_resolve_options_set_deblur)                                                            \
    F(super_resolve_options_set_detail)                                                            \
    F(super_resolve_options_free)                                                                  \
    F(super_resolve_estimate)                                                                      \
    F(super_resolve)                                                                               \
    F(generate_options_new)                                                                        \
    F(generate_options_set_seed)                                                                   \
    F(generate_options_set_class_name)                                                             \
    F(generate_options_set_truncation)                                                             \
    F(generate_options_free)                                                                       \
    F(extend_options_new)                                                                          \
    F(extend_options_set_margins)                                                                  \
    F(extend_options_set_method)                                                                   \
    F(extend_options_free)                                                                         \
    F(extend)                                                                                      \
    F(invert_options_new)                                                                          \
    F(invert_options_set_class_name)                                                               \
    F(invert_options_set_steps)                                                                    \
    F(invert_options_set_resolution)                                                               \
    F(invert_options_set_mask)                                                                     \
    F(invert_options_free)                                                                         \
    F(field_from_inversion)                                                                        \
    F(field_from_seed)                                                                             \
    F(field_mix)                                                                                   \
    F(field_interpolate)                                                                           \
    F(field_save)                                                                                  \
    F(field_render)                                                                                \
    F(field_free)

/* The library's functions, as members without `polyinr_`. */
typedef struct Library {
#define LIBRARY_MEMBER(name) __typeof__(polyinr_##name) *name;
    LIBRARY_FUNCTIONS(LIBRARY_MEMBER)
#undef LIBRARY_MEMBER
} Library;

/* Domain of the plug-in's errors. */
#define PLUGIN_ERROR plugin_error_quark()
GQuark plugin_error_quark(void);

typedef enum PluginError {
    PLUGIN_ERROR_LIBRARY,   /* The library is missing or too old. */
    PLUGIN_ERROR_FAILED,    /* The library refused or failed. */
    PLUGIN_ERROR_PARAMETER, /* A parameter is out of its range. */
    PLUGIN_ERROR_IMAGE,     /* The image cannot be handled. */
    PLUGIN_ERROR_CANCELLED, /* The user cancelled. */
} PluginError;

/* Opens the library of the environment variable POLYINR_LIBRARY, the one in `folder`, or the
 * system's. It stays open; later calls give the same. NULL with `error` when there is none that this
 * plug-in can use. */
const Library *library_open(const char *folder, GError **error);

/* TRUE when `status` is POLYINR_STATUS_OK. Otherwise FALSE with the text of `problem`, which is
 * freed, in `error`. */
gboolean library_succeeded(const Library *library, polyinr_status status, polyinr_error problem,
                           GError **error);

#endif
