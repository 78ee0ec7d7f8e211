/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising pages by the marks that their makers leave. */
#include "http/page.h"

#include "http/fields.h"
#include "http/redact.h"
#include "xnat/match.h"

#include <string.h>

#define MAX_WORDS 300

/* What XNAT has its container say of a file: the disk lacks it, or the catalog does. */
#define DISK_LACKS "Unable to find file"
#define CATALOG_LACKS "Unable to find catalog entry"

gboolean
xn_is_html (const char *content_type)
{
    return content_type != NULL && (g_ascii_strncasecmp (content_type, "text/html", 9) == 0 ||
                                    g_ascii_strncasecmp (content_type, "application/xhtml", 17) == 0);
}

static char *
body_text (const char *body, gsize length)
{
    length = MIN (length, XN_PAGE_MAX_SIZE);
    char *text = g_strndup (body != NULL ? body : "", body != NULL ? length : 0);
    /* A NUL in the middle would hide what follows. */
    for (gsize i = 0; body != NULL && i < length; i++)
        if (body[i] == '\0')
            text[i] = ' ';
        else
            text[i] = body[i];
    return text;
}

static gboolean
has (const char *text, const char *mark)
{
    return strcasestr (text, mark) != NULL;
}

static gboolean
looks_like_html (const char *text)
{
    while (g_ascii_isspace (*text))
        text++;
    if (g_str_has_prefix (text, "\xef\xbb\xbf"))
        text += 3;
    return g_ascii_strncasecmp (text, "<!doctype html", 14) == 0 || g_ascii_strncasecmp (text, "<html", 5) == 0;
}

