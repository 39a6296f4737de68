/* The control of one parameter. */

#ifndef POLYINR_CONTROL_H
#define POLYINR_CONTROL_H

#include "../core/operation.h"
#include "gtk.h"

typedef struct Control Control;

/* Called when the user changes a control. */
typedef void (*ControlChanged)(gpointer user_data);

/* A control that shows the parameter's first value. The control of a class shows those of `model`,
 * which may be NULL. It belongs to its widget. */
Control *control_new(const Parameter *parameter, const Operation *operation, Session *session,
                     ControlChanged changed, gpointer user_data);

GtkWidget *control_widget(Control *control);

/* What the mnemonic of the control's label leads to. */
GtkWidget *control_focus(Control *control);

/* Takes the value from the settings, without a call of `changed`; and puts it there. */
void control_show(Control *control, const Settings *settings, guint index);
void control_read(const Control *control, Settings *settings, guint index);

/* Fills the list of a control of a class with those of the model that the settings name. */
void control_list_classes(Control *control, Session *session, const Operation *operation,
                          const Settings *settings);

#endif
