/* SPDX-License-Identifier: Apache-2.0 */
/* A list of URLs to fetch, and what of its texts goes out. Names stay below the destination, and are not given twice. */
#include "fuzz.h"

#include "list.h"
#include "text.h"

#include <string.h>

static void
check_name (const char *name)
{
    FUZZ_CHECK (*name != '\0' && strlen (name) <= 255 && strchr (name, '/') == NULL);
    FUZZ_CHECK (!g_str_equal (name, ".") && !g_str_equal (name, ".."));
}

static void
check_text (const char *text)
{
    g_autofree char *line = text_one_line (text);
    g_autofree char *column = text_column (text);
    g_autofree char *url = text_without_password (text);
    g_autoptr (GString) json = g_string_new (NULL);
    text_append_json (json, text);
    FUZZ_CHECK (strpbrk (line, "\r\n\033") == NULL && strpbrk (column, "\t\r\n\033") == NULL);
    FUZZ_CHECK (strstr (line, "\xe2\x80\xae") == NULL && url != NULL);
    FUZZ_CHECK (g_utf8_validate (json->str, -1, NULL) && strchr (json->str, '\n') == NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    g_autoptr (GPtrArray) entries = list_parse ((const char *)data, size, 255);
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < entries->len; i++) {
        const ListEntry *entry = g_ptr_array_index (entries, i);
        check_text (entry->id);
        check_text (entry->url);
        if (entry->name == NULL || entry->reason != NULL)
            continue;
        check_name (entry->name);
        FUZZ_CHECK (g_hash_table_add (names, entry->name));
    }
    return 0;
}
