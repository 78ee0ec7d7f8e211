/* SPDX-License-Identifier: Apache-2.0 */
/* Item documents as a stream. Where an item stands in the tree does not matter here; so all that is followed is whether the
 * parser is inside the fields of one. */
#include "json/items.h"

#include "base/error.h"
#include "json/bounds.h"

#include <string.h>
#include <yajl/yajl_parse.h>

struct XnItems {
    XnItemsFunc item;
    gpointer data;
    yajl_handle parser;
    GError *failure;   /* of an earlier call; every later one repeats it */
    char **fields;     /* (owned) */
    GPtrArray *values; /* (owned) (element-type utf8) (nullable elements) one for each field */
    guint depth;
    guint fields_at; /* the depth of the fields that are being read; 0: none */
    int wanted;      /* the field that comes next, -1: one that is not wanted */
    gboolean fields_come, seen_items, fed;
    gsize silent; /* bytes since the last event */
};

static int
fail (XnItems *items, gboolean retryable, const char *message)
{
    if (items->failure != NULL)
        return 0;
    xn_error_set (&items->failure, XN_ERROR_SERVER, "%s", message);
    xn_error_facts (items->failure)->retryable = retryable;
    return 0;
}

static void
forget_values (XnItems *items)
{
    const guint n = items->values->len;
    g_ptr_array_set_size (items->values, 0);
    g_ptr_array_set_size (items->values, (gint)n);
}

static int
take_value (XnItems *items, const char *text, gsize length)
{
    items->silent = 0;
    if (length > XN_JSON_LONGEST_VALUE)
        return fail (items, FALSE, "the server's item document holds a value of more than 1 MiB");
    if (items->fields_at > 0 && items->depth == items->fields_at && items->wanted >= 0 &&
        g_ptr_array_index (items->values, items->wanted) == NULL)
        items->values->pdata[items->wanted] = g_utf8_make_valid (text, (gssize)length);
    items->fields_come = FALSE;
    return 1;
}

static int
on_other (void *context)
{
    return take_value (context, "", 0);
}

static int
on_boolean (void *context, int value)
{
    return take_value (context, value ? "true" : "false", value ? 4 : 5);
}

static int
on_number (void *context, const char *text, size_t length)
{
    return take_value (context, text, length);
}

static int
on_string (void *context, const unsigned char *text, size_t length)
{
    return take_value (context, (const char *)text, length);
}

static int
on_key (void *context, const unsigned char *key, size_t length)
{
    XnItems *items = context;
    items->silent = 0;
    items->wanted = -1;
    items->fields_come = items->fields_at == 0 && xn_json_is_word (key, length, "data_fields");
    items->seen_items = items->seen_items || (items->depth == 1 && xn_json_is_word (key, length, "items"));
    for (guint i = 0; items->depth == items->fields_at && items->fields[i] != NULL; i++)
        if (xn_json_is_word (key, length, items->fields[i]))
            items->wanted = (int)i;
    return 1;
}

static int
go_down (XnItems *items, gboolean object)
{
    items->silent = 0;
    if (items->depth++ >= XN_JSON_DEEPEST)
        return fail (items, FALSE, "the server's item document is nested deeper than 64 levels");
    if (items->fields_come && object)
        items->fields_at = items->depth;
    items->fields_come = FALSE;
    return 1;
}

static int
go_up (XnItems *items)
{
    items->silent = 0;
    if (items->depth-- != items->fields_at)
        return 1;
    items->fields_at = 0;
    const gboolean go_on = items->item ((const char *const *)items->values->pdata, items->data, &items->failure);
    forget_values (items);
    return go_on ? 1 : fail (items, FALSE, "reading the item document was stopped");
}

static int
on_start_object (void *context)
{
    return go_down (context, TRUE);
}

static int
on_start_array (void *context)
{
    return go_down (context, FALSE);
}

static int
on_end (void *context)
{
    return go_up (context);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_other,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

XnItems *
xn_items_new (const char *const *fields, XnItemsFunc item, gpointer data)
{
    XnItems *items = g_new0 (XnItems, 1);
    items->item = item;
    items->data = data;
    items->wanted = -1;
    items->fields = g_strdupv ((char **)fields);
    items->values = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_set_size (items->values, (gint)g_strv_length (items->fields));
    items->parser = yajl_alloc (&callbacks, NULL, items);
    /* Wanted values are repaired here; one wrong byte must not hide all of them. */
    yajl_config (items->parser, yajl_dont_validate_strings, 1);
    return items;
}

void
xn_items_free (XnItems *items)
{
    if (items == NULL)
        return;
    yajl_free (items->parser);
    g_clear_error (&items->failure);
    g_strfreev (items->fields);
    g_ptr_array_unref (items->values);
    g_free (items);
}

static gboolean
report (const XnItems *items, GError **error)
{
    if (error != NULL)
        *error = g_error_copy (items->failure);
    return FALSE;
}

gboolean
xn_items_feed (XnItems *items, const guint8 *bytes, gsize size, GError **error)
{
    while (items->failure == NULL && size > 0) {
        const gsize length = MIN (size, XN_JSON_SLICE);
        items->fed = TRUE;
        items->silent += length;
        if (yajl_parse (items->parser, bytes, length) != yajl_status_ok)
            fail (items, TRUE, "the server's item document is no JSON");
        else if (items->silent > XN_JSON_LONGEST_TOKEN + XN_JSON_SLICE)
            fail (items, FALSE, "the server's item document holds a value of more than 1 MiB");
        bytes += length;
        size -= length;
    }
    return items->failure == NULL || report (items, error);
}

gboolean
xn_items_finish (XnItems *items, GError **error)
{
    if (items->failure == NULL && (!items->fed || yajl_complete_parse (items->parser) != yajl_status_ok))
        fail (items, TRUE, "the server's item document is cut off");
    if (items->failure == NULL && !items->seen_items)
        fail (items, FALSE, "the server's answer is no item document: it holds no items");
    return items->failure == NULL || report (items, error);
}
