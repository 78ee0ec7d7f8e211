/* SPDX-License-Identifier: Apache-2.0 */
/* The table that gfal2 gets. */
#include "plugin.h"

#include <string.h>

#include "change.h"
#include "copy.h"
#include "file.h"
#include "guard.h"
#include "look.h"
#include "plugins.h"

const char *
plugin_name (void)
{
    return GFAL2_PLUGIN_VERSIONED ("xnat", XNATSTORAGE_VERSION);
}

gboolean
plugin_serves (const char *url)
{
    static const char *const starts[] = {"xnat+https://", "xnat+http://", "xnat://"};

    for (size_t i = 0; i < G_N_ELEMENTS (starts); i++)
        if (g_ascii_strncasecmp (url, starts[i], strlen (starts[i])) == 0)
            return TRUE;
    return FALSE;
}

/* The member check_plugin_url. */
static gboolean
on_check (plugin_handle handle, const char *url, plugin_mode operation, GError **error)
{
    switch (operation) {
    case GFAL_PLUGIN_ACCESS:
    case GFAL_PLUGIN_STAT:
    case GFAL_PLUGIN_LSTAT:
    case GFAL_PLUGIN_MKDIR:
    case GFAL_PLUGIN_RMDIR:
    case GFAL_PLUGIN_OPENDIR:
    case GFAL_PLUGIN_OPEN:
    case GFAL_PLUGIN_UNLINK:
    case GFAL_PLUGIN_CHECKSUM:
        return plugin_serves (url);
    default:
        return FALSE;
    }
}

/* The member plugin_delete. */
static void
on_delete (plugin_handle handle)
{
    guard_forget (handle);
    plugins_release ();
}

__attribute__ ((visibility ("default"))) gfal_plugin_interface
gfal_plugin_init (gfal2_context_t context, GError **error)
{
    gfal_plugin_interface table = {0};

    plugins_hold ();
    table.plugin_data = context;
    table.priority = GFAL_PLUGIN_PRIORITY_DATA;
    table.getName = plugin_name;
    table.plugin_delete = on_delete;
    table.check_plugin_url = on_check;
    table.accessG = look_access;
    table.statG = look_stat;
    table.lstatG = look_stat;
    table.opendirG = look_open_directory;
    table.readdirG = look_read_directory;
    table.readdirppG = look_read_directory_with_stat;
    table.closedirG = look_close_directory;
    table.checksum_calcG = look_checksum;
    table.mkdirpG = change_make_directory;
    table.rmdirG = change_remove_directory;
    table.unlinkG = change_remove_file;
    table.openG = file_open;
    table.readG = file_read;
    table.writeG = file_write;
    table.lseekG = file_seek;
    table.closeG = file_close;
    table.check_plugin_url_transfer = copy_check;
    table.copy_file = copy_file;
    return table;
}
