/* SPDX-License-Identifier: Apache-2.0 */
/* Building and freeing results. */
#include "entry/result.h"

#include "base/error.h"

#include <stddef.h>

G_STATIC_ASSERT ((int)XN_ERROR_USAGE == (int)IO_KIND_USAGE);
G_STATIC_ASSERT ((int)XN_ERROR_NOT_FOUND == (int)IO_KIND_NOT_FOUND);
G_STATIC_ASSERT ((int)XN_ERROR_AMBIGUOUS == (int)IO_KIND_AMBIGUOUS);
G_STATIC_ASSERT ((int)XN_ERROR_AUTH == (int)IO_KIND_AUTH);
G_STATIC_ASSERT ((int)XN_ERROR_CONFLICT == (int)IO_KIND_CONFLICT);
G_STATIC_ASSERT ((int)XN_ERROR_NETWORK == (int)IO_KIND_NETWORK);
G_STATIC_ASSERT ((int)XN_ERROR_SERVER == (int)IO_KIND_SERVER);
G_STATIC_ASSERT ((int)XN_ERROR_INTEGRITY == (int)IO_KIND_INTEGRITY);
G_STATIC_ASSERT ((int)XN_ERROR_IO == (int)IO_KIND_IO);
G_STATIC_ASSERT ((int)XN_ERROR_CANCELLED == (int)IO_KIND_CANCELLED);

G_STATIC_ASSERT ((int)XN_ACTION_CREATE == (int)IO_ACTION_CREATE);
G_STATIC_ASSERT ((int)XN_ACTION_SEND == (int)IO_ACTION_SEND);
G_STATIC_ASSERT ((int)XN_ACTION_FETCH == (int)IO_ACTION_FETCH);
G_STATIC_ASSERT ((int)XN_ACTION_REPLACE == (int)IO_ACTION_REPLACE);
G_STATIC_ASSERT ((int)XN_ACTION_KEEP == (int)IO_ACTION_KEEP);
G_STATIC_ASSERT ((int)XN_ACTION_TAKE_OVER == (int)IO_ACTION_TAKE_OVER);
G_STATIC_ASSERT ((int)XN_ACTION_LEAVE == (int)IO_ACTION_LEAVE);
G_STATIC_ASSERT ((int)XN_ACTION_CONFLICT == (int)IO_ACTION_CONFLICT);
G_STATIC_ASSERT ((int)XN_ACTION_REMOVE == (int)IO_ACTION_REMOVE);

/* Pairs are laid out as items, so that an array of the ones is one of the others. */
G_STATIC_ASSERT (sizeof (XnPair) == sizeof (IOItem));
G_STATIC_ASSERT (offsetof (XnPair, id) == offsetof (IOItem, id));
G_STATIC_ASSERT (offsetof (XnPair, url) == offsetof (IOItem, value));
G_STATIC_ASSERT (offsetof (XnPair, attributes) == offsetof (IOItem, attributes));

/* The table that a host sees, and what stands behind it. */
typedef struct {
    IOResult result;
    IOItem single;          /* of fetch and put */
    const IOItem *pointer;  /* to that one */
    XnPairs *pairs;         /* (owned) (nullable) */
    IOItem *many;           /* (owned) (nullable) of a fetch of many */
    const IOItem **many_at; /* (owned) (nullable) to these */
    char *value;            /* (owned) (nullable) */
    GPtrArray *attributes;  /* (owned) (nullable) of the single one */
    GPtrArray *counts;      /* (owned) (nullable) (element-type GPtrArray) those of many */
    char *message, *words;  /* (owned) (nullable) */
} Result;

static const char *const NO_ATTRIBUTES[] = {NULL};

static Result *
result_new (void)
{
    Result *self = g_new0 (Result, 1);
    self->result.struct_size = sizeof (IOResult);
    self->pointer = &self->single;
    self->result.items = &self->pointer;
    return self;
}

IOResult *
xn_result_new_empty (void)
{
    return &result_new ()->result;
}

static void
add_attribute (Result *self, char *name, char *value)
{
    g_ptr_array_add (self->attributes, name);
    g_ptr_array_add (self->attributes, value);
}

/* Adds an option of that name, if there is a text. */
static void
add_option (Result *self, const char *option, const char *text)
{
    if (text != NULL)
        add_attribute (self, g_strconcat ("option_", option, NULL), g_strdup (text));
}

static void
add_flag (Result *self, const char *option, gboolean value)
{
    add_option (self, option, value ? "true" : "false");
}

