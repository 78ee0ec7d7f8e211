/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and their forms on the wire. Must not know what the cells mean. */
#include "table.h"

#include <string.h>

static const char *const table_types[] = {"application/json", "text/html", "text/xml", NULL};

Table *
table_new (const char *const *columns)
{
    Table *table = g_new0 (Table, 1);

    table->columns = g_ptr_array_new ();
    table->rows = g_ptr_array_new_with_free_func (g_free);
    table->total = table->queried = TRUE;
    for (guint i = 0; columns && columns[i]; i++)
        g_ptr_array_add (table->columns, (gpointer)S (columns[i]));
    return table;
}

void
table_free (Table *table)
{
    g_ptr_array_unref (table->columns);
    g_ptr_array_unref (table->rows);
    g_free (table);
}

guint
table_column (Table *table, const char *name)
{
    guint index;

    if (!g_ptr_array_find (table->columns, S (name), &index)) {
        index = table->columns->len;
        g_ptr_array_add (table->columns, (gpointer)S (name));
    }
    return index;
}

const char **
table_row (Table *table)
{
    const char **cells = g_new0 (const char *, table->columns->len);

    g_ptr_array_add (table->rows, cells);
    return cells;
}

void
table_distinct (Table *table)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (g_bytes_hash, g_bytes_equal);
    g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    GPtrArray *rows = g_ptr_array_new_with_free_func (g_free);

    for (guint i = 0; i < table->rows->len; i++) {
        gpointer cells = g_ptr_array_index (table->rows, i);
        GBytes *key = g_bytes_new_static (cells, table->columns->len * sizeof (char *));

        g_ptr_array_add (keys, key);
        if (g_hash_table_add (seen, key))
            g_ptr_array_add (rows, cells);
        else
            g_free (cells);
    }
    g_ptr_array_set_free_func (table->rows, NULL);
    g_ptr_array_unref (table->rows);
    table->rows = rows;
}

void
table_page (Table *table, guint64 offset, guint64 limit)
{
    guint first = (guint)MIN (offset, table->rows->len);
    guint last = (guint)MIN ((guint64)first + limit, table->rows->len);

    g_ptr_array_remove_range (table->rows, last, table->rows->len - last);
    g_ptr_array_remove_range (table->rows, 0, first);
}

static void
shuffle (GPtrArray *rows)
{
    for (guint i = rows->len; i > 1; i--) {
        guint j = g_random_int () % i;
        gpointer kept = rows->pdata[i - 1];

        rows->pdata[i - 1] = rows->pdata[j];
        rows->pdata[j] = kept;
    }
}

typedef struct Order {
    GArray *columns; /* of guint */
    gboolean descending;
} Order;

static gint
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
    const char *const *left = *(const char *const *const *)a;
    const char *const *right = *(const char *const *const *)b;
    const Order *order = data;

    for (guint i = 0; i < order->columns->len; i++) {
        guint column = g_array_index (order->columns, guint, i);
        const char *x = left[column];
        const char *y = right[column];
        gint result = !x || !y ? (y != NULL) - (x != NULL) : strcmp (x, y);

        if (result != 0)
            return order->descending ? -result : result;
    }
    return 0;
}

static void
sort (Table *table, const char *by, gboolean descending)
{
    g_auto (GStrv) names = g_strsplit (by, ",", -1);
    g_autoptr (GArray) columns = g_array_new (FALSE, FALSE, sizeof (guint));
    Order order = {columns, descending};

    for (guint i = 0; names[i]; i++) {
        for (guint j = 0; j < table->columns->len; j++) {
            if (g_ascii_strcasecmp (g_strstrip (names[i]), g_ptr_array_index (table->columns, j)) == 0)
                g_array_append_val (columns, j);
        }
    }
    g_ptr_array_sort_with_data (table->rows, compare_rows, &order);
}

const char *
accept_best (const Request *req, const char *const *offers)
{
    const char *accept = request_header (req, "Accept");
    g_auto (GStrv) parts = NULL;

    if (!accept || !*accept)
        return offers[0];
    parts = g_strsplit (accept, ",", -1);
    for (guint i = 0; parts[i]; i++) {
        char *type = g_strstrip (parts[i]);

        type[strcspn (type, "; ")] = '\0';
        for (guint j = 0; offers[j]; j++) {
            if (strcmp (type, "*/*") == 0 || g_ascii_strcasecmp (type, offers[j]) == 0)
                return offers[j];
            if (g_str_has_suffix (type, "/*") && strncmp (type, offers[j], strlen (type) - 1) == 0)
                return offers[j];
        }
    }
    return NULL;
}

static gboolean
flush (Sink *sink, GString *out)
{
    gboolean ok = sink_write (sink, out->str, out->len);

    g_string_truncate (out, 0);
    return ok;
}

static char **
json_keys (const Table *table)
{
    char **keys = g_new0 (char *, table->columns->len + 1);

    for (guint i = 0; i < table->columns->len; i++) {
        GString *key = g_string_new (NULL);

        json_string (key, g_ptr_array_index (table->columns, i));
        g_string_append_c (key, ':');
        keys[i] = g_string_free (key, FALSE);
    }
    return keys;
}

