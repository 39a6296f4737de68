#include "library.h"

#include <gmodule.h>

#include "text.h"

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define SERIES TEXT(POLYINR_VERSION_MAJOR) "." TEXT(POLYINR_VERSION_MINOR)

/* The name with which `cargo xtask install` puts the library in place. */
static const char file_name[] = "libpolyinr.so." SERIES;

G_DEFINE_QUARK(polyinr-plugin-error, plugin_error)

/* Looks up all functions; the name of the first that is missing, or NULL. */
static const char *look_up(GModule *module, Library *library) {
#define LIBRARY_LOOK_UP(name)                                                                      \
    if (!g_module_symbol(module, "polyinr_" #name, (gpointer *)&library->name))                    \
        return "polyinr_" #name;
    LIBRARY_FUNCTIONS(LIBRARY_LOOK_UP)
#undef LIBRARY_LOOK_UP
    return NULL;
}

/* Whether programs made for this header can use the library: before version 1 each minor version is
 * a series of its own. */
static gboolean fits(const Library *library) {
    guint32 number = library->version_number();
    guint32 major = number / 1000000, minor = number / 1000 % 1000;
    return major == POLYINR_VERSION_MAJOR &&
           (major == 0 ? minor == POLYINR_VERSION_MINOR : minor >= POLYINR_VERSION_MINOR);
}

static gboolean use(GModule *module, const char *path, Library *library, GError **error) {
    const char *missing = look_up(module, library);
    if (missing) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_LIBRARY,
                    _("The polyinr library %s has no %s: it belongs to another version of this "
                      "plug-in. Install both together."),
                    path, missing);
        return FALSE;
    }
    if (!fits(library)) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_LIBRARY,
                    _("The polyinr library %s is version %s, and this plug-in needs %s. Install "
                      "both together."),
                    path, library->version(), SERIES);
        return FALSE;
    }
    return TRUE;
}

const Library *library_open(const char *folder, GError **error) {
    static Library library;
    static gboolean is_open = FALSE;
    if (is_open)
        return &library;

    g_autofree char *beside = g_build_filename(folder, file_name, NULL);
    const char *named = g_getenv("POLYINR_LIBRARY");
    const char *path = named ? named
                             : g_file_test(beside, G_FILE_TEST_EXISTS) ? beside : file_name;
    GModule *module = g_module_open(path, G_MODULE_BIND_LOCAL);
    if (!module) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_LIBRARY,
                    _("The polyinr library cannot be opened: %s. Install the plug-in again, or put "
                      "%s into the folder %s."),
                    g_module_error(), file_name, folder);
        return NULL;
    }
    if (!use(module, path, &library, error)) {
        g_module_close(module);
        return NULL;
    }
    /* It has threads of its own: never taken out of memory. */
    g_module_make_resident(module);
    is_open = TRUE;
    return &library;
}

gboolean library_succeeded(const Library *library, polyinr_status status, polyinr_error problem,
                           GError **error) {
    if (status == POLYINR_STATUS_OK)
        return TRUE;
    const char *message = library->error_message(problem);
    g_set_error(error, PLUGIN_ERROR,
                status == POLYINR_STATUS_CANCELLED ? PLUGIN_ERROR_CANCELLED : PLUGIN_ERROR_FAILED,
                "%s", message ? message : library->status_name(status));
    library->error_free(problem);
    return FALSE;
}
