/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines into fields. */
#include "net/answer.h"

#include <string.h>

/* curl has limits of its own, which differ between versions. */
#define MAX_HEADER_SIZE (256 * 1024)

void
xn_answer_init (XnAnswer *answer)
{
    *answer = (XnAnswer){.fields = g_ptr_array_new_with_free_func (g_free)};
}

void
xn_answer_clear (XnAnswer *answer)
{
    g_clear_pointer (&answer->fields, g_ptr_array_unref);
}

static void
start_over (XnAnswer *answer, const char *status_line)
{
    g_ptr_array_set_size (answer->fields, 0);
    answer->size = 0;
    const char *space = strchr (status_line, ' ');
    answer->status = space != NULL ? (int)g_ascii_strtoll (space + 1, NULL, 10) : 0;
}

static void
continue_field (XnAnswer *answer, const char *more)
{
    if (answer->fields->len == 0)
        return;
    gpointer *value = &answer->fields->pdata[answer->fields->len - 1];
    g_autofree char *before = (char *)*value;
    *value = g_strdup_printf ("%s%s%s", before, *before != '\0' && *more != '\0' ? " " : "", more);
}

XnAnswerLine
xn_answer_take_line (XnAnswer *answer, const char *line, gsize length)
{
    if (length > MAX_HEADER_SIZE || answer->size + length > MAX_HEADER_SIZE)
        return XN_ANSWER_LINE_TOO_MUCH;
    answer->size += length;
    g_autofree char *text = g_strndup (line, length);
    g_strchomp (text);
    if (*text == '\0' && !(length > 0 && (line[0] == ' ' || line[0] == '\t')))
        return XN_ANSWER_LINE_END;
    if (g_str_has_prefix (text, "HTTP/")) {
        start_over (answer, text);
        return XN_ANSWER_LINE_TAKEN;
    }
    if (g_ascii_isspace (line[0])) {
        continue_field (answer, g_strchug (text));
        return XN_ANSWER_LINE_TAKEN;
    }
    char *colon = strchr (text, ':');
    if (colon == NULL)
        return XN_ANSWER_LINE_TAKEN;
    *colon = '\0';
    g_ptr_array_add (answer->fields, g_strdup (g_strchomp (text)));
    g_ptr_array_add (answer->fields, g_strdup (g_strstrip (colon + 1)));
    return XN_ANSWER_LINE_TAKEN;
}

const char *
xn_answer_field (const XnAnswer *answer, const char *name)
{
    for (guint i = answer->fields->len; i >= 2; i -= 2) {
        if (g_ascii_strcasecmp ((const char *)answer->fields->pdata[i - 2], name) == 0)
            return (const char *)answer->fields->pdata[i - 1];
    }
    return NULL;
}
