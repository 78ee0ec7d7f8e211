/* SPDX-License-Identifier: Apache-2.0 */
/* Items and the pool of their strings. */
#include "find/item.h"

#include "base/sync.h"
#include "xnat/match.h"

#include <stddef.h>
#include <string.h>

struct XnPool {
    pthread_mutex_t mutex;
    GStringChunk *chunk; /* [mutex] (owned) */
    GHashTable *known;   /* [mutex] (owned) Set<text>, those in the chunk */
    GHashTable *kinds;   /* [mutex] (owned) Set<XnScanKind> */
};

/* GHashFunc, GEqualFunc: equal texts of a pool are the same. */
static guint
kind_hash (gconstpointer key)
{
    const XnScanKind *kind = key;
    return (g_direct_hash (kind->type) * 31 + g_direct_hash (kind->quality)) * 31 + g_direct_hash (kind->description);
}

static gboolean
kind_equal (gconstpointer a, gconstpointer b)
{
    const XnScanKind *one = a, *two = b;
    return one->type == two->type && one->quality == two->quality && one->description == two->description;
}

XnPool *
xn_pool_new (void)
{
    XnPool *pool = g_new0 (XnPool, 1);
    pthread_mutex_init (&pool->mutex, NULL);
    pool->chunk = g_string_chunk_new (4096);
    pool->known = g_hash_table_new (g_str_hash, g_str_equal);
    pool->kinds = g_hash_table_new_full (kind_hash, kind_equal, g_free, NULL);
    return pool;
}

void
xn_pool_free (XnPool *pool)
{
    if (pool == NULL)
        return;
    g_hash_table_unref (pool->known);
    g_hash_table_unref (pool->kinds);
    g_string_chunk_free (pool->chunk);
    pthread_mutex_destroy (&pool->mutex);
    g_free (pool);
}

const char *
xn_pool_add (XnPool *pool, const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    XN_LOCKED (&pool->mutex);
    char *kept = g_hash_table_lookup (pool->known, text);
    if (kept != NULL)
        return kept;
    kept = g_string_chunk_insert (pool->chunk, text);
    g_hash_table_add (pool->known, kept);
    return kept;
}

const char *
xn_pool_copy (XnPool *pool, const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    XN_LOCKED (&pool->mutex);
    return g_string_chunk_insert (pool->chunk, text);
}

void
xn_pool_settle (XnPool *pool)
{
    XN_LOCKED (&pool->mutex);
    g_hash_table_remove_all (pool->known);
}

const char *
xn_pool_add_label (XnPool *pool, const char *label)
{
    if (label == NULL || strchr (label, '&') == NULL)
        return xn_pool_add (pool, label);
    g_autofree char *plain = xn_xml_unescape (label);
    return xn_pool_add (pool, plain);
}

const XnScanKind *
xn_pool_add_scan_kind (XnPool *pool, const char *type, const char *quality, const char *description)
{
    const XnScanKind wanted = {type, quality, description};
    XN_LOCKED (&pool->mutex);
    XnScanKind *kind = g_hash_table_lookup (pool->kinds, &wanted);
    if (kind != NULL)
        return kind;
    kind = g_new (XnScanKind, 1);
    *kind = wanted;
    g_hash_table_add (pool->kinds, kind);
    return kind;
}

XnItem *
xn_item_new (void)
{
    XnItem *item = g_new0 (XnItem, 1);
    item->files = item->bytes = item->mtime = -1;
    return item;
}

XnItem *
xn_item_copy (const XnItem *item)
{
    XnItem *copy = g_new (XnItem, 1);
    *copy = *item;
    copy->hits = 0;
    return copy;
}

void
xn_item_leave_resource (XnItem *item)
{
    item->resource_id = item->resource_label = NULL;
    item->by_number = FALSE;
    item->files = item->bytes = -1;
}

static gboolean
is_number (const char *text)
{
    return *text != '\0' && strspn (text, "0123456789") == strlen (text);
}

/* Numbers by value and before other texts. */
static int
compare_scan_ids (const char *a, const char *b)
{
    if (a == b)
        return 0;
    const gboolean number_a = is_number (a), number_b = is_number (b);
    if (number_a != number_b)
        return number_a ? -1 : 1;
    if (!number_a)
        return strcmp (a, b);
    const char *digits_a = a + strspn (a, "0"), *digits_b = b + strspn (b, "0");
    const gsize length_a = strlen (digits_a), length_b = strlen (digits_b);
    if (length_a != length_b)
        return length_a < length_b ? -1 : 1;
    const int order = strcmp (digits_a, digits_b);
    return order != 0 ? order : strcmp (a, b);
}

/* Texts of a pool are mostly the same where they are equal. */
static int
compare_texts (const char *a, const char *b)
{
    return a == b ? 0 : g_strcmp0 (a, b);
}

static int
compare_labels (const XnItem *one, const XnItem *two, XnLevel level)
{
    return compare_texts (xn_item_label (one, level), xn_item_label (two, level));
}

int
xn_item_compare_upper (const XnItem *one, const XnItem *two)
{
    int order = compare_texts (one->project, two->project);
    if (order == 0)
        order = compare_labels (one, two, XN_LEVEL_SUBJECT);
    return order != 0 ? order : compare_labels (one, two, XN_LEVEL_EXPERIMENT);
}