/* What a selector of that level is called among the attributes: a check cannot know whether it is an ID or a label. */
static void
add_levels (Result *self, const XnUrl *url)
{
    const XnLevel lowest = xn_url_lowest_level (url);
    if (!url->is_search)
        add_attribute (self, g_strdup ("level"),
                       g_strdup (url->path != NULL       ? "path"
                                 : lowest == XN_N_LEVELS ? "server"
                                                         : xn_level_name (lowest)));
    /* Those of all its subjects. */
    if (!url->is_search && lowest == XN_LEVEL_PROJECT)
        add_attribute (self, g_strdup ("also_below"), g_strdup (xn_level_plural (XN_LEVEL_EXPERIMENT)));
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++)
        if (url->selector[level] != NULL)
            add_attribute (self, g_strdup (xn_level_name (level)), g_strdup (url->selector[level]));
    if (url->path != NULL)
        add_attribute (self, g_strdup ("path"), g_strdup (url->path));
}

static void
add_types (Result *self, const XnUrl *url)
{
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        g_autofree char *name = g_strconcat (xn_level_name (level), "_type", NULL);
        add_option (self, name, url->type[level]);
    }
}

/* What a search selects by beside levels and files. */
static void
add_further (Result *self, const XnUrl *url)
{
    for (guint i = 0; i < XN_N_ALSO; i++)
        add_option (self, xn_also_name ((XnAlso)i), url->also[i]);
    if (url->date_from == NULL && url->date_to == NULL)
        return;
    g_autofree char *dates = g_strconcat (url->date_from != NULL ? url->date_from : "", "..", url->date_to, NULL);
    add_option (self, "dates", dates);
}

/* The levels by which results are called. */
static void
add_id_levels (Result *self, const XnUrl *url)
{
    g_autoptr (GString) names = g_string_new (NULL);
    for (guint i = 0; i < url->n_id_levels; i++)
        g_string_append_printf (names, "%s%s", i > 0 ? "," : "", xn_level_name (url->id_level[i]));
    add_option (self, "id", names->str);
}

IOResult *
xn_result_new_checked (const XnUrl *url)
{
    Result *self = result_new ();
    self->attributes = g_ptr_array_new_with_free_func (g_free);
    self->value = url->is_search ? g_strdup (url->text) : xn_url_print (url, TRUE);
    add_attribute (self, g_strdup ("search"), g_strdup (url->is_search ? "true" : "false"));
    add_attribute (self, g_strdup ("server"), xn_server_base (&url->server));
    if (url->server.login != NULL)
        add_attribute (self, g_strdup ("login"), g_strdup (url->server.login));
    add_levels (self, url);
    add_flag (self, "regex", url->regex);
    add_flag (self, "verify", url->server.verify);
    add_flag (self, "insecure", !url->server.tls);
    if (url->is_search) {
        add_option (self, "files", url->files);
        add_further (self, url);
        add_id_levels (self, url);
        add_flag (self, "label", url->label);
    } else {
        add_flag (self, "overwrite", url->overwrite);
        add_types (self, url);
    }
    g_ptr_array_add (self->attributes, NULL);
    self->single = (IOItem){.value = self->value, .attributes = (const char *const *)self->attributes->pdata};
    self->result.n_items = 1;
    return &self->result;
}

/* Makes @value (transfer full) the one item, with the attributes that were added. */
static IOResult *
finish_single (Result *self, char *value)
{
    g_ptr_array_add (self->attributes, NULL);
    self->value = value;
    self->single = (IOItem){.value = value, .attributes = (const char *const *)self->attributes->pdata};
    self->result.n_items = 1;
    return &self->result;
}

static void
add_number (Result *self, const char *name, guint64 number)
{
    add_attribute (self, g_strdup (name), g_strdup_printf ("%" G_GUINT64_FORMAT, number));
}

IOResult *
xn_result_new_moved (char *value, const XnFileCounts *counts)
{
    Result *self = result_new ();
    self->attributes = g_ptr_array_new_with_free_func (g_free);
    add_number (self, "files", counts->files);
    add_number (self, "files_kept", counts->kept);
    add_number (self, "files_replaced", counts->replaced);
    return finish_single (self, value);
}

IOResult *
xn_result_new_counted (char *value, const char *name, gint64 number)
{
    Result *self = result_new ();
    self->attributes = g_ptr_array_new_with_free_func (g_free);
    if (number >= 0)
        add_number (self, name, (guint64)number);
    return finish_single (self, value);
}

