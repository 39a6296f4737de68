/* Written by `cargo xtask operations` from plugins/operations.toml; change it there. */

#ifndef POLYINR_TABLES_H
#define POLYINR_TABLES_H

/* Largest side in pixels of a result. */
#define PICTURE_LARGEST_SIDE 262144

/* Parameters of each operation in their order, for an enumeration. */
#define SUPER_RESOLVE_PARAMETERS FACTOR, WIDTH, HEIGHT, REFINE, CLEANING, DENOISE, DEBLUR, \
                                 DETAIL, MODEL, ENGINE
#define GENERATE_PARAMETERS MODEL, CLASS, SEED, TRUNCATION, WIDTH, HEIGHT, TARGET, ENGINE
#define EXTEND_CANVAS_PARAMETERS LEFT, RIGHT, TOP, BOTTOM, UNIT, METHOD, MODEL, ENGINE
#define INVERT_PARAMETERS MODEL, CLASS, STEPS, TUNING, RESOLUTION, SEED, SEED_CLASS, LEVELS, \
                          AMOUNT, TRUNCATION, FILE_, ENGINE

typedef struct Operation Operation;
extern const Operation super_resolve_operation;
extern const Operation generate_operation;
extern const Operation extend_canvas_operation;
extern const Operation invert_operation;

/* What the operations do. */
typedef struct Functions Functions;
extern const Functions super_resolve_functions;
extern const Functions generate_functions;
extern const Functions extend_canvas_functions;
extern const Functions invert_functions;

#endif
