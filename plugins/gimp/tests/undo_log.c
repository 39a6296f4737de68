/* Notes the undo groups that the plug-in opens and closes, as lines "undo start" and "undo end" in
 * the file that POLYINR_UNDO_LOG names. To be preloaded (LD_PRELOAD) into GIMP, which hands it on to
 * plug-ins. Image handles are numbers in GIMP 2 and pointers in GIMP 3; both go through a pointer. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*group_function)(void *image);

/* Calls the real function and notes the line, in the plug-in's processes only. */
static int noted(const char *name, const char *line, void *image)
{
    group_function real = (group_function)dlsym(RTLD_NEXT, name);
    const char *path = getenv("POLYINR_UNDO_LOG");
    if (path && strcmp(program_invocation_short_name, "polyinr") == 0) {
        int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
        if (file < 0 || write(file, line, strlen(line)) < 0)
            abort();
        close(file);
    }
    return real(image);
}

int gimp_image_undo_group_start(void *image)
{
    return noted("gimp_image_undo_group_start", "undo start\n", image);
}

int gimp_image_undo_group_end(void *image)
{
    return noted("gimp_image_undo_group_end", "undo end\n", image);
}
