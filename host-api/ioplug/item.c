/* SPDX-License-Identifier: Apache-2.0 */
/* Reading items. */
#include <string.h>

#include "item.h"

const char *
item_attribute (const IOItem *item, const char *name)
{
    for (const char *const *pair = item->attributes; pair != NULL && pair[0] != NULL; pair += 2)
        if (strcmp (pair[0], name) == 0)
            return pair[1];
    return NULL;
}

gint64
item_number (const IOItem *item, const char *name)
{
    const char *text = item_attribute (item, name);
    guint64 number;

    if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL))
        return -1;
    return (gint64)number;
}

gboolean
item_is_container (const IOItem *item)
{
    return g_strcmp0 (item_attribute (item, "type"), "file") != 0;
}

char *
item_remarks (const IOItem *item)
{
    static const char *const what[] = {"name", "type", "description", "quality"};
    const char *level = item_attribute (item, "type");
    GString *out = g_string_new (NULL);

    for (gsize i = 0; level != NULL && i < G_N_ELEMENTS (what); i++) {
        g_autofree char *name = g_strconcat (level, "_", what[i], NULL);
        const char *value = item_attribute (item, name);

        if (value != NULL && value[0] != '\0' && g_strcmp0 (value, item->id) != 0)
            g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", value);
    }
    return g_string_free (out, FALSE);
}
