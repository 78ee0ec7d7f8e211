/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers what gfal2's tools listed. Must not ask a server. */
#include "guard.h"

#include <errno.h>

#include "plugins.h"

/* As which all of gfal2's tools make themselves known. */
#define TOOLS "gfal2-util"

static GMutex lock;
static GHashTable *listed; /* of contexts: a GPtrArray of URLs, none below another; made once, never freed */

/* The listed place that @url is below of, or NULL. Called with the lock held. */
static const char *
find_above (gfal2_context_t context, const char *url)
{
    const GPtrArray *places = listed != NULL ? g_hash_table_lookup (listed, context) : NULL;

    for (guint i = 0; places != NULL && i < places->len; i++)
        if (g_str_has_prefix (url, places->pdata[i]))
            return places->pdata[i];
    return NULL;
}

/* Called with the lock held. */
static void
add (gfal2_context_t context, char *place)
{
    GPtrArray *places;

    if (listed == NULL)
        listed = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    places = g_hash_table_lookup (listed, context);
    if (places == NULL) {
        places = g_ptr_array_new_with_free_func (g_free);
        g_hash_table_insert (listed, context, places);
    }
    g_ptr_array_add (places, place);
}

void
guard_listed (gfal2_context_t context, const char *url)
{
    const char *agent = NULL;
    const char *version = NULL;

    gfal2_get_user_agent (context, &agent, &version);
    if (g_strcmp0 (agent, TOOLS) != 0)
        return;
    g_mutex_lock (&lock);
    if (find_above (context, url) == NULL)
        add (context, g_strconcat (url, g_str_has_suffix (url, "/") ? NULL : "/", NULL));
    g_mutex_unlock (&lock);
}

gboolean
guard_allows (gfal2_context_t context, const char *url, GError **error)
{
    const char *above;

    g_mutex_lock (&lock);
    above = find_above (context, url);
    if (above != NULL)
        gfal2_set_error (error, PLUGINS_ERROR, EPERM, __func__,
                         "nothing above a resource is removed, so nothing below %s is: name resources", above);
    g_mutex_unlock (&lock);
    return above == NULL;
}

void
guard_forget (gfal2_context_t context)
{
    g_mutex_lock (&lock);
    if (listed != NULL)
        g_hash_table_remove (listed, context);
    g_mutex_unlock (&lock);
}
