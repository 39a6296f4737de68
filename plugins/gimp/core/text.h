/* Texts in the user's language. */

#ifndef POLYINR_TEXT_H
#define POLYINR_TEXT_H

/* Domain of the translations, and name of the files that hold them. */
#define GETTEXT_PACKAGE "polyinr"

#include <glib/gi18n-lib.h>

#endif
