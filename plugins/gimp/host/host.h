/* GIMP 3 by its own names, and GIMP 2.10 by the same ones. */

#ifndef POLYINR_HOST_H
#define POLYINR_HOST_H

#include <libgimp/gimp.h>

#if GIMP_CHECK_VERSION(2, 99, 0)

typedef GimpImage *HostImage;
typedef GimpDrawable *HostDrawable;
typedef GimpLayer *HostLayer;
typedef GimpItem *HostItem;

#define HOST_NOTHING NULL

/* Selections are channels, and channels drawables. */
#define HOST_SELECTION(image) GIMP_DRAWABLE(gimp_image_get_selection(image))

/* Readies GTK. */
#define HOST_UI_INIT(name) gimp_ui_init(name)

#else

typedef gint32 HostImage;
typedef gint32 HostDrawable;
typedef gint32 HostLayer;
typedef gint32 HostItem;

#define HOST_NOTHING (-1)
#define HOST_SELECTION(image) gimp_image_get_selection(image)
#define HOST_UI_INIT(name) gimp_ui_init(name, TRUE)

#undef GIMP_IS_LAYER
#define GIMP_IS_LAYER(item) gimp_item_is_layer(item)
#define GIMP_DRAWABLE(item) (item)
#define GIMP_ITEM(item) (item)
#define GIMP_LAYER(item) (item)

#define gimp_drawable_get_height gimp_drawable_height
#define gimp_drawable_get_offsets gimp_drawable_offsets
#define gimp_drawable_get_width gimp_drawable_width
#define gimp_image_get_base_type gimp_image_base_type
#define gimp_image_get_height gimp_image_height
#define gimp_image_get_width gimp_image_width

#endif

#endif
