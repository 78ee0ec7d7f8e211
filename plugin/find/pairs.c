/* SPDX-License-Identifier: Apache-2.0 */
/* Making the lines of a result: a million of them may be wanted, so that each lies in one piece with its own texts. */
#include "find/pairs.h"

#include "base/digits.h"

#include <string.h>

#define MAX_ATTRIBUTES 26
/* Pairs lie one after the other in blocks, each twice as large as the one before. */
#define FIRST_BLOCK 1024
#define LARGEST_BLOCK (16 * 1024)

struct XnPairMaker {
    XnPairs *pairs; /* receives them */
    XnUrl *data;    /* (owned) the data URL; what it names is the item's while it is printed */
    GString *text;  /* (owned) the URL */
    gsize block;    /* bytes of the last block, but for one that a long line needs */
    char *at;       /* in the last block: what is free */
    gsize left;
    gsize used; /* of the last block */
};

XnPairs *
xn_pairs_new (void)
{
    XnPairs *pairs = g_new0 (XnPairs, 1);
    pairs->pairs = g_ptr_array_new ();
    pairs->blocks = g_ptr_array_new_with_free_func (g_free);
    pairs->pool = xn_pool_new ();
    return pairs;
}

void
xn_pairs_free (XnPairs *pairs)
{
    if (pairs == NULL)
        return;
    g_ptr_array_unref (pairs->pairs);
    g_ptr_array_unref (pairs->blocks);
    xn_pool_free (pairs->pool);
    g_free (pairs);
}

XnPairMaker *
xn_pair_maker_new (XnPairs *pairs, const XnUrl *url)
{
    XnPairMaker *maker = g_new0 (XnPairMaker, 1);
    maker->pairs = pairs;
    maker->data = xn_url_new_like (url);
    maker->text = g_string_new (NULL);
    return maker;
}

void
xn_pair_maker_free (XnPairMaker *maker)
{
    if (maker == NULL)
        return;
    xn_url_free (maker->data);
    g_string_free (maker->text, TRUE);
    g_free (maker);
}

/* A data URL that leads to just this item: by IDs, and the resource by its label where that is enough. */
static void
make_url (XnPairMaker *maker, const XnItem *item)
{
    XnUrl *data = maker->data;
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_LEVEL_RESOURCE; level++) {
        const char *id = xn_item_id (item, level);
        data->selector[level] = *id != '\0' ? (char *)id : NULL;
    }
    const char *resource =
        item->by_number || item->resource_label == NULL ? xn_item_id (item, XN_LEVEL_RESOURCE) : item->resource_label;
    data->selector[XN_LEVEL_RESOURCE] = *resource != '\0' ? (char *)resource : NULL;
    data->has_files = item->file != NULL;
    data->path = (char *)item->file;
    data->path_is_directory = item->is_directory;
    g_string_truncate (maker->text, 0);
    xn_url_append (maker->text, data, FALSE);
    memset (data->selector, 0, sizeof data->selector);
    data->path = NULL;
}

/* A count as text, in @text; NULL if it is not known. */
static const char *
count_text (gint64 count, char *text)
{
    if (count < 0)
        return NULL;
    return xn_digits_write ((guint64)count, text);
}

/* One attribute. */
typedef struct {
    const char *name, *value;
    gboolean is_passing; /* the value does not live as long as the expansion */
} Attribute;

/* Room for the counts of an item as text. */
typedef struct {
    char files[XN_DIGITS_ROOM], bytes[XN_DIGITS_ROOM], mtime[XN_DIGITS_ROOM];
} Counts;

/* The attributes that are known. @name: (nullable) as an attribute; @number: where the item's resource_id is, if that passes;
 * @counts: to be filled in. Returns how many there are. */
