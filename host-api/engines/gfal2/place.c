/* SPDX-License-Identifier: Apache-2.0 */
/* URLs as directories. What a URL means is the plugin's to say; must not ask a server. */
#include "place.h"

#include <errno.h>
#include <string.h>

#include "plugins.h"

/* Would mean something else in a URL that a name is appended to. */
#define SPECIAL "%?#*[]"

static const struct {
    const char *level;
    const char *type;
} levels[] = {
    {"projects", "project"},   {"subjects", "subject"},   {"experiments", "experiment"},
    {"scans", "scan"},         {"assessors", "assessor"}, {"reconstructions", "reconstruction"},
    {"resources", "resource"},
};

const char *
place_level_of (const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS (levels); i++)
        if (g_strcmp0 (levels[i].type, type) == 0)
            return levels[i].level;
    return NULL;
}

static const char *
type_of_level (const char *level)
{
    for (size_t i = 0; i < G_N_ELEMENTS (levels); i++)
        if (strcmp (levels[i].level, level) == 0)
            return levels[i].type;
    return NULL;
}

static char *
with_options (const char *path, const char *options)
{
    return g_strconcat (path, options != NULL ? "?" : NULL, options, NULL);
}

/* Where a URL ends, as the plugin names it (IOItem's attribute `level`); to be freed. NULL with an error if nowhere. */
static char *
end_of (Operation *operation, const char *path, const char *options, GError **error)
{
    g_autofree char *url = with_options (path, options);
    const char *level;

    if (!operation_took (operation, operation->plugin->check_url (url, &operation->call), error))
        return NULL;
    level = operation_attribute (operation->result->items[0], "level");
    if (level == NULL)
        gfal2_set_error (error, PLUGINS_ERROR, EINVAL, __func__, "a search is no file and no directory: %s", url);
    return g_strdup (level);
}

/* A URL without its last part and the slashes around it; to be freed. */
static char *
without_last (const char *path)
{
    const char *slash = strrchr (path, '/');

    return g_strndup (path, slash != NULL ? (gsize)(slash - path) : strlen (path));
}

/* The place of a URL that the plugin refuses: a level without a name. FALSE without an error if it is none. */
static gboolean
place_of_level (Operation *operation, const char *path, const char *options, Place *place)
{
    g_autofree char *parent = without_last (path);
    g_autofree char *end = NULL;

    place->type = path[strlen (parent)] != '\0' ? type_of_level (path + strlen (parent) + 1) : NULL;
    if (place->type == NULL)
        return FALSE;
    end = end_of (operation, parent, options, NULL);
    if (end == NULL)
        return FALSE;
    place->kind = PLACE_LEVEL;
    place->url = with_options (parent, options);
    return TRUE;
}

static PlaceKind
kind_of (Operation *operation, const char *path, const char *options, const char *end)
{
    g_autofree char *parent = NULL;
    g_autofree char *above = NULL;

    if (strcmp (end, "path") == 0)
        return PLACE_PATH;
    if (strcmp (end, "server") == 0)
        return g_str_has_suffix (path, "/data") || g_str_has_suffix (path, "/data/archive") ? PLACE_DATA : PLACE_SERVER;
    if (strcmp (end, "resource") != 0)
        return PLACE_ITEM;
    /* Not where it is what the resource is called. */
    parent = without_last (path);
    above = g_str_has_suffix (path, "/files") ? end_of (operation, parent, options, NULL) : NULL;
    return above != NULL ? PLACE_FILES : PLACE_RESOURCE;
}

gboolean
place_of (Operation *operation, const char *url, Place *place, GError **error)
{
    const char *mark = strchr (url, '?');
    g_autofree char *path = g_strndup (url, mark != NULL ? (gsize)(mark - url) : strlen (url));
    g_autofree char *options = NULL;
    g_autofree char *end = NULL;
    GError *refused = NULL;

    if (mark != NULL && strchr (mark, '/') != NULL) {
        gfal2_set_error (
            error, PLUGINS_ERROR, EINVAL, __func__,
            "a path goes on behind a '?', which begins the options of a URL: write %%3F if it is a part of a name; "
            "options for all URLs are the key URL_OPTIONS of the group '" OPERATION_GROUP "': %s",
            url);
        return FALSE;
    }
    options = mark != NULL ? g_strdup (mark + 1)
                           : gfal2_get_opt_string (operation->context, OPERATION_GROUP, "URL_OPTIONS", NULL);
    while (g_str_has_suffix (path, "/") && !g_str_has_suffix (path, "://"))
        path[strlen (path) - 1] = '\0';
    end = end_of (operation, path, options, &refused);
    if (end != NULL) {
        place->kind = kind_of (operation, path, options, end);
        place->url = with_options (path, options);
        return TRUE;
    }
    if (place_of_level (operation, path, options, place)) {
        g_error_free (refused);
        return TRUE;
    }
    g_propagate_error (error, refused);
    return FALSE;
}

char *
place_overwriting (const Place *place)
{
    const char *options = strchr (place->url, '?');

    if (options != NULL && strstr (options, "overwrite=") != NULL)
        return g_strdup (place->url);
    return g_strconcat (place->url, options != NULL ? "&" : "?", "overwrite=true", NULL);
}

void
place_clear (Place *place)
{
    g_clear_pointer (&place->url, g_free);
}

char *
place_name_of (const IOItem *item)
{
    g_autofree char *url = NULL;

    if (item->id != NULL && strpbrk (item->id, SPECIAL) == NULL)
        return g_strdup (item->id);
    url = g_strndup (item->value, strcspn (item->value, "?"));
    if (g_str_has_suffix (url, "/"))
        url[strlen (url) - 1] = '\0';
    return g_strdup (strrchr (url, '/') + 1);
}
