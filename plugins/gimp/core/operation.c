#include "operation.h"

#include <math.h>

const Operation *operation_find(const char *procedure) {
    for (guint i = 0; operations[i]; i++)
        if (g_strcmp0(operations[i]->procedure, procedure) == 0)
            return operations[i];
    return NULL;
}

Settings *operation_settings(const Operation *operation) {
    return settings_new(operation->parameters, operation->parameter_count);
}

double glance_factor(const Glance *glance, double width, double height) {
    return fmin(1, fmin(glance->width / width, glance->height / height));
}

guint scaled_side(double side, double factor) {
    return (guint)fmax(1, floor(side * factor + 0.5));
}

void outcome_free(Outcome *outcome) {
    if (!outcome)
        return;
    picture_free(outcome->picture);
    g_free(outcome->name);
    g_free(outcome);
}
