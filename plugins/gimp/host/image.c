#include "image.h"

#include "../core/text.h"
#include "pixels.h"

/* Size of the canvas that stands for an image where there is none. */
enum { EMPTY_SIDE = 512 };

/* What lies in the selection's bounds, in the drawable's pixels. */
static gboolean find_area(HostDrawable drawable, GeglRectangle *area, GError **error) {
    if (gimp_drawable_mask_intersect(drawable, &area->x, &area->y, &area->width, &area->height))
        return TRUE;
    g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_IMAGE,
                _("The selection does not meet the active layer. Select a part of the layer, or "
                  "nothing."));
    return FALSE;
}

static gboolean is_usable(HostImage image, GError **error) {
    if (gimp_image_get_base_type(image) == GIMP_INDEXED) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_IMAGE,
                    _("The image has indexed colours. Make it RGB or grey first (Image ▸ Mode)."));
        return FALSE;
    }
    if (gimp_image_get_floating_sel(image) != HOST_NOTHING) {
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_IMAGE,
                    _("The image has a floating selection. Anchor it first (Layer ▸ Anchor "
                      "Layer)."));
        return FALSE;
    }
    return TRUE;
}

static void empty_source(Source *source) {
    *source = (Source){
        .sample = POLYINR_SAMPLE_U8,
        .width = EMPTY_SIDE,
        .height = EMPTY_SIDE,
        .image_width = EMPTY_SIDE,
        .image_height = EMPTY_SIDE,
        .is_whole = TRUE,
    };
}

/* Where a picture that needs no source goes: the selection's bounds, or the whole image. */
static GeglRectangle canvas_area(HostImage image) {
    gboolean is_some;
    gint x0, y0, x1, y1;
    gimp_selection_bounds(image, &is_some, &x0, &y0, &x1, &y1);
    return *GEGL_RECTANGLE(x0, y0, x1 - x0, y1 - y0);
}

gboolean image_source(HostImage image, HostDrawable drawable, const Operation *operation,
                      Source *source, GError **error) {
    empty_source(source);
    if (image == HOST_NOTHING)
        return TRUE;
    if (!is_usable(image, error))
        return FALSE;
    GeglRectangle area = canvas_area(image), in_image = area;
    if (operation->needs_picture) {
        gint x, y;
        if (!find_area(drawable, &area, error))
            return FALSE;
        gimp_drawable_get_offsets(drawable, &x, &y);
        in_image = *GEGL_RECTANGLE(area.x + x, area.y + y, area.width, area.height);
        source->picture = pixels_read(drawable, &area, error);
        if (!source->picture)
            return FALSE;
    }
    GError *problem = NULL;
    source->mask = pixels_read_selection(image, &in_image, &problem);
    if (problem) {
        picture_free(source->picture);
        g_propagate_error(error, problem);
        return FALSE;
    }
    source->sample = pixels_sample(drawable);
    source->x = in_image.x;
    source->y = in_image.y;
    source->width = (guint)area.width;
    source->height = (guint)area.height;
    source->image_width = (guint)gimp_image_get_width(image);
    source->image_height = (guint)gimp_image_get_height(image);
    source->is_whole = area.width == gimp_drawable_get_width(drawable) &&
                       area.height == gimp_drawable_get_height(drawable);
    return TRUE;
}

static GimpImageType layer_type(HostImage image, const Picture *picture) {
    gboolean has_alpha = picture_has_alpha(picture);
    if (gimp_image_get_base_type(image) == GIMP_GRAY)
        return has_alpha ? GIMP_GRAYA_IMAGE : GIMP_GRAY_IMAGE;
    return has_alpha ? GIMP_RGBA_IMAGE : GIMP_RGB_IMAGE;
}

/* Makes the canvas what the outcome needs. */
static gboolean change_canvas(HostImage image, const Outcome *outcome) {
    gint width = (gint)outcome->image_width, height = (gint)outcome->image_height;
    switch (outcome->canvas) {
    case CANVAS_SCALED:
        return gimp_image_scale(image, width, height);
    case CANVAS_RESIZED:
        return gimp_image_resize(image, width, height, outcome->move_x, outcome->move_y);
    default:
        return TRUE;
    }
}

/* Puts the layer right over the drawable, or on top where that is no layer. */
static gboolean insert(HostImage image, HostDrawable drawable, HostLayer layer) {
    HostItem above = HOST_NOTHING;
    gint position = 0;
    if (drawable != HOST_NOTHING && GIMP_IS_LAYER(drawable)) {
        above = gimp_item_get_parent(GIMP_ITEM(drawable));
        position = gimp_image_get_item_position(image, GIMP_ITEM(drawable));
    }
    HostLayer parent = above == HOST_NOTHING ? HOST_NOTHING : GIMP_LAYER(above);
    return gimp_image_insert_layer(image, layer, parent, position);
}

static HostLayer add_layer(HostImage image, HostDrawable drawable, const Outcome *outcome) {
    const Picture *picture = outcome->picture;
    HostLayer layer = gimp_layer_new(image, outcome->name, (gint)picture->width,
                                     (gint)picture->height, layer_type(image, picture), 100,
                                     gimp_image_get_default_new_layer_mode(image));
    if (layer == HOST_NOTHING || !insert(image, drawable, layer))
        return HOST_NOTHING;
    gimp_layer_set_offsets(layer, outcome->x, outcome->y);
    pixels_write(GIMP_DRAWABLE(layer), picture);
    if (outcome->is_masked)
        gimp_layer_add_mask(layer, gimp_layer_create_mask(layer, GIMP_ADD_MASK_SELECTION));
    if (outcome->replaces_source && GIMP_IS_LAYER(drawable))
        gimp_item_set_visible(GIMP_ITEM(drawable), FALSE);
    return layer;
}

static HostLayer add_image(const Outcome *outcome) {
    HostImage image =
        gimp_image_new((gint)outcome->image_width, (gint)outcome->image_height, GIMP_RGB);
    gimp_image_undo_disable(image);
    HostLayer layer = add_layer(image, HOST_NOTHING, outcome);
    gimp_image_undo_enable(image);
    if (layer == HOST_NOTHING)
        gimp_image_delete(image);
    return layer;
}

static HostLayer add_to(HostImage image, HostDrawable drawable, const Outcome *outcome) {
    gimp_image_undo_group_start(image);
    HostLayer layer = HOST_NOTHING;
    if (change_canvas(image, outcome))
        layer = add_layer(image, drawable, outcome);
    gimp_image_undo_group_end(image);
    return layer;
}

HostLayer image_put(HostImage image, HostDrawable drawable, const Outcome *outcome,
                    GError **error) {
    gboolean is_new = outcome->canvas == CANVAS_NEW;
    HostLayer layer = is_new ? add_image(outcome) : add_to(image, drawable, outcome);
    if (layer == HOST_NOTHING)
        g_set_error(error, PLUGIN_ERROR, PLUGIN_ERROR_IMAGE,
                    _("GIMP could not make the layer of %u × %u pixels."), outcome->picture->width,
                    outcome->picture->height);
    return layer;
}
