#include "preview.h"

#include "../core/pace.h"
#include "../core/text.h"

/* Size of the area in pixels, and the delay after which a change is computed in milliseconds. */
enum { WIDTH = 288, HEIGHT = 240, DELAY = 20, TICK = 100 };

struct Preview {
    Session *session;
    const Operation *operation;
    GtkWidget *box, *image, *caption;
    double x, y;      /* What is in the middle, in fractions of the picture. */
    guint side;       /* Longest side of a preview that answers at once. */
    gboolean is_warm; /* Whether engine and model are open. */
    Settings *last;   /* What was asked for last. */
    gboolean is_due;  /* Whether it is still to be computed. */
    gboolean rests;   /* Whether nothing more is to be computed. */
    guint delay;      /* Source of the delay, 0 for none. */
    guint ticks;      /* Source that shows how far it is. */
    GThread *thread;  /* Computes, with the seven below; NULL when nothing is computed. */
    Work *work;
    Glance at;
    gint64 begun;     /* When, by the monotonic clock in microseconds. */
    gboolean is_full; /* Whether it fills the area, after one that answered at once. */
    Settings *settings;
    Picture *picture;
    GError *error;
    double drag_x, drag_y;
    PreviewCame came;
    gpointer user_data;
};

static void start(Preview *preview, gboolean is_full);

static const Functions *functions_of(const Preview *preview) {
    return preview->operation->functions;
}

static void say(Preview *preview, const char *text) {
    gtk_label_set_text(GTK_LABEL(preview->caption), text);
}

/* A square of the board under transparent pixels, or the pixel over it. */
static void put_pixel(const Picture *picture, guint x, guint y, guchar *to) {
    guint count = picture_channel_count(picture);
    gboolean is_grey = count <= 2;
    const guchar *from = picture->pixels + ((gsize)y * picture->width + x) * count;
    guint alpha = picture_has_alpha(picture) ? from[count - 1] : 255;
    guint board = (x / 8 + y / 8) % 2 ? 102 : 153;
    for (guint c = 0; c < 3; c++)
        to[c] = (guchar)((from[is_grey ? 0 : c] * alpha + board * (255 - alpha) + 127) / 255);
}

static GdkPixbuf *pixbuf_of(const Picture *picture) {
    GdkPixbuf *pixels = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, (int)picture->width,
                                       (int)picture->height);
    int stride = gdk_pixbuf_get_rowstride(pixels);
    for (guint y = 0; y < picture->height; y++)
        for (guint x = 0; x < picture->width; x++)
            put_pixel(picture, x, y, gdk_pixbuf_get_pixels(pixels) + (gsize)y * stride + x * 3);
    return pixels;
}

/* Shows a picture, a small one larger: previews other than of detail are of a sparser grid. */
static void show_picture(Preview *preview, const Picture *picture) {
    GdkPixbuf *pixels = pixbuf_of(picture);
    if (!functions_of(preview)->detail_factor) {
        double factor = MIN((double)WIDTH / picture->width, (double)HEIGHT / picture->height);
        GdkPixbuf *large = gdk_pixbuf_scale_simple(
            pixels, MAX(1, (int)(picture->width * factor)), MAX(1, (int)(picture->height * factor)),
            GDK_INTERP_BILINEAR);
        g_object_unref(pixels);
        pixels = large;
    }
    gtk_image_set_from_pixbuf(GTK_IMAGE(preview->image), pixels);
    g_object_unref(pixels);
}

static void show_result(Preview *preview) {
    if (preview->picture) {
        show_picture(preview, preview->picture);
        gboolean is_detail = functions_of(preview)->detail_factor != NULL;
        say(preview, is_detail ? _("Detail at full size; drag to move") : "");
    } else if (g_error_matches(preview->error, PLUGIN_ERROR, PLUGIN_ERROR_CANCELLED)) {
        say(preview, "");
    } else {
        say(preview, preview->error->message);
    }
}

static void clear_result(Preview *preview) {
    g_clear_pointer(&preview->work, work_free);
    g_clear_pointer(&preview->settings, settings_free);
    g_clear_pointer(&preview->picture, picture_free);
    g_clear_error(&preview->error);
}

/* Makes the next answer larger or smaller after one that is done. */
static void keep_pace(Preview *preview) {
    /* A search takes as long whatever the preview's size. */
    gboolean counts = preview->is_warm && !functions_of(preview)->shares_work;
    if (!preview->picture || preview->is_full)
        return;
    if (counts)
        preview->side =
            pace_side(preview->side, WIDTH, g_get_monotonic_time() - preview->begun);
    preview->is_warm = TRUE;
}

/* Whether a larger preview is to follow the one that is done. */
static gboolean can_grow(const Preview *preview) {
    return preview->picture && !preview->is_full && !preview->rests && preview->side < WIDTH;
}

static gboolean on_finished(gpointer data) {
    Preview *preview = data;
    g_thread_join(preview->thread);
    preview->thread = NULL;
    keep_pace(preview);
    gboolean grows = can_grow(preview);
    show_result(preview);
    clear_result(preview);
    if (preview->came)
        preview->came(preview->user_data);
    if (preview->is_due || grows)
        start(preview, !preview->is_due);
    return G_SOURCE_REMOVE;
}

static gpointer run(gpointer data) {
    Preview *preview = data;
    preview->picture =
        functions_of(preview)->preview(preview->session, preview->settings, &preview->at,
                                       preview->work, &preview->error);
    g_idle_add(on_finished, preview);
    return NULL;
}

