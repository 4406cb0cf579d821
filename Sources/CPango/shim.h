// What is used of Pango and cairo, which shape and draw text, found by name in the loaded library. A process that shows no
// text neither loads fonts nor needs the library, and a build needs none of their headers: both have kept these functions
// as they are since 2010 (Pango 1.16, cairo 1.10), and promise to under the names of the libraries that are loaded.
#pragma once

#include <dlfcn.h>
#include <stddef.h>

typedef struct convene_text_extents { int x, y, width, height; } convene_text_extents;  // PangoRectangle

static const char *const convene_pango_name = "libpangocairo-1.0.so.0";
static const int convene_pango_scale = 1024;         // PANGO_SCALE: units of a pixel
static const int convene_pango_ellipsize_end = 3;    // PANGO_ELLIPSIZE_END
static const int convene_cairo_argb32 = 0;           // CAIRO_FORMAT_ARGB32
static const int convene_cairo_antialias_gray = 2;   // CAIRO_ANTIALIAS_GRAY
static const int convene_cairo_success = 0;          // CAIRO_STATUS_SUCCESS

typedef struct convene_pango {
    void (*object_unref)(void *object);

    void *(*font_map_new)(void);
    void *(*font_map_create_context)(void *map);
    void *(*context_load_font)(void *context, const void *description);
    void (*context_set_font_options)(void *context, const void *options);

    void *(*font_description_new)(void);
    void (*font_description_free)(void *description);
    void (*font_description_set_family)(void *description, const char *family);
    void (*font_description_set_absolute_size)(void *description, double size);

    void *(*layout_new)(void *context);
    void (*layout_set_font_description)(void *layout, const void *description);
    void (*layout_set_text)(void *layout, const char *text, int length);
    void (*layout_set_single_paragraph_mode)(void *layout, int is_single);
    void (*layout_set_width)(void *layout, int width);
    void (*layout_set_ellipsize)(void *layout, int mode);
    void (*layout_get_pixel_extents)(void *layout, convene_text_extents *ink, convene_text_extents *logical);
    int (*layout_get_baseline)(void *layout);
    int (*layout_get_unknown_glyphs_count)(void *layout);
    void (*show_layout)(void *cairo, void *layout);

    void *(*font_options_create)(void);
    void (*font_options_destroy)(void *options);
    void (*font_options_set_antialias)(void *options, int antialias);

    void *(*image_surface_create)(int format, int width, int height);
    int (*surface_status)(void *surface);
    void (*surface_flush)(void *surface);
    void (*surface_destroy)(void *surface);
    unsigned char *(*image_surface_get_data)(void *surface);
    int (*image_surface_get_stride)(void *surface);

    void *(*create)(void *surface);
    int (*status)(void *cairo);
    void (*destroy)(void *cairo);
    void (*set_source_rgba)(void *cairo, double red, double green, double blue, double alpha);
    void (*move_to)(void *cairo, double x, double y);
} convene_pango;

// Returns 0 where a function is missing. `handle` is what dlopen() gave.
static inline int convene_pango_load(void *handle, convene_pango *table) {
    void **slots = (void **)table;
    static const char *const names[] = {
        "g_object_unref",
        "pango_cairo_font_map_new", "pango_font_map_create_context", "pango_context_load_font",
        "pango_cairo_context_set_font_options",
        "pango_font_description_new", "pango_font_description_free", "pango_font_description_set_family",
        "pango_font_description_set_absolute_size",
        "pango_layout_new", "pango_layout_set_font_description", "pango_layout_set_text",
        "pango_layout_set_single_paragraph_mode", "pango_layout_set_width", "pango_layout_set_ellipsize",
        "pango_layout_get_pixel_extents", "pango_layout_get_baseline", "pango_layout_get_unknown_glyphs_count",
        "pango_cairo_show_layout",
        "cairo_font_options_create", "cairo_font_options_destroy", "cairo_font_options_set_antialias",
        "cairo_image_surface_create", "cairo_surface_status", "cairo_surface_flush", "cairo_surface_destroy",
        "cairo_image_surface_get_data", "cairo_image_surface_get_stride",
        "cairo_create", "cairo_status", "cairo_destroy", "cairo_set_source_rgba", "cairo_move_to",
    };
    _Static_assert(sizeof names / sizeof *names == sizeof(convene_pango) / sizeof(void *), "a name for each function");
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (!(slots[index] = dlsym(handle, names[index]))) return 0;
    return 1;
}