/* A form whose action ends in "/login". */
static gboolean
has_login_form (const char *text)
{
    for (const char *form = strcasestr (text, "<form"); form != NULL; form = strcasestr (form + 1, "<form")) {
        const char *end = strchr (form, '>');
        const char *action = strcasestr (form, "action=");
        if (end == NULL || action == NULL || action > end)
            continue;
        action += strlen ("action=");
        char quote = ' ';
        if (*action == '"' || *action == '\'')
            quote = *action++;
        const char *stop = action;
        while (stop < end && *stop != quote && *stop != '?' && *stop != ';')
            stop++;
        if (stop - action >= 6 && g_ascii_strncasecmp (stop - 6, "/login", 6) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Whether @mark stands where a page names itself or where it leads: in a comment, the action of a form, a refresh, but
 * not in a link, which any page of the site may hold. */
static gboolean
is_marked (const char *text, const char *mark)
{
    const char *tag = text;
    for (const char *at = strcasestr (text, mark); at != NULL; at = strcasestr (at + 1, mark)) {
        for (const char *next = strchr (tag, '<'); next != NULL && next < at; next = strchr (next + 1, '<'))
            tag = next;
        const char *end = g_str_has_prefix (tag, "<!--") ? strstr (tag, "-->") : strchr (tag, '>');
        const gboolean names = g_str_has_prefix (tag, "<!--") || g_ascii_strncasecmp (tag, "<form", 5) == 0 ||
                               g_ascii_strncasecmp (tag, "<meta", 5) == 0;
        if (names && (end == NULL || end > at))
            return TRUE;
    }
    return FALSE;
}

/* The content of the first <name> element, or NULL. */
static char *
element (const char *text, const char *name)
{
    g_autofree char *open = g_strdup_printf ("<%s", name);
    g_autofree char *close = g_strdup_printf ("</%s>", name);
    const char *start = strcasestr (text, open);
    start = start != NULL ? strchr (start, '>') : NULL;
    const char *end = start != NULL ? strcasestr (start, close) : NULL;
    return end != NULL ? g_strndup (start + 1, (gsize)(end - start - 1)) : NULL;
}

/* The paragraph that begins with "<b>LABEL</b>", as it stands. */
static char *
paragraph (const char *text, const char *label)
{
    g_autofree char *mark = g_strdup_printf ("<b>%s</b>", label);
    const char *start = strcasestr (text, mark);
    if (start == NULL)
        return NULL;
    start += strlen (mark);
    const char *end = strcasestr (start, "</p>");
    return end != NULL ? g_strndup (start, (gsize)(end - start)) : g_strdup (start);
}

gboolean
xn_words_lack_file (const char *words)
{
    return words != NULL && g_str_has_prefix (words, DISK_LACKS);
}

static XnPage
tomcat_kind (const char *text)
{
    g_autofree char *message = paragraph (text, "Message");
    if (message == NULL)
        return XN_PAGE_TOMCAT;
    /* Old ones underline it. */
    const char *words = g_strstrip (message);
    if (g_str_has_prefix (words, "<u>"))
        words += strlen ("<u>");
    return g_str_has_prefix (words, DISK_LACKS) || g_str_has_prefix (words, CATALOG_LACKS) ? XN_PAGE_NO_FILE
                                                                                           : XN_PAGE_TOMCAT;
}

/* nginx, Apache, Tomcat. */
static gboolean
says_wants_tls (const char *text)
{
    return has (text, "The plain HTTP request was sent to HTTPS port") ||
           has (text, "speaking plain HTTP to an SSL-enabled server port") ||
           has (text, "This combination of host and port requires TLS");
}

static XnPage
html_kind (const char *text)
{
    g_autofree char *title = element (text, "title");
    if (title != NULL && g_ascii_strcasecmp (g_strstrip (title), "Status page") == 0)
        return XN_PAGE_STATUS;
    if (title != NULL && g_ascii_strncasecmp (title, "HTTP Status ", 12) == 0)
        return tomcat_kind (text);
    /* In the layout of the site, which has links to account pages and to the login. */
    if (has (text, "class=\"errorDisplay\""))
        return XN_PAGE_XNAT;
    if (is_marked (text, "XDATScreen_UpdateUser"))
        return XN_PAGE_EXPIRED;
    if (is_marked (text, "InactiveAccount"))
        return XN_PAGE_INACTIVE;
    if (is_marked (text, "Unconfigured.vm") || is_marked (text, "/setup\""))
        return XN_PAGE_UNCONFIGURED;
    if (is_marked (text, "Login.vm") || has_login_form (text))
        return XN_PAGE_LOGIN;
    if (says_wants_tls (text))
        return XN_PAGE_WANTS_TLS;
    return XN_PAGE_OTHER;
}

XnPage
xn_page_kind (const char *content_type, const char *body, gsize length)
{
    g_autofree char *text = body_text (body, length);
    const char *start = text;
    while (g_ascii_isspace (*start))
        start++;
    if (*start == '\0')
        return XN_PAGE_EMPTY;
    if (looks_like_html (start) || (xn_is_html (content_type) && *start == '<'))
        return html_kind (start);
    return says_wants_tls (start) ? XN_PAGE_WANTS_TLS : XN_PAGE_TEXT;
}

XnPage
xn_page_of_location (const char *location)
{
    if (location == NULL)
        return XN_PAGE_EMPTY;
    g_autofree char *path = xn_path_bare (location);
    if (has (path, "XDATScreen_UpdateUser"))
        return XN_PAGE_EXPIRED;
    if (has (path, "InactiveAccount"))
        return XN_PAGE_INACTIVE;
    if (has (path, "Unconfigured") || g_str_has_suffix (path, "/setup"))
        return XN_PAGE_UNCONFIGURED;
    if (has (path, "/Login.vm") || g_str_has_suffix (path, "/login"))
        return XN_PAGE_LOGIN;
    return XN_PAGE_EMPTY;
}

gboolean
xn_page_is_account (XnPage page)
{
    return page == XN_PAGE_EXPIRED || page == XN_PAGE_INACTIVE || page == XN_PAGE_UNCONFIGURED;
}

const char *
xn_page_meaning (XnPage page)
{
    switch (page) {
    case XN_PAGE_EXPIRED:
        return "the password has expired: log in with a browser and set a new one";
    case XN_PAGE_INACTIVE:
        return "the account is inactive (not used for long): log in with a browser, or ask the administrator, to "
               "activate it";
    case XN_PAGE_UNCONFIGURED:
        return "the server has not been set up: an administrator has to log in with a browser once";
    case XN_PAGE_LOGIN:
        return "the server asks for a login";
    case XN_PAGE_WANTS_TLS:
        return "the port is one for TLS, and was asked in clear: write xnat+https:// in place of xnat+http://";
    default:
        return "the server answered with a web page";
    }
}

/* Replaces each tag by a blank. A '<' that begins no tag stays: messages are put into pages unescaped. */
static char *
strip_tags (const char *text)
{
    GString *out = g_string_sized_new (strlen (text));
    for (const char *c = text; *c != '\0'; c++) {
        const gboolean tag = *c == '<' && (g_ascii_isalpha (c[1]) || c[1] == '/' || c[1] == '!');
        const char *end = tag ? strchr (c, '>') : NULL;
        if (end == NULL) {
            g_string_append_c (out, *c);
            continue;
        }
        g_string_append_c (out, ' ');
        c = end;
    }
    return g_string_free (out, FALSE);
}

/* One line without control characters, cut at MAX_WORDS characters; NULL if nothing is left. */
static char *
one_line (const char *text)
{
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    GString *out = g_string_new (NULL);
    glong count = 0;
    gboolean blank = FALSE;
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c)) {
        const gunichar character = g_utf8_get_char (c);
        if (g_unichar_isspace (character) || g_unichar_iscntrl (character)) {
            blank = out->len > 0;
            continue;
        }
        if (count >= MAX_WORDS) {
            g_string_append (out, "...");
            break;
        }
        if (blank)
            g_string_append_c (out, ' ');
        g_string_append_unichar (out, character);
        count += blank ? 2 : 1;
        blank = FALSE;
    }
    return g_string_free (out, out->len == 0);
}

/* A message in a Tomcat page was escaped, tags of its own and all; so it is unescaped before they are stripped. */
static char *
tomcat_words (const char *text)
{
    g_autofree char *message = paragraph (text, "Message");
    if (message == NULL)
        message = paragraph (text, "Description");
    if (message == NULL)
        message = element (text, "title");
    if (message == NULL)
        return NULL;
    g_autofree char *plain = xn_xml_unescape (message);
    return strip_tags (plain);
}

static char *
html_words (const char *html)
{
    if (html == NULL)
        return NULL;
    g_autofree char *stripped = strip_tags (html);
    return xn_xml_unescape (stripped);
}

static char *
error_display (const char *text)
{
    const char *start = strcasestr (text, "class=\"errorDisplay\"");
    start = start != NULL ? strchr (start, '>') : NULL;
    if (start == NULL)
        return NULL;
    const char *end = strcasestr (start, "</div>");
    return end != NULL ? g_strndup (start + 1, (gsize)(end - start - 1)) : g_strdup (start + 1);
}

char *
xn_page_words (XnPage page, const char *body, gsize length, const char *const *secrets)
{
    g_autofree char *text = body_text (body, length);
    g_autofree char *part = NULL;
    g_autofree char *words = NULL;
    switch (page) {
    case XN_PAGE_EMPTY:
    case XN_PAGE_PACKED:
        return NULL;
    case XN_PAGE_TEXT:
        words = g_steal_pointer (&text);
        break;
    case XN_PAGE_TOMCAT:
    case XN_PAGE_NO_FILE:
        words = tomcat_words (text);
        break;
    case XN_PAGE_STATUS:
        part = element (text, "h3");
        words = html_words (part);
        break;
    case XN_PAGE_XNAT:
        part = error_display (text);
        words = html_words (part);
        break;
    default:
        part = element (text, "title");
        words = html_words (part);
        break;
    }
    if (words == NULL)
        return NULL;
    /* Before it is cut: half a secret would not be recognised. */
    g_autofree char *redacted = xn_redact (words, secrets);
    return one_line (redacted);
}