static void start(Preview *preview, gboolean is_full) {
    preview->is_due = FALSE;
    preview->settings = settings_copy(preview->last);
    guint side = is_full ? WIDTH : preview->side;
    preview->at = (Glance){MIN(WIDTH, side), MIN(HEIGHT, side), preview->x, preview->y};
    preview->begun = g_get_monotonic_time();
    preview->is_full = is_full;
    preview->work = work_new(session_library(preview->session));
    preview->thread = g_thread_new("polyinr-preview", run, preview);
}

/* Whether what is computed is also needed for other settings. */
static gboolean is_needed(const Preview *preview, const Settings *settings) {
    const Functions *functions = functions_of(preview);
    return settings && !preview->is_full && functions->shares_work &&
           functions->shares_work(preview->settings, settings);
}

static gboolean on_delay(gpointer data) {
    Preview *preview = data;
    preview->delay = 0;
    if (!preview->thread)
        start(preview, FALSE);
    else if (!is_needed(preview, preview->last))
        work_cancel(preview->work);
    return G_SOURCE_REMOVE;
}

void preview_show(Preview *preview, const Settings *settings) {
    g_clear_pointer(&preview->last, settings_free);
    preview->last = settings_copy(settings);
    preview->is_due = TRUE;
    preview->rests = FALSE;
    if (!preview->delay)
        preview->delay = g_timeout_add(DELAY, on_delay, preview);
}

void preview_rest(Preview *preview, const Settings *settings) {
    preview->is_due = FALSE;
    preview->rests = TRUE;
    if (preview->delay)
        g_source_remove(preview->delay);
    preview->delay = 0;
    if (preview->thread && !is_needed(preview, settings))
        work_cancel(preview->work);
}

static gboolean on_tick(gpointer data) {
    Preview *preview = data;
    if (!preview->thread)
        return G_SOURCE_CONTINUE;
    gint hundredths = g_atomic_int_get(&preview->work->hundredths_db);
    if (hundredths > 0) {
        g_autofree char *text =
            g_strdup_printf(_("Searching: %d %%, %.1f dB"),
                            g_atomic_int_get(&preview->work->permille) / 10, hundredths / 100.0);
        say(preview, text);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_press(GtkWidget *widget, GdkEventButton *event, Preview *preview) {
    (void)widget;
    preview->drag_x = event->x;
    preview->drag_y = event->y;
    return TRUE;
}

/* Moves the detail with the pointer, by pixels of the result. */
static gboolean on_drag(GtkWidget *widget, GdkEventMotion *event, Preview *preview) {
    (void)widget;
    if (!preview->last)
        return FALSE;
    double factor = functions_of(preview)->detail_factor(preview->session, preview->last);
    const Source *source = session_source(preview->session);
    double right = (event->x - preview->drag_x) / factor / source->width;
    double down = (event->y - preview->drag_y) / factor / source->height;
    preview->x = CLAMP(preview->x - right, 0, 1);
    preview->y = CLAMP(preview->y - down, 0, 1);
    preview->drag_x = event->x;
    preview->drag_y = event->y;
    g_autoptr(Settings) settings = settings_copy(preview->last);
    preview_show(preview, settings);
    return TRUE;
}

/* Until the first preview is there, the picture itself is shown. */
static void show_source(Preview *preview) {
    const Picture *picture = session_source(preview->session)->picture;
    g_autoptr(Picture) small =
        picture ? picture_reduced(picture, MIN(WIDTH, HEIGHT), NULL) : NULL;
    if (small)
        show_picture(preview, small);
}

static GtkWidget *image_area(Preview *preview) {
    GtkWidget *events = gtk_event_box_new();
    preview->image = gtk_image_new();
    gtk_widget_set_size_request(preview->image, WIDTH, HEIGHT);
    gtk_container_add(GTK_CONTAINER(events), preview->image);
    if (functions_of(preview)->detail_factor) {
        gtk_widget_add_events(events, GDK_BUTTON_PRESS_MASK | GDK_BUTTON1_MOTION_MASK);
        g_signal_connect(events, "button-press-event", G_CALLBACK(on_press), preview);
        g_signal_connect(events, "motion-notify-event", G_CALLBACK(on_drag), preview);
    }
    GtkWidget *frame = gtk_frame_new(NULL);
    gtk_container_add(GTK_CONTAINER(frame), events);
    return frame;
}

Preview *preview_new(Session *session, const Operation *operation) {
    Preview *preview = g_new0(Preview, 1);
    preview->session = session;
    preview->operation = operation;
    preview->x = preview->y = 0.5;
    preview->side = PACE_FIRST;
    preview->box = box_new(GTK_ORIENTATION_VERTICAL, 6);
    preview->caption = gtk_label_new("");
    gtk_label_set_line_wrap(GTK_LABEL(preview->caption), TRUE);
    gtk_widget_set_size_request(preview->caption, WIDTH, -1);
    gtk_box_pack_start(GTK_BOX(preview->box), image_area(preview), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(preview->box), preview->caption, FALSE, FALSE, 0);
    show_source(preview);
    preview->ticks = g_timeout_add(TICK, on_tick, preview);
    return preview;
}

GtkWidget *preview_widget(Preview *preview) {
    return preview->box;
}

void preview_on_come(Preview *preview, PreviewCame came, gpointer user_data) {
    preview->came = came;
    preview->user_data = user_data;
}

void preview_stop(Preview *preview) {
    preview_rest(preview, NULL);
    g_source_remove(preview->ticks);
    if (preview->thread) {
        g_thread_join(preview->thread);
        g_idle_remove_by_data(preview);
    }
    clear_result(preview);
    g_clear_pointer(&preview->last, settings_free);
    g_free(preview);
}
