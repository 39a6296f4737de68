/* GTK 2, which GIMP 2.10 has, and GTK 3, which GIMP 3 has, by the same names. */

#ifndef POLYINR_GTK_H
#define POLYINR_GTK_H

#include <gtk/gtk.h>

static inline GtkWidget *box_new(GtkOrientation orientation, gint spacing) {
#if GTK_CHECK_VERSION(3, 0, 0)
    return gtk_box_new(orientation, spacing);
#else
    return orientation == GTK_ORIENTATION_VERTICAL ? gtk_vbox_new(FALSE, spacing)
                                                   : gtk_hbox_new(FALSE, spacing);
#endif
}

/* Rows of a label and a control. */
static inline GtkWidget *rows_new(void) {
#if GTK_CHECK_VERSION(3, 0, 0)
    GtkWidget *rows = gtk_grid_new();
    gtk_grid_set_row_spacing(GTK_GRID(rows), 6);
    gtk_grid_set_column_spacing(GTK_GRID(rows), 8);
#else
    GtkWidget *rows = gtk_table_new(1, 2, FALSE);
    gtk_table_set_row_spacings(GTK_TABLE(rows), 6);
    gtk_table_set_col_spacings(GTK_TABLE(rows), 8);
#endif
    return rows;
}

static inline void rows_add(GtkWidget *rows, guint row, GtkWidget *label, GtkWidget *control) {
#if GTK_CHECK_VERSION(3, 0, 0)
    gtk_widget_set_hexpand(control, TRUE);
    if (label)
        gtk_grid_attach(GTK_GRID(rows), label, 0, (gint)row, 1, 1);
    gtk_grid_attach(GTK_GRID(rows), control, 1, (gint)row, 1, 1);
#else
    if (label)
        gtk_table_attach(GTK_TABLE(rows), label, 0, 1, row, row + 1, GTK_FILL, GTK_FILL, 0, 0);
    gtk_table_attach(GTK_TABLE(rows), control, 1, 2, row, row + 1, GTK_FILL | GTK_EXPAND, GTK_FILL,
                     0, 0);
#endif
}

static inline void align_left(GtkWidget *label) {
#if GTK_CHECK_VERSION(3, 0, 0)
    gtk_label_set_xalign(GTK_LABEL(label), 0);
#else
    gtk_misc_set_alignment(GTK_MISC(label), 0, 0.5);
#endif
}

/* A scale that shows no number of its own. */
static inline GtkWidget *scale_new(GtkAdjustment *adjustment) {
#if GTK_CHECK_VERSION(3, 0, 0)
    GtkWidget *scale = gtk_scale_new(GTK_ORIENTATION_HORIZONTAL, adjustment);
#else
    GtkWidget *scale = gtk_hscale_new(adjustment);
#endif
    gtk_scale_set_draw_value(GTK_SCALE(scale), FALSE);
    gtk_widget_set_size_request(scale, 110, -1);
    return scale;
}

static inline GtkWidget *progress_new(void) {
    GtkWidget *bar = gtk_progress_bar_new();
#if GTK_CHECK_VERSION(3, 0, 0)
    gtk_progress_bar_set_show_text(GTK_PROGRESS_BAR(bar), TRUE);
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(bar), "");
#endif
    return bar;
}

#endif
