/* SPDX-License-Identifier: Apache-2.0 */
/* expand: search, then an id, a URL and attributes for each item. */
#include "expand/expand.h"

#include "base/error.h"
#include "base/log.h"
#include "find/search.h"

#include <string.h>

#define MAX_ATTRIBUTES 13
/* For a count as text. */
#define COUNT_ROOM 24
/* So many repeated ids are named; a search of thousands of sessions with the usual id would fill the terminal with them. */
#define MOST_TOLD 20

/* Pairs lie one after the other in blocks, each twice as large as the one before. */
#define FIRST_BLOCK 1024
#define LARGEST_BLOCK (16 * 1024)

/* What pairs are made with. */
typedef struct {
    const XnUrl *url;       /* the search */
    XnExpansion *expansion; /* receives them */
    XnUrl *data;            /* (owned) the data URL; what it names is the item's while it is printed */
    GString *id, *text;     /* (owned) the id and the URL */
    gsize block;            /* bytes of the last block */
    char *at;               /* in the last block: what is free */
    gsize left;
} Maker;

void
xn_expansion_free (XnExpansion *expansion)
{
    if (expansion == NULL)
        return;
    g_ptr_array_unref (expansion->pairs);
    g_ptr_array_unref (expansion->blocks);
    xn_pool_free (expansion->pool);
    g_free (expansion);
}

static XnExpansion *
expansion_new (void)
{
    XnExpansion *expansion = g_new0 (XnExpansion, 1);
    expansion->pairs = g_ptr_array_new ();
    expansion->blocks = g_ptr_array_new_with_free_func (g_free);
    expansion->pool = xn_pool_new ();
    return expansion;
}

static void
maker_init (Maker *maker, const XnUrl *url, XnExpansion *expansion)
{
    *maker = (Maker){.url = url, .expansion = expansion, .data = xn_url_new_like (url)};
    maker->id = g_string_new (NULL);
    maker->text = g_string_new (NULL);
}

static void
maker_clear (Maker *maker)
{
    xn_url_free (maker->data);
    g_string_free (maker->id, TRUE);
    g_string_free (maker->text, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Maker, maker_clear)

/* The names of the levels that the URL asked for, joined; with the file's path where resources are told apart. */
static void
make_id (Maker *maker, const XnItem *item)
{
    const XnUrl *url = maker->url;
    GString *id = maker->id;
    gboolean has_resource = FALSE;
    g_string_truncate (id, 0);
    for (guint i = 0; i < url->n_id_levels; i++) {
        const XnLevel level = url->id_level[i];
        has_resource = has_resource || level == XN_LEVEL_RESOURCE;
        if (i > 0)
            g_string_append_c (id, '_');
        g_string_append (id, url->label ? xn_item_label (item, level) : xn_item_id (item, level));
    }
    if (!has_resource || item->file == NULL)
        return;
    g_string_append_c (id, '_');
    for (const char *c = item->file; *c != '\0'; c++)
        if (*c == '/')
            g_string_append (id, "%2F");
        else
            g_string_append_c (id, *c);
}

/* A data URL that leads to just this item: by IDs, and the resource by its label where that is enough. */
static void
make_url (Maker *maker, const XnItem *item)
{
    XnUrl *data = maker->data;
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_LEVEL_RESOURCE; level++) {
        const char *id = xn_item_id (item, level);
        data->selector[level] = *id != '\0' ? (char *)id : NULL;
    }
    data->selector[XN_LEVEL_RESOURCE] =
        (char *)(item->by_number || item->resource_label == NULL ? xn_item_id (item, XN_LEVEL_RESOURCE)
                                                                 : item->resource_label);
    data->has_files = item->file != NULL;
    data->path = (char *)item->file;
    g_string_truncate (maker->text, 0);
    xn_url_append (maker->text, data, FALSE);
    memset (data->selector, 0, sizeof data->selector);
    data->path = NULL;
}

/* A count as text, at @text; NULL if it is not known. */
static const char *
count_text (gint64 count, char *text)
{
    if (count < 0)
        return NULL;
    g_snprintf (text, COUNT_ROOM, "%" G_GINT64_FORMAT, count);
    return text;
}

/* One attribute. */
typedef struct {
    const char *name, *value;
    gboolean is_passing; /* the value does not live as long as the expansion */
} Attribute;

/* The attributes that are known. @number: where the item's resource_id is, if that passes; @files, @bytes: room for counts
 * as text. Returns how many there are. */
