/* SPDX-License-Identifier: Apache-2.0 */
/* Table listings as a stream. The parser's events walk down to the rows; of a row only the wanted cells are copied,
 * into one buffer that all rows share. Which key stands where is remembered from row to row, as the keys mostly come
 * in the same order. Knows nothing of what the columns mean. */
#include "json/rows.h"

#include "base/error.h"
#include "json/bounds.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#define REMEMBERED_KEYS 64
#define REMEMBERED_LENGTH 128
#define FIRST_ROOM 1024

/* Depths at which the members of these stand. */
enum { IN_DOCUMENT = 1, IN_RESULT_SET = 2, IN_RESULT = 3, IN_ROW = 4 };

/* A wanted spelling of a key. */
typedef struct {
    char *name;
    gsize length;
    guint column;
    guint preference; /* its place among the column's spellings, from 1 */
} Spelling;

typedef struct {
    char *key; /* (owned) (nullable) REMEMBERED_LENGTH bytes of room */
    gsize length;
    int spelling; /* -1: not wanted */
} Remembered;

typedef struct {
    gsize offset;     /* in the row's text */
    guint preference; /* 0: no value yet */
} Cell;

struct XnRows {
    XnRowFunc row;
    gpointer data;
    yajl_handle parser;
    GError *failure; /* of an earlier call; every later one repeats it */

    GArray *spellings; /* Spelling */
    guint n_columns;
    Cell *cells;         /* one for each column */
    const char **values; /* the same, for the row function */
    char *text;          /* (owned) the cells' texts, each with its NUL */
    gsize used, room;    /* bytes of that */
    Remembered remembered[REMEMBERED_KEYS];

    guint depth;
    gboolean in_result_set, in_result; /* the value at this depth belongs to that member */
    gboolean seen_result_set, seen_result;
    guint key_position; /* of the next key of the row */
    int spelling;       /* of the cell that comes next, -1: not wanted */
    gsize silent;       /* bytes since the last event */
    gboolean fed;
    guint64 count;
};

static int
fail (XnRows *rows, XnErrorKind kind, gboolean retryable, const char *message)
{
    if (rows->failure != NULL)
        return 0;
    xn_error_set (&rows->failure, kind, "%s", message);
    xn_error_facts (rows->failure)->retryable = retryable;
    return 0;
}

static int
find_spelling (const XnRows *rows, const char *key, gsize length)
{
    for (guint i = 0; i < rows->spellings->len; i++) {
        const Spelling *spelling = &g_array_index (rows->spellings, Spelling, i);
        if (spelling->length == length && g_ascii_strncasecmp (spelling->name, key, length) == 0)
            return (int)i;
    }
    return -1;
}

static int
look_up_key (XnRows *rows, const char *key, gsize length)
{
    guint position = rows->key_position++;
    if (position >= REMEMBERED_KEYS || length > REMEMBERED_LENGTH)
        return find_spelling (rows, key, length);
    Remembered *remembered = &rows->remembered[position];
    if (remembered->key == NULL)
        remembered->key = g_malloc (REMEMBERED_LENGTH);
    else if (remembered->length == length && memcmp (remembered->key, key, length) == 0)
        return remembered->spelling;
    memcpy (remembered->key, key, length);
    remembered->length = length;
    remembered->spelling = find_spelling (rows, key, length);
    return remembered->spelling;
}

/* The key before a value has done its work. */
static void
forget_key (XnRows *rows)
{
    if (rows->depth == IN_DOCUMENT)
        rows->in_result_set = FALSE;
    else if (rows->depth == IN_RESULT_SET)
        rows->in_result = FALSE;
    rows->spelling = -1;
}

/* Copies @length bytes, nearly always of a few letters, and looks at them on the way: FALSE if a NUL or a byte beyond
 * ASCII is among them. */
static gboolean
copy_plain (char *out, const char *text, gsize length)
{
    const guint64 ones = 0x0101010101010101, highs = 0x8080808080808080;
    guint64 odd = 0;
    gsize i = 0;
    for (; i + 8 <= length; i += 8) {
        guint64 word;
        memcpy (&word, text + i, 8);
        memcpy (out + i, &word, 8);
        odd |= word | (word - ones);
    }
    for (; i < length; i++) {
        const guint64 byte = (guchar)text[i];
        out[i] = text[i];
        odd |= byte | (byte - 1);
    }
    return (odd & highs) == 0;
}

/* Room for @size more bytes of the row's text. */
static char *
make_room (XnRows *rows, gsize size)
{
    if (rows->room - rows->used < size) {
        rows->room = MAX (2 * rows->room, rows->used + size);
        rows->text = g_realloc (rows->text, rows->room);
    }
    return rows->text + rows->used;
}

