/* SPDX-License-Identifier: Apache-2.0 */
/* Builds and frees results. */
#include "reply.h"

typedef struct {
    IOResult result; /* first, so that one pointer is both */
    GPtrArray *items;
} Reply;

static void
item_free (gpointer data)
{
    IOItem *item = data;

    g_free ((char *)item->id);
    g_free ((char *)item->value);
    g_strfreev ((char **)item->attributes);
    g_free (item);
}

gboolean
reply_stopped (const IOCall *call)
{
    const size_t flag_end = offsetof (IOCall, stop) + sizeof (call->stop);

    if (call == NULL)
        return FALSE;
    if (call->struct_size >= flag_end && call->stop != NULL && *call->stop != 0)
        return TRUE;
    return call->cancelled != NULL && call->cancelled (call->user_data) != 0;
}

IOResult *
reply_new (void)
{
    Reply *reply = g_new0 (Reply, 1);

    reply->result.struct_size = sizeof (IOResult);
    reply->items = g_ptr_array_new_with_free_func (item_free);
    return &reply->result;
}

void
reply_add (IOResult *result, const char *id, const char *value, const char *const *attributes)
{
    static const char *const none[] = {NULL};
    Reply *reply = (Reply *)result;
    IOItem *item = g_new0 (IOItem, 1);

    item->id = g_strdup (id);
    item->value = g_strdup (value);
    item->attributes = (const char *const *)g_strdupv ((char **)(attributes != NULL ? attributes : none));
    g_ptr_array_add (reply->items, item);
    result->items = (const IOItem *const *)reply->items->pdata;
    result->n_items = reply->items->len;
}

IOResult *
reply_failed_with (IOKind kind, const char *message, int http_status, const char *server_words)
{
    IOResult *result = reply_new ();

    result->kind = kind;
    result->message = g_strdup (message);
    result->http_status = http_status;
    result->server_words = g_strdup (server_words);
    return result;
}

void
reply_fail (IOResult *result, IOKind kind, const char *message)
{
    result->kind = kind;
    result->message = g_strdup (message);
}

IOResult *
reply_failed (GError *error)
{
    IOResult *result = reply_failed_with ((IOKind)error->code, error->message, 0, NULL);

    g_error_free (error);
    return result;
}

void
reply_free (IOResult *result)
{
    Reply *reply = (Reply *)result;

    if (result == NULL)
        return;
    g_free ((char *)result->message);
    g_free ((char *)result->server_words);
    g_ptr_array_unref (reply->items);
    g_free (reply);
}