GPtrArray *
xn_result_count_steps (const XnPlan *plan)
{
    gint64 steps[XN_N_ACTIONS] = {0}, bytes[XN_N_ACTIONS] = {0};
    GPtrArray *attributes = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; plan != NULL && i < plan->steps->len; i++) {
        const XnStep *step = g_ptr_array_index (plan->steps, i);
        steps[step->action]++;
        bytes[step->action] += MAX (step->bytes, 0);
    }
    for (guint i = 0; i < XN_N_ACTIONS; i++) {
        const char *name = xn_action_name ((XnAction)i);
        g_ptr_array_add (attributes, g_strdup (name));
        g_ptr_array_add (attributes, g_strdup_printf ("%" G_GINT64_FORMAT, steps[i]));
        if (i == XN_ACTION_CREATE)
            continue;
        g_ptr_array_add (attributes, g_strconcat (name, "_bytes", NULL));
        g_ptr_array_add (attributes, g_strdup_printf ("%" G_GINT64_FORMAT, bytes[i]));
    }
    g_ptr_array_add (attributes, NULL);
    return attributes;
}

IOResult *
xn_result_new_planned (char *value, const XnPlan *plan)
{
    Result *self = result_new ();
    self->attributes = xn_result_count_steps (plan);
    self->value = value;
    self->single = (IOItem){.value = value, .attributes = (const char *const *)self->attributes->pdata};
    self->result.n_items = 1;
    return &self->result;
}

IOResult *
xn_result_new_many_planned (char **paths, GPtrArray *counts, GError *error)
{
    IOResult *result = xn_result_new_many (paths, counts->len, error);
    Result *self = (Result *)result;
    self->counts = counts;
    for (guint i = 0; i < counts->len; i++)
        self->many[i].attributes = (const char *const *)((const GPtrArray *)g_ptr_array_index (counts, i))->pdata;
    return result;
}

IOResult *
xn_result_new_pairs (XnPairs *pairs)
{
    Result *self = result_new ();
    self->pairs = pairs;
    self->result.n_items = pairs->pairs->len;
    if (pairs->pairs->len > 0)
        self->result.items = (const IOItem *const *)(gconstpointer)pairs->pairs->pdata;
    return &self->result;
}

/* One line of valid UTF-8, whatever a server or a file system put into it. */
static char *
one_line (const char *text)
{
    char *line = g_utf8_make_valid (text, -1);
    for (char *c = line; *c != '\0'; c++)
        if (g_ascii_iscntrl (*c))
            *c = ' ';
    return g_strstrip (line);
}

/* @error: (transfer full) */
static void
set_error (Result *self, GError *error)
{
    const XnErrorFacts *facts = xn_error_facts (error);
    self->result.kind = facts != NULL ? (IOKind)error->code : IO_KIND_SERVER;
    self->message = one_line (error->message);
    self->result.message = self->message;
    if (facts != NULL && facts->server_words != NULL)
        self->words = one_line (facts->server_words);
    self->result.server_words = self->words;
    self->result.http_status = facts != NULL ? facts->http_status : 0;
    g_error_free (error);
}

IOResult *
xn_result_new_error (GError *error)
{
    Result *self = result_new ();
    set_error (self, error);
    return &self->result;
}

IOResult *
xn_result_new_many (char **paths, gsize n, GError *error)
{
    Result *self = result_new ();
    self->many = g_new0 (IOItem, n + 1);
    self->many_at = g_new0 (const IOItem *, n + 1);
    for (gsize i = 0; i < n; i++) {
        self->many[i] = (IOItem){.value = paths[i], .attributes = NO_ATTRIBUTES};
        self->many_at[i] = &self->many[i];
    }
    g_free (paths);
    self->result.n_items = n;
    self->result.items = self->many_at;
    if (error != NULL)
        set_error (self, error);
    return &self->result;
}

void
xn_result_free (IOResult *result)
{
    if (result == NULL)
        return;
    Result *self = (Result *)result;
    xn_pairs_free (self->pairs);
    for (gsize i = 0; self->many != NULL && i < self->result.n_items; i++)
        g_free ((gpointer)self->many[i].value);
    g_free (self->many);
    g_free (self->many_at);
    g_clear_pointer (&self->attributes, g_ptr_array_unref);
    g_clear_pointer (&self->counts, g_ptr_array_unref);
    g_free (self->value);
    g_free (self->message);
    g_free (self->words);
    g_free (self);
}
