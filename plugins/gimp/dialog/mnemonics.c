#include "mnemonics.h"

#include <string.h>

static void take(GHashTable *taken, guint keyval) {
    g_hash_table_add(taken, GUINT_TO_POINTER(gdk_keyval_to_lower(keyval)));
}

/* Takes the letters that lead somewhere already, as those of a dialog's buttons. */
static void take_letters(GtkWidget *widget, gpointer taken) {
    if (GTK_IS_LABEL(widget))
        take(taken, gtk_label_get_mnemonic_keyval(GTK_LABEL(widget)));
    else if (GTK_IS_CONTAINER(widget))
        gtk_container_forall(GTK_CONTAINER(widget), take_letters, taken);
}

static gboolean is_free(GHashTable *taken, gunichar letter) {
    guint keyval = gdk_keyval_to_lower(gdk_unicode_to_keyval(letter));
    return g_unichar_isalpha(letter) &&
           !g_hash_table_contains(taken, GUINT_TO_POINTER(keyval));
}

/* The letter of the text that is to be underlined; NULL where all are taken. */
static const char *letter_in(const char *text, GHashTable *taken) {
    const char *any = NULL;
    gunichar before = ' ';
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        if (is_free(taken, letter)) {
            if (!g_unichar_isalpha(before))
                return at;
            any = any ? any : at;
        }
        before = letter;
    }
    return any;
}

static void give_letter(GtkLabel *label, GHashTable *taken) {
    g_autofree char *text = g_strdup(gtk_label_get_text(label));
    const char *letter = letter_in(text, taken);
    /* A text's own underscores would be taken for marks. */
    if (!letter || strchr(text, '_'))
        return;
    take(taken, gdk_unicode_to_keyval(g_utf8_get_char(letter)));
    g_autofree char *marked = g_strdup_printf("%.*s_%s", (int)(letter - text), text, letter);
    gtk_label_set_text_with_mnemonic(label, marked);
}

void mnemonics_choose(GtkWidget *window, const GPtrArray *labels) {
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    take_letters(window, taken);
    for (guint i = 0; i < labels->len; i++)
        give_letter(g_ptr_array_index(labels, i), taken);
}
