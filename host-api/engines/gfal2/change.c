/* SPDX-License-Identifier: Apache-2.0 */
/* Removes, as little as was named. */
#include "change.h"

#include <errno.h>

#include "guard.h"
#include "operation.h"
#include "place.h"
#include "plugins.h"

static gboolean
is_file (Operation *operation, const Place *place, GError **error)
{
    if (!operation_took (operation, operation->plugin->stat_url (place->url, 0, &operation->call), error))
        return FALSE;
    if (g_strcmp0 (operation_attribute (operation->result->items[0], "type"), "file") == 0)
        return TRUE;
    gfal2_set_error (error, PLUGINS_ERROR, EISDIR, __func__, "not a file: %s", place->url);
    return FALSE;
}

int
change_remove_file (plugin_handle handle, const char *url, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};

    if (!operation_begin (&operation, handle, url, error) || !place_of (&operation, url, &place, error) ||
        !guard_allows (handle, url, error) || !is_file (&operation, &place, error))
        return -1;
    return operation_took (&operation, operation.plugin->remove_url (place.url, &operation.call), error) ? 0 : -1;
}

int
change_remove_directory (plugin_handle handle, const char *url, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    GError *failed = NULL;

    if (!operation_begin (&operation, handle, url, error) || !place_of (&operation, url, &place, error))
        return -1;
    if (place.kind < PLACE_RESOURCE) {
        gfal2_set_error (error, PLUGINS_ERROR, EPERM, __func__, "nothing above a resource is removed: %s", url);
        return -1;
    }
    if (!guard_allows (handle, url, error))
        return -1;
    if (!operation_took (&operation, operation.plugin->list_url (place.url, 0, &operation.call), &failed)) {
        if (place.kind == PLACE_PATH && g_error_matches (failed, PLUGINS_ERROR, ENOENT)) {
            g_error_free (failed);
            return 0;
        }
        g_propagate_error (error, failed);
        return -1;
    }
    if (operation.result->n_items > 0) {
        gfal2_set_error (error, PLUGINS_ERROR, ENOTEMPTY, __func__, "there are files in it: %s", url);
        return -1;
    }
    if (place.kind != PLACE_RESOURCE)
        return 0;
    return operation_took (&operation, operation.plugin->remove_url (place.url, &operation.call), error) ? 0 : -1;
}

int
change_make_directory (plugin_handle handle, const char *url, mode_t mode, gboolean parents, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};

    if (!operation_begin (&operation, handle, url, error) || !place_of (&operation, url, &place, error))
        return -1;
    if (parents)
        return 0;
    gfal2_set_error (error, PLUGINS_ERROR, ENOTSUP, __func__,
                     "XNAT has no empty directories: they come with what is put into them");
    return -1;
}