static guint
pair_attributes (const XnItem *item, const char *name, const char *number, Counts *counts, Attribute *out)
{
    const char *const resource_id = item->resource_id;
    const Attribute all[MAX_ATTRIBUTES] = {
        {"type", item->type, FALSE},
        {"name", name, FALSE},
        {"project", item->project, FALSE},
        {"project_name", item->project_name, FALSE},
        {"subject_id", item->subject_id, FALSE},
        {"subject_label", item->subject_label, FALSE},
        {"experiment_id", item->experiment_id, FALSE},
        {"experiment_label", item->experiment_label, FALSE},
        {"experiment_date", item->experiment_date, FALSE},
        {"xsi_type", item->xsi_type, FALSE},
        {"scan_id", item->scan_id, FALSE},
        {"scan_type", item->scan_type, FALSE},
        {"scan_quality", item->scan_quality, FALSE},
        {"scan_description", item->scan_description, FALSE},
        {"scan_xsi_type", item->scan_id != NULL ? item->part_type : NULL, FALSE},
        {"assessor_id", item->assessor_id, FALSE},
        {"assessor_label", item->assessor_label, FALSE},
        {"assessor_xsi_type", item->assessor_id != NULL ? item->part_type : NULL, FALSE},
        {"reconstruction_id", item->reconstruction_id, FALSE},
        {"resource_id", resource_id, resource_id == number},
        {"resource_label", item->resource_label, FALSE},
        {"path", item->file, FALSE},
        {"files", count_text (item->files, counts->files), TRUE},
        {"bytes", count_text (item->bytes, counts->bytes), TRUE},
        {"md5", item->md5, FALSE},
        {"mtime", count_text (item->mtime, counts->mtime), TRUE},
    };
    guint n = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
        if (all[i].value != NULL)
            out[n++] = all[i];
    return n;
}

/* @size bytes for a pair, which live as long as the expansion. */
static char *
make_room (XnPairMaker *maker, gsize size)
{
    const gsize aligned = (size + sizeof (gpointer) - 1) / sizeof (gpointer) * sizeof (gpointer);
    if (maker->left < aligned) {
        maker->block = CLAMP (2 * maker->block, FIRST_BLOCK, LARGEST_BLOCK);
        maker->left = MAX (maker->block, aligned);
        maker->at = g_malloc (maker->left);
        maker->used = 0;
        g_ptr_array_add (maker->pairs->blocks, maker->at);
    }
    char *room = maker->at;
    maker->at += aligned;
    maker->left -= aligned;
    maker->used += aligned;
    return room;
}

void
xn_pair_maker_rewind (XnPairMaker *maker)
{
    GPtrArray *blocks = maker->pairs->blocks;
    if (blocks->len > 1)
        g_ptr_array_remove_range (blocks, 0, blocks->len - 1);
    if (maker->used > 0)
        maker->at -= maker->used;
    maker->left += maker->used;
    maker->used = 0;
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
 * the same twice. */
static XnPair *
make_pair (XnPairMaker *maker, const char *id, const Attribute *attributes, guint n)
{
    const gsize table = (2 * (gsize)n + 1) * sizeof (char *);
    const gsize id_length = id != NULL ? strlen (id) : 0;
    gsize texts = maker->text->len + 1 + id_length + 1;
    for (guint i = 0; i < n; i++)
        texts += attributes[i].is_passing ? strlen (attributes[i].value) + 1 : 0;

    char *room = make_room (maker, sizeof (XnPair) + table + texts);
    XnPair *pair = (XnPair *)(gpointer)room;
    const char **list = (const char **)(gpointer)(room + sizeof (XnPair));
    char *at = room + sizeof (XnPair) + table;
    *pair = (XnPair){.attributes = list};
    pair->url = put_text (&at, maker->text->str, maker->text->len);
    pair->id = id != NULL ? put_text (&at, id, id_length) : NULL;
    for (guint i = 0; i < n; i++) {
        const Attribute *attribute = &attributes[i];
        list[2 * i] = attribute->name;
        list[2 * i + 1] =
            attribute->is_passing ? put_text (&at, attribute->value, strlen (attribute->value)) : attribute->value;
    }
    list[2 * n] = NULL;
    return pair;
}

XnPair *
xn_pair_make (XnPairMaker *maker, const char *id, const XnItem *item, const char *number)
{
    Attribute attributes[MAX_ATTRIBUTES];
    Counts counts;
    make_url (maker, item);
    return make_pair (maker, id, attributes, pair_attributes (item, NULL, number, &counts, attributes));
}

void
xn_pair_add_named (XnPairMaker *maker, const char *id, const char *name, const XnItem *item)
{
    Attribute attributes[MAX_ATTRIBUTES];
    Counts counts;
    make_url (maker, item);
    const guint n = pair_attributes (item, name, NULL, &counts, attributes);
    g_ptr_array_add (maker->pairs->pairs, make_pair (maker, id, attributes, n));
}