/* Keeps a cell's value, @text of @length bytes, if it is wanted. */
static int
take_cell (XnRows *rows, const char *text, gsize length)
{
    if (rows->spelling < 0)
        return 1;
    const Spelling *spelling = &g_array_index (rows->spellings, Spelling, rows->spelling);
    Cell *cell = &rows->cells[spelling->column];
    rows->spelling = -1;
    /* The first of equal keys counts, so that a row full of them stays small. */
    if (cell->preference != 0 && cell->preference <= spelling->preference)
        return 1;
    g_autofree char *valid = NULL;
    char *out = make_room (rows, length + 1);
    if (!copy_plain (out, text, length)) {
        if (memchr (text, '\0', length) != NULL)
            return fail (rows, XN_ERROR_INTEGRITY, FALSE, "a value in the server's listing holds a NUL character");
        if (!g_utf8_validate (text, (gssize)length, NULL)) {
            valid = g_utf8_make_valid (text, (gssize)length);
            length = strlen (valid);
            out = make_room (rows, length + 1);
            memcpy (out, valid, length);
        }
    }
    out[length] = '\0';
    cell->preference = spelling->preference;
    cell->offset = rows->used;
    rows->used += length + 1;
    return 1;
}

/* A value that is no object and no array. */
static int
take_scalar (XnRows *rows, const char *text, gsize length)
{
    rows->silent = 0;
    if (length > XN_JSON_LONGEST_VALUE)
        return fail (rows, XN_ERROR_SERVER, FALSE, "the server's listing holds a value of more than 1 MiB");
    if (rows->depth == IN_ROW && rows->in_result)
        return take_cell (rows, text, length);
    if (rows->depth == IN_RESULT && rows->in_result)
        return fail (rows, XN_ERROR_SERVER, FALSE, "the server's listing holds a row that is no object");
    forget_key (rows);
    return 1;
}

static int
on_null (void *context)
{
    return take_scalar (context, "", 0);
}

static int
on_boolean (void *context, int value)
{
    return value ? take_scalar (context, "true", 4) : take_scalar (context, "false", 5);
}

static int
on_number (void *context, const char *text, size_t length)
{
    return take_scalar (context, text, length);
}

static int
on_string (void *context, const unsigned char *text, size_t length)
{
    return take_scalar (context, (const char *)text, length);
}

static int
on_key (void *context, const unsigned char *key, size_t length)
{
    XnRows *rows = context;
    rows->silent = 0;
    if (length > XN_JSON_LONGEST_VALUE)
        return fail (rows, XN_ERROR_SERVER, FALSE, "the server's listing holds a key of more than 1 MiB");
    switch (rows->depth) {
    case IN_DOCUMENT:
        rows->in_result_set = xn_json_is_word (key, length, "ResultSet");
        if (!xn_json_is_word (key, length, "items"))
            return 1;
        fail (rows, XN_ERROR_SERVER, FALSE, "the server answered with an item document instead of a listing");
        xn_error_facts (rows->failure)->server_words = g_strdup ("item document");
        return 0;
    case IN_RESULT_SET:
        rows->in_result = rows->in_result_set && xn_json_is_word (key, length, "Result");
        return 1;
    case IN_ROW:
        if (rows->in_result)
            rows->spelling = look_up_key (rows, (const char *)key, length);
        return 1;
    default:
        return 1;
    }
}

/* Goes into an object or an array. */
static int
go_down (XnRows *rows, gboolean object)
{
    rows->silent = 0;
    if (rows->depth >= XN_JSON_DEEPEST)
        return fail (rows, XN_ERROR_SERVER, FALSE, "the server's listing is nested deeper than 64 levels");
    guint depth = rows->depth++;
    switch (depth) {
    case 0:
        if (!object)
            return fail (rows, XN_ERROR_SERVER, FALSE, "the server answered with a JSON array instead of a listing");
        break;
    case IN_DOCUMENT:
        rows->in_result_set = rows->in_result_set && object;
        rows->seen_result_set = rows->seen_result_set || rows->in_result_set;
        break;
    case IN_RESULT_SET:
        rows->in_result = rows->in_result && !object;
        rows->seen_result = rows->seen_result || rows->in_result;
        break;
    case IN_RESULT:
        if (rows->in_result && !object)
            return fail (rows, XN_ERROR_SERVER, FALSE, "the server's listing holds a row that is no object");
        rows->key_position = 0;
        rows->spelling = -1;
        break;
    case IN_ROW:
        /* What is nested in a cell is no text; the cell counts as empty. */
        return rows->in_result ? take_cell (rows, "", 0) : 1;
    default:
        break;
    }
    return 1;
}

static int
end_row (XnRows *rows)
{
    for (guint i = 0; i < rows->n_columns; i++) {
        const Cell *cell = &rows->cells[i];
        rows->values[i] = cell->preference != 0 ? rows->text + cell->offset : NULL;
    }
    rows->count++;
    gboolean go_on = rows->row (rows->values, rows->data, &rows->failure);
    rows->used = 0;
    for (guint i = 0; i < rows->n_columns; i++)
        rows->cells[i].preference = 0;
    if (go_on)
        return 1;
    return fail (rows, XN_ERROR_CANCELLED, FALSE, "reading the listing was stopped");
}

static int
go_up (XnRows *rows)
{
    rows->silent = 0;
    rows->depth--;
    if (rows->depth == IN_RESULT && rows->in_result)
        return end_row (rows);
    if (rows->depth <= IN_RESULT_SET)
        forget_key (rows);
    return 1;
}

