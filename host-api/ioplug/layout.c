/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in a template, segment by segment, so that no value can leave its own. */
#include <string.h>

#include "item.h"
#include "kinds.h"
#include "layout.h"
#include "list.h"

/* The value that {@name} stands for; "id" is the item's own. */
static const char *
value_of (const IOItem *item, const char *name)
{
    if (strcmp (name, "id") == 0)
        return item->id;
    return item_attribute (item, name);
}

/* One segment of the template, with @item's values filled in. */
static char *
fill_segment (const char *segment, const IOItem *item, GError **error)
{
    g_autoptr (GString) out = g_string_new (NULL);

    for (const char *p = segment; *p != '\0';) {
        const char *close = *p == '{' ? strchr (p, '}') : NULL;
        g_autofree char *name = NULL;
        const char *value;

        if (close == NULL) {
            g_string_append_c (out, *p++);
            continue;
        }
        name = g_strndup (p + 1, (gsize)(close - p - 1));
        value = value_of (item, name);
        if (value == NULL || value[0] == '\0') {
            g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE,
                         "the layout wants {%s}, which is not known of %s; --json of expand shows what is", name,
                         item->value);
            return NULL;
        }
        g_string_append (out, value);
        p = close + 1;
    }
    return g_strdup (out->str);
}

static gboolean
refuse (GError **error, const char *template, const char *why)
{
    g_set_error (
        error, IOPLUG_ERROR, IO_KIND_USAGE,
        "the layout '%s' %s: write names in braces between slashes, as in {subject_label}/{scan_id}-{scan_type}",
        template, why);
    return FALSE;
}

/* Each brace that opens is closed before the next, with a name between. */
static gboolean
has_whole_names (const char *segment)
{
    gsize length;

    for (const char *p = segment; (p = strpbrk (p, "{}")) != NULL; p += length + 2) {
        length = *p == '{' ? strcspn (p + 1, "{}") : 0;
        if (*p != '{' || length == 0 || p[length + 1] != '}')
            return FALSE;
    }
    return TRUE;
}

gboolean
layout_check (const char *template, GError **error)
{
    g_auto (GStrv) segments = g_strsplit (template, "/", -1);
    gboolean varies = FALSE;

    for (char **segment = segments; *segment != NULL; segment++) {
        if ((*segment)[0] == '\0')
            return refuse (error, template, "has a segment with nothing in it");
        if (strcmp (*segment, ".") == 0 || strcmp (*segment, "..") == 0)
            return refuse (error, template, "leads elsewhere");
        if (!has_whole_names (*segment))
            return refuse (error, template, "has braces that do not fit");
        varies = varies || strchr (*segment, '{') != NULL;
    }
    return varies || refuse (error, template, "names nothing, so all results would go to one place");
}

char *
layout_path (const char *template, const IOItem *item, gsize longest, GError **error)
{
    g_auto (GStrv) segments = g_strsplit (template, "/", -1);

    for (char **segment = segments; *segment != NULL; segment++) {
        g_autofree char *filled = fill_segment (*segment, item, error);

        if (filled == NULL)
            return NULL;
        g_free (*segment);
        *segment = list_encode_name (filled, longest);
    }
    return g_strjoinv ("/", segments);
}
