/* SPDX-License-Identifier: Apache-2.0 */
/* Shell patterns. A pattern becomes a list of items, each of which takes one character, and stars between them. */
#include "xnat/glob.h"

#include <string.h>

typedef enum {
    ITEM_STAR,
    ITEM_ANY,
    ITEM_ONE,
    ITEM_SET,
} ItemKind;

typedef struct {
    gunichar from, to;
} Range;

typedef struct {
    ItemKind kind;
    gunichar one;
    gboolean negated; /* set: */
    guint first_range, n_ranges;
} Item;

struct XnGlob {
    GArray *items;  /* Item */
    GArray *ranges; /* Range */
};

static void
add_range (XnGlob *glob, Item *item, gunichar from, gunichar to)
{
    Range range = {from, to};
    g_array_append_val (glob->ranges, range);
    item->n_ranges++;
}

/* A piece of a set between two hyphens that make ranges. */
typedef struct {
    GArray *characters; /* gunichar */
} Chunk;

static void
clear_chunk (gpointer chunk)
{
    g_array_unref (((Chunk *)chunk)->characters);
}

static void
add_chunk (GArray *chunks, const gunichar *from, const gunichar *to)
{
    Chunk chunk = {g_array_new (FALSE, FALSE, sizeof (gunichar))};
    g_array_append_vals (chunk.characters, from, (guint)(to - from));
    g_array_append_val (chunks, chunk);
}

static gunichar
chunk_at (const GArray *chunks, guint chunk, guint i)
{
    return g_array_index (g_array_index (chunks, Chunk, chunk).characters, gunichar, i);
}

static guint
chunk_size (const GArray *chunks, guint chunk)
{
    return g_array_index (chunks, Chunk, chunk).characters->len;
}

/* Cuts the text of a set at the hyphens that make ranges: not at its start, and not one that ends a range already. */
static GArray *
cut (const gunichar *text, const gunichar *end)
{
    GArray *chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
    g_array_set_clear_func (chunks, clear_chunk);
    const gunichar *p = text + (*text == '!' ? 2 : 1);
    while (p < end) {
        if (*p != '-') {
            p++;
            continue;
        }
        add_chunk (chunks, text, p);
        text = p + 1;
        p += 3;
    }
    if (text < end || chunks->len == 0) {
        add_chunk (chunks, text, end);
    } else {
        const gunichar hyphen = '-';
        g_array_append_val (g_array_index (chunks, Chunk, chunks->len - 1).characters, hyphen);
    }
    return chunks;
}

/* Takes out ranges that run backwards: they match nothing, and their ends are no members of the set either. */
static void
drop_empty_ranges (GArray *chunks)
{
    for (guint i = chunks->len - 1; i > 0; i--) {
        GArray *before = g_array_index (chunks, Chunk, i - 1).characters;
        GArray *after = g_array_index (chunks, Chunk, i).characters;
        if (chunk_at (chunks, i - 1, before->len - 1) <= chunk_at (chunks, i, 0))
            continue;
        g_array_set_size (before, before->len - 1);
        if (after->len > 1)
            g_array_append_vals (before, &g_array_index (after, gunichar, 1), after->len - 1);
        g_array_remove_index (chunks, i);
    }
}

/* The set whose text, without its brackets, is @text up to @end: not empty. */
static void
add_set (XnGlob *glob, const gunichar *text, const gunichar *end)
{
    g_autoptr (GArray) chunks = cut (text, end);
    drop_empty_ranges (chunks);

    Item item = {.kind = ITEM_SET, .first_range = glob->ranges->len};
    /* Looked at only now, as Python does: the '!' of [b-a!x] has become the first character. */
    item.negated = chunk_size (chunks, 0) > 0 && chunk_at (chunks, 0, 0) == '!';
    for (guint i = 0; i < chunks->len; i++) {
        guint size = chunk_size (chunks, i);
        for (guint k = i == 0 && item.negated ? 1 : 0; k < size; k++)
            add_range (glob, &item, chunk_at (chunks, i, k), chunk_at (chunks, i, k));
        /* Nothing stands before the hyphen any more: it is one of the set, and what follows it another. */
        const gboolean bare = size == (i == 0 && item.negated ? 1 : 0);
        if (i + 1 < chunks->len && bare)
            add_range (glob, &item, '-', '-');
        else if (i + 1 < chunks->len)
            add_range (glob, &item, chunk_at (chunks, i, size - 1), chunk_at (chunks, i + 1, 0));
    }
    g_array_append_val (glob->items, item);
}

/* The ']' that ends the set whose text begins at @text; NULL if there is none. */
static const gunichar *
set_end (const gunichar *text)
{
    if (*text == '!')
        text++;
    if (*text == ']')
        text++;
    while (*text != 0 && *text != ']')
        text++;
    return *text != 0 ? text : NULL;
}

static void
add_item (XnGlob *glob, ItemKind kind, gunichar one)
{
    Item item = {.kind = kind, .one = one};
    guint n = glob->items->len;
    if (kind == ITEM_STAR && n > 0 && g_array_index (glob->items, Item, n - 1).kind == ITEM_STAR)
        return;
    g_array_append_val (glob->items, item);
}

XnGlob *
xn_glob_new (const char *pattern)
{
    XnGlob *glob = g_new0 (XnGlob, 1);
    glob->items = g_array_new (FALSE, FALSE, sizeof (Item));
    glob->ranges = g_array_new (FALSE, FALSE, sizeof (Range));
    g_autofree gunichar *text = g_utf8_to_ucs4_fast (pattern, -1, NULL);
    for (const gunichar *p = text; *p != 0; p++) {
        const gunichar *end = *p == '[' ? set_end (p + 1) : NULL;
        if (end != NULL) {
            add_set (glob, p + 1, end);
            p = end;
        } else {
            add_item (glob, *p == '*' ? ITEM_STAR : *p == '?' ? ITEM_ANY : ITEM_ONE, *p);
        }
    }
    return glob;
}

void
xn_glob_free (XnGlob *glob)
{
    if (glob == NULL)
        return;
    g_array_unref (glob->items);
    g_array_unref (glob->ranges);
    g_free (glob);
}

static gboolean
takes (const XnGlob *glob, const Item *item, gunichar c)
{
    if (item->kind == ITEM_ANY)
        return TRUE;
    if (item->kind == ITEM_ONE)
        return item->one == c;
    for (guint i = 0; i < item->n_ranges; i++) {
        const Range *range = &g_array_index (glob->ranges, Range, item->first_range + i);
        if (c >= range->from && c <= range->to)
            return !item->negated;
    }
    return item->negated;
}

/* Only the last star met is ever stretched: what stands before it has matched as early as it can. */
gboolean
xn_glob_matches (const XnGlob *glob, const char *text)
{
    const Item *items = (const Item *)(gpointer)glob->items->data;
    guint n = glob->items->len, i = 0, after_star = 0;
    const char *star_text = NULL;
    while (*text != '\0') {
        if (i < n && items[i].kind == ITEM_STAR) {
            after_star = ++i;
            star_text = text;
        } else if (i < n && takes (glob, &items[i], g_utf8_get_char (text))) {
            i++;
            text = g_utf8_next_char (text);
        } else if (star_text != NULL) {
            i = after_star;
            star_text = g_utf8_next_char (star_text);
            text = star_text;
        } else {
            return FALSE;
        }
    }
    while (i < n && items[i].kind == ITEM_STAR)
        i++;
    return i == n;
}