int
xn_item_compare (gconstpointer a, gconstpointer b)
{
    const XnItem *one = *(XnItem *const *)a, *two = *(XnItem *const *)b;
    static const XnLevel THEN_BY_LABEL[] = {XN_LEVEL_ASSESSOR, XN_LEVEL_RECONSTRUCTION, XN_LEVEL_RESOURCE};
    int order = xn_item_compare_upper (one, two);
    if (order == 0)
        order = compare_scan_ids (xn_item_id (one, XN_LEVEL_SCAN), xn_item_id (two, XN_LEVEL_SCAN));
    for (gsize i = 0; order == 0 && i < G_N_ELEMENTS (THEN_BY_LABEL); i++)
        order = compare_labels (one, two, THEN_BY_LABEL[i]);
    if (order == 0)
        order = compare_texts (one->file, two->file);
    for (XnLevel level = XN_LEVEL_PROJECT; order == 0 && level < XN_N_LEVELS; level++)
        order = compare_scan_ids (xn_item_id (one, level), xn_item_id (two, level));
    return order;
}

/* A million items are compared by them. */
static inline void
item_names (const XnItem *item, XnLevel level, const char **out_id, const char **out_label)
{
    static const gsize FIELDS[XN_N_LEVELS][2] = {
        [XN_LEVEL_PROJECT] = {offsetof (XnItem, project), offsetof (XnItem, project_name)},
        [XN_LEVEL_SUBJECT] = {offsetof (XnItem, subject_id), offsetof (XnItem, subject_label)},
        [XN_LEVEL_EXPERIMENT] = {offsetof (XnItem, experiment_id), offsetof (XnItem, experiment_label)},
        [XN_LEVEL_SCAN] = {offsetof (XnItem, scan_id), offsetof (XnItem, scan_type)},
        [XN_LEVEL_ASSESSOR] = {offsetof (XnItem, assessor_id), offsetof (XnItem, assessor_label)},
        [XN_LEVEL_RECONSTRUCTION] = {offsetof (XnItem, reconstruction_id), offsetof (XnItem, reconstruction_id)},
        [XN_LEVEL_RESOURCE] = {offsetof (XnItem, resource_id), offsetof (XnItem, resource_label)},
    };
    *out_id = G_STRUCT_MEMBER (const char *, item, FIELDS[level][0]);
    *out_label = G_STRUCT_MEMBER (const char *, item, FIELDS[level][1]);
}

static const char *
first_known (const char *first, const char *second)
{
    return first != NULL ? first : second != NULL ? second : "";
}

const char *
xn_item_id (const XnItem *item, XnLevel level)
{
    const char *id, *label;
    item_names (item, level, &id, &label);
    return first_known (id, label);
}

const char *
xn_item_label (const XnItem *item, XnLevel level)
{
    const char *id, *label;
    item_names (item, level, &id, &label);
    return first_known (label, id);
}

/* Scan and reconstruction segments of resource routes are the only ones that the server decodes; there a slash and a
 * comma have spellings of their own. */
static char *
encode_scan (const char *id)
{
    g_autoptr (GString) text = g_string_new (id);
    g_string_replace (text, "/", "[SLASH]", 0);
    g_string_replace (text, ",", "[COMMA]", 0);
    return xn_encode_segment (text->str);
}

char *
xn_item_container (const XnItem *item)
{
    /* An assessor is an experiment of its own; under its own ID XNAT checks the rights on it. */
    const char *experiment = item->assessor_id != NULL ? item->assessor_id : item->experiment_id;
    if (experiment != NULL) {
        g_autofree char *id = xn_encode_segment (experiment);
        g_autofree char *below = NULL;
        if (item->scan_id != NULL)
            below = encode_scan (item->scan_id);
        else if (item->reconstruction_id != NULL)
            below = encode_scan (item->reconstruction_id);
        if (below == NULL)
            return g_strdup_printf ("/data/experiments/%s", id);
        return g_strdup_printf ("/data/experiments/%s/%s/%s", id, item->scan_id != NULL ? "scans" : "reconstructions",
                                below);
    }
    g_autofree char *project = item->project != NULL ? xn_encode_segment (item->project) : NULL;
    if (item->subject_id == NULL)
        return g_strdup_printf ("/data/projects/%s", project != NULL ? project : "");
    g_autofree char *subject = xn_encode_segment (item->subject_id);
    /* Without the project some calls fail at this level. */
    return project != NULL ? g_strdup_printf ("/data/projects/%s/subjects/%s", project, subject)
                           : g_strdup_printf ("/data/subjects/%s", subject);
}

char *
xn_item_resource (const XnItem *item)
{
    g_autofree char *container = xn_item_container (item);
    g_autofree char *resource = xn_encode_segment (xn_item_id (item, XN_LEVEL_RESOURCE));
    return g_strdup_printf ("%s/resources/%s", container, resource);
}

char *
xn_item_describe (const XnItem *item)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        const char *id = xn_item_id (item, level), *label = xn_item_label (item, level);
        if (*id == '\0')
            continue;
        g_string_append_printf (text, "%s%s/%s", text->len > 0 ? "/" : "", xn_level_plural (level),
                                level == XN_LEVEL_SCAN || level == XN_LEVEL_PROJECT ? id : label);
    }
    return g_string_free (g_steal_pointer (&text), FALSE);
}
