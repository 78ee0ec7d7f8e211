/* SPDX-License-Identifier: Apache-2.0 */
/* What can be searched for: the data types and their fields. The search itself is not offered. */
#include "routes.h"
#include "table.h"
#include "types.h"

#include <string.h>

static Table *
list_elements (void)
{
    static const char *const columns[] = {"ELEMENT_NAME", "SINGULAR", "PLURAL", "SECURED", "COUNT", NULL};
    Table *table = table_new (columns);

    for (guint i = 0; type_at (i); i++) {
        const Type *type = type_at (i);
        const char **cells;

        if (!type->singular)
            continue;
        cells = table_row (table);
        cells[0] = S (type->name);
        cells[1] = S (type->singular);
        cells[2] = S (type->plural);
        cells[3] = "true";
        cells[4] = "1";
    }
    return table;
}

static void
add_fields (Table *table, const Type *type, const char *element)
{
    g_auto (GStrv) fields = g_strsplit (type->fields, ",", -1);

    for (guint i = 0; fields[i]; i++) {
        const char **cells;
        g_autofree char *upper = NULL;

        if (!*fields[i] || strchr (fields[i], '/'))
            continue;
        upper = g_ascii_strup (fields[i], -1);
        cells = table_row (table);
        cells[0] = S (upper);
        cells[1] = S (fields[i]);
        cells[2] = S (fields[i]);
        cells[3] = "string";
        cells[4] = "false";
        cells[5] = "";
        cells[6] = S (element);
    }
}

static Table *
list_fields (const char *element)
{
    static const char *const columns[] = {"FIELD_ID",       "HEADER", "SUMMARY",      "TYPE",
                                          "REQUIRES_VALUE", "DESC",   "ELEMENT_NAME", NULL};
    Table *table = table_new (columns);

    for (const Type *type = type_find (element); type; type = type->base ? type_find (type->base) : NULL)
        add_fields (table, type, element);
    return table;
}

void
search_handle (Ctx *ctx, const char *rest)
{
    if (strcmp (rest, "elements") == 0 && is_read (ctx)) {
        reply_table (ctx, list_elements ());
    } else if (g_str_has_prefix (rest, "elements/") && is_read (ctx)) {
        const char *element = rest + strlen ("elements/");

        if (type_find (element))
            reply_table (ctx, list_fields (element));
        else
            page_status (ctx, 404, NULL);
    } else if (*rest == '\0' || is_read (ctx)) {
        reply_not_allowed (ctx);
    } else {
        page_status (ctx, 422, NULL);
    }
}
