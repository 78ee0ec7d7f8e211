/* SPDX-License-Identifier: Apache-2.0 */
/* Names by project, in filters of a bounded length. */
#include "find/fellows.h"

#include "find/finder.h"
#include "xnat/match.h"

#include <string.h>

/* So many in one question, and so long at most: it has to fit into a request's line, and each is looked for in all rows. */
#define MOST_NAMES 100
#define MOST_BYTES 3000

typedef struct {
    GString *text; /* (owned) */
    guint n;
} Filter;

struct XnFellows {
    GHashTable *by_name; /* (owned) Map<server, project and name, Filter> */
    GHashTable *current; /* (owned) Map<server, project and field, Filter>: the one that takes more names */
    GPtrArray *filters;  /* (owned) (element-type Filter) */
};

static void
filter_free (gpointer data)
{
    Filter *filter = data;
    g_string_free (filter->text, TRUE);
    g_free (filter);
}

XnFellows *
xn_fellows_new (void)
{
    XnFellows *fellows = g_new0 (XnFellows, 1);
    fellows->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    fellows->current = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    fellows->filters = g_ptr_array_new_with_free_func (filter_free);
    return fellows;
}

void
xn_fellows_free (XnFellows *fellows)
{
    if (fellows == NULL)
        return;
    g_hash_table_unref (fellows->by_name);
    g_hash_table_unref (fellows->current);
    g_ptr_array_unref (fellows->filters);
    g_free (fellows);
}

/* What tells @name from those of other projects: (transfer full) */
static char *
key_of (const XnUrl *url, const char *name)
{
    g_autofree char *base = xn_server_base (&url->server);
    return g_strjoin ("\n", base, url->server.login != NULL ? url->server.login : "", url->selector[XN_LEVEL_PROJECT],
                      name, NULL);
}

static const char *
field_of (const XnUrl *url)
{
    const char *name = url->selector[XN_LEVEL_EXPERIMENT];
    if (url->selector[XN_LEVEL_PROJECT] == NULL || name == NULL || url->regex || xn_has_pattern_characters (name))
        return NULL;
    return xn_experiment_filter_field (name);
}

static Filter *
filter_for (XnFellows *fellows, const XnUrl *url, const char *field)
{
    g_autofree char *key = key_of (url, field);
    Filter *filter = g_hash_table_lookup (fellows->current, key);
    if (filter != NULL && filter->n < MOST_NAMES && filter->text->len < MOST_BYTES)
        return filter;
    filter = g_new0 (Filter, 1);
    filter->text = g_string_new (field);
    g_ptr_array_add (fellows->filters, filter);
    g_hash_table_insert (fellows->current, g_steal_pointer (&key), filter);
    return filter;
}

void
xn_fellows_add (XnFellows *fellows, const XnUrl *url)
{
    const char *field = field_of (url), *name = url->selector[XN_LEVEL_EXPERIMENT];
    if (field == NULL)
        return;
    g_autofree char *key = key_of (url, name);
    if (g_hash_table_contains (fellows->by_name, key))
        return;
    Filter *filter = filter_for (fellows, url, field);
    g_string_append_printf (filter->text, "%c%s", filter->n++ == 0 ? '=' : ',', name);
    g_hash_table_insert (fellows->by_name, g_steal_pointer (&key), filter);
}

const char *
xn_fellows_filter (const XnFellows *fellows, const XnUrl *url)
{
    if (field_of (url) == NULL)
        return NULL;
    g_autofree char *key = key_of (url, url->selector[XN_LEVEL_EXPERIMENT]);
    const Filter *filter = g_hash_table_lookup (fellows->by_name, key);
    return filter != NULL ? filter->text->str : NULL;
}
