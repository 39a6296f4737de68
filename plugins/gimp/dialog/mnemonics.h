/* Letters by which Alt leads to controls. */

#ifndef POLYINR_MNEMONICS_H
#define POLYINR_MNEMONICS_H

#include "gtk.h"

/* Underlines a letter in each of the labels, one after the other, that none in `window` has: the first
 * of a word if that is free, else any. They follow from the texts, in whatever language. */
void mnemonics_choose(GtkWidget *window, const GPtrArray *labels);

#endif