static guint
pair_attributes (const XnItem *item, const char *number, char *files, char *bytes, Attribute *out)
{
    const char *const resource_id = item->resource_id;
    const Attribute all[MAX_ATTRIBUTES] = {
        {"project", item->project, FALSE},
        {"subject_id", item->subject_id, FALSE},
        {"subject_label", item->subject_label, FALSE},
        {"experiment_id", item->experiment_id, FALSE},
        {"experiment_label", item->experiment_label, FALSE},
        {"scan_id", item->scan_id, FALSE},
        {"scan_type", item->scan_type, FALSE},
        {"assessor_id", item->assessor_id, FALSE},
        {"assessor_label", item->assessor_label, FALSE},
        {"resource_id", resource_id, resource_id == number},
        {"resource_label", item->resource_label, FALSE},
        {"files", count_text (item->files, files), TRUE},
        {"bytes", count_text (item->bytes, bytes), TRUE},
    };
    guint n = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
        if (all[i].value != NULL)
            out[n++] = all[i];
    return n;
}

/* @size bytes for a pair, which live as long as the expansion. */
static char *
make_room (Maker *maker, gsize size)
{
    const gsize aligned = (size + sizeof (gpointer) - 1) / sizeof (gpointer) * sizeof (gpointer);
    if (maker->left < aligned) {
        maker->block = CLAMP (2 * maker->block, FIRST_BLOCK, LARGEST_BLOCK);
        maker->left = MAX (maker->block, aligned);
        maker->at = g_malloc (maker->left);
        g_ptr_array_add (maker->expansion->blocks, maker->at);
    }
    char *room = maker->at;
    maker->at += aligned;
    maker->left -= aligned;
    return room;
}

/* Adds @text, with its NUL, at *@at, which moves behind it. */
static char *
put_text (char **at, const char *text, gsize length)
{
    char *put = *at;
    memcpy (put, text, length + 1);
    *at += length + 1;
    return put;
}

/* In one piece: the pair, its attributes, its URL and its id, and the numbers among the attributes, which are hardly ever
 * the same twice. @number: as for pair_attributes() */
static XnPair *
make_pair (Maker *maker, const XnItem *item, const char *number)
{
    Attribute attributes[MAX_ATTRIBUTES];
    char files[COUNT_ROOM], bytes[COUNT_ROOM];
    make_id (maker, item);
    make_url (maker, item);
    const guint n = pair_attributes (item, number, files, bytes, attributes);
    const gsize table = (2 * (gsize)n + 1) * sizeof (char *);
    gsize texts = maker->text->len + 1 + maker->id->len + 1;
    for (guint i = 0; i < n; i++)
        texts += attributes[i].is_passing ? strlen (attributes[i].value) + 1 : 0;

    char *room = make_room (maker, sizeof (XnPair) + table + texts);
    XnPair *pair = (XnPair *)(gpointer)room;
    const char **list = (const char **)(gpointer)(room + sizeof (XnPair));
    char *at = room + sizeof (XnPair) + table;
    *pair = (XnPair){.attributes = list};
    pair->url = put_text (&at, maker->text->str, maker->text->len);
    pair->id = put_text (&at, maker->id->str, maker->id->len);
    for (guint i = 0; i < n; i++) {
        const Attribute *attribute = &attributes[i];
        list[2 * i] = attribute->name;
        list[2 * i + 1] =
            attribute->is_passing ? put_text (&at, attribute->value, strlen (attribute->value)) : attribute->value;
    }
    list[2 * n] = NULL;
    return pair;
}

/* From the last to the first, so that the memory of the hits can be given back meanwhile. */
static void
make_pairs (const XnUrl *url, XnHits *hits, XnExpansion *expansion)
{
    g_auto (Maker) maker;
    maker_init (&maker, url, expansion);
    g_ptr_array_set_size (expansion->pairs, (gint)hits->n);
    while (hits->n > 0) {
        const guint last = hits->n - 1;
        XnHitNumber number;
        const XnItem item = xn_hits_pop (hits, number);
        expansion->pairs->pdata[last] = make_pair (&maker, &item, number);
    }
}

/* Whether the id of pair number @i is among the first ones already; if not, it is added. A slot holds the pair's number from
 * 1 in as many bits as that needs (@numbers), beside a part of its id's hash, so that few ids have to be compared. */
static gboolean
is_repeated (GPtrArray *pairs, guint i, guint32 *slots, guint32 n_slots, guint32 numbers)
{
    const XnPair *pair = g_ptr_array_index (pairs, i);
    const guint32 hash = g_str_hash (pair->id) * 0x9E3779B1u;
    guint32 at = hash & (n_slots - 1);
    for (; slots[at] != 0; at = (at + 1) & (n_slots - 1)) {
        const XnPair *other = g_ptr_array_index (pairs, (slots[at] & numbers) - 1);
        if (((slots[at] ^ hash) & ~numbers) == 0 && g_str_equal (other->id, pair->id))
            return TRUE;
    }
    slots[at] = (hash & ~numbers) | (i + 1);
    return FALSE;
}