static void
json_row (GString *out, const Table *table, char **keys, const char *const *cells, guint turn)
{
    for (guint i = 0; i < table->columns->len; i++) {
        /* Members come in no particular order. */
        guint at = (i + turn) % table->columns->len;

        g_string_append_c (out, i == 0 ? '{' : ',');
        g_string_append (out, keys[at]);
        json_string (out, cells[at] ? cells[at] : "");
    }
    g_string_append_c (out, '}');
}

static gboolean
write_json (Sink *sink, gpointer data)
{
    const Table *table = data;
    g_autoptr (GString) out = g_string_sized_new (HTTP_BUFFER);
    g_auto (GStrv) keys = json_keys (table);
    guint turn = g_random_int ();

    g_string_append (out, "{\"ResultSet\":{");
    if (table->head)
        g_string_append (out, "\"Columns\":[{\"key\":\"URI\",\"serverRoot\":\"\"}],");
    g_string_append (out, "\"Result\":[");
    for (guint i = 0; i < table->rows->len; i++) {
        if (i > 0)
            g_string_append (out, ",\n");
        json_row (out, table, keys, g_ptr_array_index (table->rows, i), turn);
        if (out->len > HTTP_BUFFER / 2 && !flush (sink, out))
            return FALSE;
    }
    g_string_append_c (out, ']');
    if (table->total)
        g_string_append_printf (out, ", \"totalRecords\": \"%u\"", table->rows->len);
    if (table->title) {
        g_string_append (out, ",\"title\": ");
        json_string (out, table->title);
    }
    g_string_append (out, "}}");
    return flush (sink, out);
}

static void
append_line (GString *out, const char *const *cells, guint count, const char *form)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *text = g_strdup (cells[i] ? cells[i] : "");

        if (*form == 'c') {
            gboolean quoted = strpbrk (g_strdelimit (text, "\r\n", ' '), ",\"") != NULL;
            g_auto (GStrv) halves = g_strsplit (text, "\"", -1);
            g_autofree char *doubled = g_strjoinv ("\"\"", halves);

            g_string_append_printf (out, "%s%s%s%s", i > 0 ? "," : "", quoted ? "\"" : "", doubled, quoted ? "\"" : "");
        } else {
            g_string_append_printf (out, "<%s>%s</%s>", form, text, form);
        }
    }
}

static gboolean
write_lines (Sink *sink, const Table *table, const char *form)
{
    g_autoptr (GString) out = g_string_sized_new (HTTP_BUFFER);
    gboolean html = *form != 'c';

    if (html)
        g_string_append (out, strcmp (form, "th") == 0 ? "<html><body><table><tr>" : "<ResultSet><results><columns>");
    append_line (out, (const char *const *)table->columns->pdata, table->columns->len,
                 strcmp (form, "cell") == 0 ? "column" : form);
    g_string_append (out, !html ? "\n" : strcmp (form, "th") == 0 ? "</tr>" : "</columns><rows>");
    for (guint i = 0; i < table->rows->len; i++) {
        g_string_append (out, !html ? "" : strcmp (form, "th") == 0 ? "<tr>" : "<row>");
        append_line (out, g_ptr_array_index (table->rows, i), table->columns->len,
                     strcmp (form, "th") == 0 ? "td" : form);
        g_string_append (out, !html ? "\n" : strcmp (form, "th") == 0 ? "</tr>" : "</row>");
        if (out->len > HTTP_BUFFER / 2 && !flush (sink, out))
            return FALSE;
    }
    if (html)
        g_string_append (out, strcmp (form, "th") == 0 ? "</table></body></html>" : "</rows></results></ResultSet>");
    return flush (sink, out);
}

static gboolean
write_csv (Sink *sink, gpointer data)
{
    return write_lines (sink, data, "csv");
}

static gboolean
write_html (Sink *sink, gpointer data)
{
    return write_lines (sink, data, "th");
}

static gboolean
write_xml (Sink *sink, gpointer data)
{
    return write_lines (sink, data, "cell");
}

void
reply_table (Ctx *ctx, Table *table)
{
    const char *accepted = accept_best (ctx->req, table_types);
    const char *format = request_param (ctx->req, "format");
    const char *by = request_param (ctx->req, "sortBy");
    const char *order = request_param (ctx->req, "sortOrder");
    BodyFunc func = write_html;
    const char *type = "text/html";

    if (!accepted) {
        table_free (table);
        page_status (ctx, 406, NULL);
        return;
    }
    if (app.settings.shuffle)
        shuffle (table->rows);
    if (by)
        sort (table, by, order && g_ascii_strcasecmp (order, "DESC") == 0);
    if (table->queried)
        ctx->work_us += (gint64)table->rows->len * app.settings.bulk_us_per_row;
    if (!format)
        format = accepted;
    if (strstr (format, "json")) {
        func = write_json;
        type = "application/json";
    } else if (strstr (format, "csv")) {
        func = write_csv;
        type = "text/csv";
    } else if (strstr (format, "xml")) {
        func = write_xml;
        type = "text/xml";
    }
    reply_stream (ctx->reply, 200, type, func, table, (GDestroyNotify)table_free);
}
