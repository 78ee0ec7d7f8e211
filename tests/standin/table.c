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
    table->total = TRUE;
    table->us_per_row = app.settings.bulk_us_per_row;
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
        /* Looked for before: adding an equal key would take it in, and its cells go. */
        if (g_hash_table_contains (seen, key)) {
            g_free (cells);
            continue;
        }
        g_hash_table_add (seen, key);
        g_ptr_array_add (rows, cells);
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
        g_string_append_printf (out, "\"Columns\":[{\"key\":\"URI\",\"serverRoot\":\"%s\"}],", app.settings.prefix);
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

static gboolean
has_links (const Table *table, guint column)
{
    return table->head && strcmp (g_ptr_array_index (table->columns, column), "URI") == 0;
}

static void
csv_cell (GString *out, const char *text)
{
    g_autofree char *line = g_strdelimit (g_strdup (text), "\r\n", ' ');
    g_auto (GStrv) halves = g_strsplit (line, "\"", -1);
    g_autofree char *doubled = g_strjoinv ("\"\"", halves);
    gboolean quoted = strpbrk (line, ",\"") != NULL;

    g_string_append_printf (out, "%s%s%s", quoted ? "\"" : "", doubled, quoted ? "\"" : "");
}

/* Ampersands stay as they are, which makes some of these documents ill-formed. */
static void
xml_cell (GString *out, const char *text)
{
    g_string_append (out, "<cell>");
    for (; *text; text++) {
        if (*text == '<' || *text == '>')
            g_string_append (out, *text == '<' ? "&lt;" : "&gt;");
        else
            g_string_append_c (out, *text == '\n' || *text == '\r' ? ' ' : *text);
    }
    g_string_append (out, "</cell>");
}

static void
csv_row (GString *out, const Table *table, const char *const *cells, guint number)
{
    for (guint i = 0; i < table->columns->len; i++) {
        if (i > 0)
            g_string_append_c (out, ',');
        csv_cell (out, cells[i] ? cells[i] : "");
    }
    g_string_append_c (out, '\n');
}

static void
xml_row (GString *out, const Table *table, const char *const *cells, guint number)
{
    g_string_append (out, "<row>");
    for (guint i = 0; i < table->columns->len; i++)
        xml_cell (out, cells[i] ? cells[i] : "");
    g_string_append (out, "</row>\n");
}

static void
html_row (GString *out, const Table *table, const char *const *cells, guint number)
{
    g_string_append_printf (out, "<tr class=\"x_rs_tr_data %s\">\n", number % 2 == 0 ? "odd" : "even");
    for (guint i = 0; i < table->columns->len; i++) {
        g_autofree char *text = g_strdelimit (g_strdup (cells[i] ? cells[i] : ""), "\r\n", ' ');

        if (has_links (table, i))
            g_string_append_printf (out, "<td><a href='%s%s'>%s</a></td>", app.settings.prefix, text, text);
        else
            g_string_append_printf (out, "<td>%s</td>", text);
    }
    g_string_append (out, "</tr>");
}

static void
csv_head (GString *out, const Table *table)
{
    csv_row (out, table, (const char *const *)table->columns->pdata, 0);
}

static void
xml_head (GString *out, const Table *table)
{
    g_string_append (out, "<ResultSet");
    if (table->total)
        g_string_append_printf (out, " totalRecords=\"%u\"", table->rows->len);
    if (table->title)
        g_string_append_printf (out, " title=\"%s\"", table->title);
    g_string_append (out, "><results><columns>");
    for (guint i = 0; i < table->columns->len; i++) {
        const char *name = g_ptr_array_index (table->columns, i);

        if (has_links (table, i))
            g_string_append_printf (out, "<column serverRoot=\"%s\">%s</column>", app.settings.prefix, name);
        else
            g_string_append_printf (out, "<column>%s</column>", name);
    }
    g_string_append (out, "</columns>\n<rows>");
}

static void
html_head (GString *out, const Table *table)
{
    g_string_append (out, "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\"><body>"
                          "<table class=\"x_rs_t\" cellpadding=\"0\" cellspacing=\"0\">\n"
                          "<thead class=\"x_rs_thead\">\n<tr class=\"x_rs_tr_head\">");
    for (guint i = 0; i < table->columns->len; i++)
        g_string_append_printf (out, "<th>%s</th>", (const char *)g_ptr_array_index (table->columns, i));
    g_string_append (out, "</tr>\n</thead>\n<tbody id=\"dataRows\">\n");
}

typedef struct Form {
    void (*head) (GString *out, const Table *table);
    void (*row) (GString *out, const Table *table, const char *const *cells, guint number);
    const char *tail;
} Form;

static gboolean
write_form (Sink *sink, const Table *table, const Form *form)
{
    g_autoptr (GString) out = g_string_sized_new (HTTP_BUFFER);

    form->head (out, table);
    for (guint i = 0; i < table->rows->len; i++) {
        form->row (out, table, g_ptr_array_index (table->rows, i), i);
        if (out->len > HTTP_BUFFER / 2 && !flush (sink, out))
            return FALSE;
    }
    g_string_append (out, form->tail);
    return flush (sink, out);
}

static gboolean
write_csv (Sink *sink, gpointer data)
{
    static const Form form = {csv_head, csv_row, ""};

    return write_form (sink, data, &form);
}

static gboolean
write_html (Sink *sink, gpointer data)
{
    static const Form form = {html_head, html_row, "</tbody>\n</table></body></html>"};

    return write_form (sink, data, &form);
}

static gboolean
write_xml (Sink *sink, gpointer data)
{
    static const Form form = {xml_head, xml_row, "</rows></results></ResultSet>"};

    return write_form (sink, data, &form);
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
        page_tomcat (ctx, 406, NULL);
        return;
    }
    if (app.settings.shuffle)
        shuffle (table->rows);
    if (by)
        sort (table, by, order && g_ascii_strcasecmp (order, "DESC") == 0);
    ctx->work_us += (gint64)table->rows->len * table->us_per_row;
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