static int
on_start_object (void *context)
{
    return go_down (context, TRUE);
}

static int
on_start_array (void *context)
{
    return go_down (context, FALSE);
}

static int
on_end (void *context)
{
    return go_up (context);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

static void
clear_spelling (gpointer spelling)
{
    g_free (((Spelling *)spelling)->name);
}

XnRows *
xn_rows_new (const char *const *columns, XnRowFunc row, gpointer data)
{
    XnRows *rows = g_new0 (XnRows, 1);
    rows->row = row;
    rows->data = data;
    rows->spelling = -1;
    rows->room = FIRST_ROOM;
    rows->text = g_malloc (rows->room);
    rows->spellings = g_array_new (FALSE, FALSE, sizeof (Spelling));
    g_array_set_clear_func (rows->spellings, clear_spelling);
    for (; columns[rows->n_columns] != NULL; rows->n_columns++) {
        g_auto (GStrv) names = g_strsplit (columns[rows->n_columns], "|", -1);
        for (guint i = 0; names[i] != NULL; i++) {
            Spelling spelling = {g_strdup (names[i]), strlen (names[i]), rows->n_columns, i + 1};
            g_array_append_val (rows->spellings, spelling);
        }
    }
    rows->cells = g_new0 (Cell, rows->n_columns + 1);
    rows->values = g_new0 (const char *, rows->n_columns + 1);
    rows->parser = yajl_alloc (&callbacks, NULL, rows);
    /* Wanted cells are checked and repaired here; one server's wrong encoding must not hide all its rows. */
    yajl_config (rows->parser, yajl_dont_validate_strings, 1);
    return rows;
}

void
xn_rows_free (XnRows *rows)
{
    if (rows == NULL)
        return;
    yajl_free (rows->parser);
    g_clear_error (&rows->failure);
    g_array_unref (rows->spellings);
    g_free (rows->text);
    for (guint i = 0; i < REMEMBERED_KEYS; i++)
        g_free (rows->remembered[i].key);
    g_free (rows->cells);
    g_free (rows->values);
    g_free (rows);
}

static gboolean
report (const XnRows *rows, GError **error)
{
    if (error != NULL)
        *error = g_error_copy (rows->failure);
    return FALSE;
}

/* What is wrong with the text that the parser has just refused. */
static void
fail_parse (XnRows *rows, const guint8 *bytes, gsize size)
{
    if (rows->failure != NULL)
        return;
    gsize i = 0;
    while (i < size && g_ascii_isspace (bytes[i]))
        i++;
    if (rows->depth == 0 && !rows->seen_result_set && i < size && bytes[i] == '<') {
        fail (rows, XN_ERROR_SERVER, TRUE, "the server answered with a page of HTML or XML instead of a listing");
        return;
    }
    unsigned char *words = yajl_get_error (rows->parser, 0, NULL, 0);
    g_autofree char *line = words != NULL ? g_utf8_make_valid ((const char *)words, -1) : g_strdup ("");
    if (words != NULL)
        yajl_free_error (rows->parser, words);
    g_strdelimit (line, "\r\n", ' ');
    g_strstrip (line);
    g_autofree char *message = g_strdup_printf ("the server's listing is no JSON: %s", line);
    fail (rows, XN_ERROR_SERVER, TRUE, message);
}

gboolean
xn_rows_feed (XnRows *rows, const guint8 *bytes, gsize size, GError **error)
{
    if (rows->failure != NULL)
        return report (rows, error);
    while (size > 0) {
        gsize length = MIN (size, XN_JSON_SLICE);
        for (gsize i = 0; !rows->fed && i < length; i++)
            rows->fed = !g_ascii_isspace (bytes[i]);
        rows->silent += length;
        if (yajl_parse (rows->parser, bytes, length) != yajl_status_ok) {
            fail_parse (rows, bytes, length);
            return report (rows, error);
        }
        if (rows->silent > XN_JSON_LONGEST_TOKEN + XN_JSON_SLICE) {
            fail (rows, XN_ERROR_SERVER, FALSE, "the server's listing holds a value of more than 1 MiB");
            return report (rows, error);
        }
        bytes += length;
        size -= length;
    }
    return TRUE;
}

gboolean
xn_rows_finish (XnRows *rows, GError **error)
{
    if (rows->failure != NULL)
        return report (rows, error);
    if (!rows->fed)
        fail (rows, XN_ERROR_SERVER, FALSE, "empty answer instead of a listing");
    else if (yajl_complete_parse (rows->parser) != yajl_status_ok)
        fail (rows, XN_ERROR_SERVER, TRUE, "the server's listing is cut off");
    else if (!rows->seen_result_set)
        fail (rows, XN_ERROR_SERVER, FALSE, "the server's answer is no listing: it holds no ResultSet");
    else if (!rows->seen_result)
        fail (rows, XN_ERROR_SERVER, FALSE, "the server's answer is no listing: its ResultSet holds no Result");
    return rows->failure == NULL || report (rows, error);
}

guint64
xn_rows_count (const XnRows *rows)
{
    return rows->count;
}
