#include "pace.h"

#include <math.h>

/* In microseconds; the rest of the tenth of a second is for the windows. Smaller previews than
 * `least` show too little. */
static const double soon = 80e3, spare = 50e3, aim = 65e3, least = 64;

guint pace_side(guint side, guint most, gint64 microseconds) {
    if (microseconds > spare && microseconds <= soon)
        return side;
    double next = side * sqrt(aim / MAX(microseconds, 1));
    return (guint)CLAMP(next, MIN(least, most), most);
}
