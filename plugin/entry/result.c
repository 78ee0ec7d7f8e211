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
    XnExpansion *expansion; /* (owned) (nullable) */
    char *value;            /* (owned) (nullable) */
    GPtrArray *attributes;  /* (owned) (nullable) of the single one */
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
xn_result_new_single (char *value)
{
    Result *self = result_new ();
    self->value = value;
    self->single = (IOItem){.value = value, .attributes = NO_ATTRIBUTES};
    self->result.n_items = 1;
    return &self->result;
}

static void
add_attribute (Result *self, char *name, char *value)
{
    g_ptr_array_add (self->attributes, name);
    g_ptr_array_add (self->attributes, value);
}

static void
add_flag (Result *self, const char *option, gboolean value)
{
    add_attribute (self, g_strconcat ("option_", option, NULL), g_strdup (value ? "true" : "false"));
}

/* What a selector of that level is called among the attributes: a check cannot know whether it is an ID or a label. */
static void
add_levels (Result *self, const XnUrl *url)
{
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++)
        if (url->selector[level] != NULL)
            add_attribute (self, g_strdup (xn_level_name (level)), g_strdup (url->selector[level]));
    if (url->path != NULL)
        add_attribute (self, g_strdup ("path"), g_strdup (url->path));
}

IOResult *
xn_result_new_checked (const XnUrl *url)
{
    Result *self = result_new ();
    self->attributes = g_ptr_array_new_with_free_func (g_free);
    self->value = url->is_search ? g_strdup (url->text) : xn_url_print (url, TRUE);
    add_attribute (self, g_strdup ("search"), g_strdup (url->is_search ? "true" : "false"));
    add_levels (self, url);
    add_flag (self, "regex", url->regex);
    add_flag (self, "verify", url->server.verify);
    if (!url->is_search)
        add_flag (self, "overwrite", url->overwrite);
    g_ptr_array_add (self->attributes, NULL);
    self->single = (IOItem){.value = self->value, .attributes = (const char *const *)self->attributes->pdata};
    self->result.n_items = 1;
    return &self->result;
}

IOResult *
xn_result_new_counted (char *value, const char *name, gint64 number)
{
    Result *self = result_new ();
    self->attributes = g_ptr_array_new_with_free_func (g_free);
    self->value = value;
    if (number >= 0)
        add_attribute (self, g_strdup (name), g_strdup_printf ("%" G_GINT64_FORMAT, number));
    g_ptr_array_add (self->attributes, NULL);
    self->single = (IOItem){.value = value, .attributes = (const char *const *)self->attributes->pdata};
    self->result.n_items = 1;
    return &self->result;
}

IOResult *
xn_result_new_expansion (XnExpansion *expansion)
{
    Result *self = result_new ();
    self->expansion = expansion;
    self->result.n_items = expansion->pairs->len;
    if (expansion->pairs->len > 0)
        self->result.items = (const IOItem *const *)(gconstpointer)expansion->pairs->pdata;
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

IOResult *
xn_result_new_error (GError *error)
{
    Result *self = result_new ();
    const XnErrorFacts *facts = xn_error_facts (error);
    self->result.kind = facts != NULL ? (IOKind)error->code : IO_KIND_SERVER;
    self->message = one_line (error->message);
    self->result.message = self->message;
    if (facts != NULL && facts->server_words != NULL)
        self->words = one_line (facts->server_words);
    self->result.server_words = self->words;
    self->result.http_status = facts != NULL ? facts->http_status : 0;
    g_error_free (error);
    return &self->result;
}

void
xn_result_free (IOResult *result)
{
    if (result == NULL)
        return;
    Result *self = (Result *)result;
    xn_expansion_free (self->expansion);
    g_clear_pointer (&self->attributes, g_ptr_array_unref);
    g_free (self->value);
    g_free (self->message);
    g_free (self->words);
    g_free (self);
}
