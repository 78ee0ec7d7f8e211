/* SPDX-License-Identifier: Apache-2.0 */
/* Stands between a call of gfal2 and one of the host API. Must not know what the call is about. */
#include "operation.h"

#include <errno.h>
#include <string.h>

#include "plugins.h"

static int
code_of (IOKind kind)
{
    switch (kind) {
    case IO_KIND_USAGE:
        return EINVAL;
    case IO_KIND_NOT_FOUND:
        return ENOENT;
    case IO_KIND_AMBIGUOUS:
        return ENOTUNIQ;
    case IO_KIND_AUTH:
        return EACCES;
    case IO_KIND_CONFLICT:
        return EEXIST;
    case IO_KIND_NETWORK:
        return ECOMM;
    case IO_KIND_INTEGRITY:
        return EBADMSG;
    case IO_KIND_IO:
        return EIO;
    case IO_KIND_CANCELLED:
        return ECANCELED;
    default:
        return EREMOTEIO;
    }
}

/* A gfal_cancel_hook_cb, called by gfal2_cancel() on another thread. */
static void
on_cancel (gfal2_context_t context, void *user_data)
{
    ((Operation *)user_data)->stop = 1;
}

static gboolean
is_late (const Operation *operation)
{
    return operation->deadline != 0 && g_get_monotonic_time () >= operation->deadline;
}

static int
on_cancelled (void *user_data)
{
    return is_late (user_data) || plugins_ending ();
}

static const char *
on_setting (void *user_data, const char *name)
{
    Operation *operation = user_data;
    g_autofree char *key = g_ascii_strup (name, -1);
    char *value = gfal2_get_opt_string (operation->context, OPERATION_GROUP, key, NULL);

    if (value != NULL)
        g_ptr_array_add (operation->values, value);
    if (value == NULL && operation->replaces && strcmp (name, "keep_changed") == 0)
        return "false";
    return value;
}

gboolean
operation_begin (Operation *operation, gfal2_context_t context, const char *url, GError **error)
{
    operation->plugin = plugins_find (url, error);
    if (operation->plugin == NULL || gfal2_start_scope_cancel (context, error) < 0)
        return FALSE;
    operation->begun = TRUE;
    operation->context = context;
    operation->values = g_ptr_array_new_with_free_func (g_free);
    operation->call = (IOCall){.struct_size = sizeof (IOCall),
                               .user_data = operation,
                               .cancelled = on_cancelled,
                               .stop = &operation->stop,
                               .setting = on_setting};
    operation->token = gfal2_register_cancel_callback (context, on_cancel, operation);
    /* It may have come just before there was somebody to tell. */
    if (gfal2_is_canceled (context))
        operation->stop = 1;
    return TRUE;
}

gboolean
operation_took (Operation *operation, IOResult *result, GError **error)
{
    if (operation->result != NULL)
        operation->plugin->free_result (operation->result);
    operation->result = result;
    plugins_used ();
    if (result->kind == IO_KIND_OK)
        return TRUE;
    if (result->kind == IO_KIND_CANCELLED && operation->stop == 0 && is_late (operation))
        gfal2_set_error (error, PLUGINS_ERROR, ETIMEDOUT, __func__, "the time for the transfer is over");
    else
        gfal2_set_error (error, PLUGINS_ERROR, code_of (result->kind), __func__, "%s", result->message);
    return FALSE;
}

void
operation_end (Operation *operation)
{
    if (!operation->begun)
        return;
    gfal2_remove_cancel_callback (operation->context, operation->token);
    if (operation->result != NULL)
        operation->plugin->free_result (operation->result);
    g_ptr_array_unref (operation->values);
    if (operation->stop != 0)
        plugins_cancelled ();
    gfal2_end_scope_cancel (operation->context);
    operation->begun = FALSE;
}

const char *
operation_attribute (const IOItem *item, const char *name)
{
    for (const char *const *pair = item->attributes; pair[0] != NULL; pair += 2)
        if (strcmp (pair[0], name) == 0)
            return pair[1];
    return NULL;
}

guint64
operation_number (const IOItem *item, const char *name)
{
    const char *value = operation_attribute (item, name);

    return value != NULL ? g_ascii_strtoull (value, NULL, 10) : 0;
}