/* A table of GLib would take three times the memory, at the time when most is needed. */
static void
warn_of_repeated_ids (GPtrArray *pairs)
{
    guint32 numbers = 1;
    while (numbers < pairs->len)
        numbers = 2 * numbers + 1;
    const guint32 n_slots = 2 * (numbers + 1);
    g_autofree guint32 *slots = g_new0 (guint32, n_slots);
    g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < pairs->len; i++) {
        const XnPair *pair = g_ptr_array_index (pairs, i);
        if (!is_repeated (pairs, i, slots, n_slots, numbers) || !g_hash_table_add (told, (gpointer)pair->id))
            continue;
        if (g_hash_table_size (told) <= MOST_TOLD)
            xn_log (XN_LOG_WARNING,
                    "the id '%s' names more than one result; id=experiment,scan,resource (or another list of levels) "
                    "tells them apart",
                    pair->id);
    }
    if (g_hash_table_size (told) > MOST_TOLD)
        xn_log (XN_LOG_WARNING, "%u more ids name more than one result each", g_hash_table_size (told) - MOST_TOLD);
}

static void
tell_nothing_found (const XnUrl *url, const XnSelection *selection, gboolean by_files)
{
    const XnLevel level = xn_selection_missing_level (selection);
    if (by_files) {
        xn_log (XN_LOG_WARNING, "no match: no file fits '%s' in the resources that were found: %s", url->files,
                url->text);
        return;
    }
    xn_log (XN_LOG_WARNING, "no match: nothing was left at level %s ('%s'): %s", xn_level_plural (level),
            url->selector[level] != NULL ? url->selector[level] : "*", url->text);
}

static gboolean
wants_resource_ids (const XnUrl *url)
{
    for (guint i = 0; i < url->n_id_levels; i++)
        if (url->id_level[i] == XN_LEVEL_RESOURCE && !url->label)
            return TRUE;
    return FALSE;
}

static gboolean
wants_project_names (const XnUrl *url)
{
    for (guint i = 0; i < url->n_id_levels; i++)
        if (url->id_level[i] == XN_LEVEL_PROJECT && url->label)
            return TRUE;
    return FALSE;
}

/* A project that was named by its ID has not been listed; its name is asked for only where it is part of the id. */
static gboolean
learn_project_names (XnFinder *finder, const XnHits *hits, GError **error)
{
    g_autoptr (GPtrArray) items = xn_hits_items (hits);
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
    if (!xn_find_projects (finder, everything, projects, error))
        return FALSE;
    for (guint i = 0; i < projects->len; i++) {
        const XnItem *project = g_ptr_array_index (projects, i);
        g_hash_table_insert (names, (gpointer)project->project, (gpointer)project->project_name);
    }
    for (guint i = 0; i < items->len; i++) {
        XnItem *item = g_ptr_array_index (items, i);
        item->project_name = g_hash_table_lookup (names, item->project);
    }
    return TRUE;
}

static XnExpansion *
expand_search (XnRuntime *runtime, XnOp *op, const XnUrl *url, GError **error)
{
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL)
        return NULL;
    selection->need_resource_ids = wants_resource_ids (url);
    XnClient *client = xn_clients_get (runtime->clients, &url->server, op, error);
    if (client == NULL)
        return NULL;
    g_autoptr (XnExpansion) expansion = expansion_new ();
    XnFinder finder = {.client = client,
                       .listings = runtime->listings,
                       .pool = expansion->pool,
                       .op = op,
                       .not_before_us = g_get_monotonic_time ()};
    xn_client_hold (client);
    g_autoptr (XnHits) hits = xn_search (&finder, selection, error);
    const gboolean ok =
        hits != NULL && (!wants_project_names (url) || hits->n == 0 || learn_project_names (&finder, hits, error));
    xn_client_release (client);
    if (!ok)
        return NULL;
    xn_pool_settle (expansion->pool);
    make_pairs (url, hits, expansion);
    if (expansion->pairs->len == 0)
        tell_nothing_found (url, selection,
                            url->files != NULL && g_atomic_int_get (&selection->reached) >= (gint)XN_LEVEL_RESOURCE);
    warn_of_repeated_ids (expansion->pairs);
    return g_steal_pointer (&expansion);
}

XnExpansion *
xn_expand (XnRuntime *runtime, XnOp *op, const char *text, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse (text, error);
    if (url == NULL)
        return NULL;
    if (url->is_search)
        return expand_search (runtime, op, url, error);
    static const char *const NO_ATTRIBUTES[] = {NULL};
    XnExpansion *expansion = expansion_new ();
    XnPair *pair = g_new (XnPair, 1);
    g_ptr_array_add (expansion->blocks, pair);
    *pair = (XnPair){.url = xn_pool_add (expansion->pool, text), .attributes = NO_ATTRIBUTES};
    g_ptr_array_add (expansion->pairs, pair);
    return expansion;
}
