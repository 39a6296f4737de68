#include "operation.h"

const Operation *const operations[] = {
    &super_resolve_operation, &generate_operation, &extend_operation, &invert_operation, NULL,
};

const Operation *operation_find(const char *procedure) {
    for (guint i = 0; operations[i]; i++)
        if (g_strcmp0(operations[i]->procedure, procedure) == 0)
            return operations[i];
    return NULL;
}

Settings *operation_settings(const Operation *operation) {
    return settings_new(operation->parameters, operation->parameter_count);
}

void outcome_free(Outcome *outcome) {
    if (!outcome)
        return;
    picture_free(outcome->picture);
    g_free(outcome->name);
    g_free(outcome);
}
