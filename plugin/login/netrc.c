/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a netrc file into entries. */
#include "login/netrc.h"

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_SIZE (1024 * 1024)

typedef struct {
    const char *at, *end;
    guint line;
} Reader;

static void
entry_free (gpointer data)
{
    XnNetrcEntry *entry = (XnNetrcEntry *)data;
    g_free (entry->machine);
    g_free (entry->login);
    xn_secret_free (entry->password);
    g_free (entry);
}

void
xn_netrc_free (XnNetrc *netrc)
{
    if (netrc == NULL)
        return;
    g_ptr_array_unref (netrc->entries);
    g_ptr_array_unref (netrc->warnings);
    g_free (netrc);
}

static void
skip_line (Reader *reader)
{
    while (reader->at < reader->end && *reader->at != '\n')
        reader->at++;
}

static void
skip_blank (Reader *reader)
{
    while (reader->at < reader->end && (g_ascii_isspace (*reader->at) || *reader->at == '\0')) {
        reader->line += *reader->at == '\n';
        reader->at++;
    }
}

/* A macro ends at the first empty line. */
static void
skip_macro (Reader *reader)
{
    skip_line (reader);
    while (reader->at < reader->end) {
        reader->at++;
        reader->line++;
        const char *start = reader->at;
        skip_line (reader);
        const gsize length = (gsize)(reader->at - start);
        if (length == 0 || (length == 1 && *start == '\r'))
            return;
    }
}

static char
unescape (char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* The rest of a quoted word; the opening quote has been read. */
static char *
quoted (Reader *reader)
{
    /* Large enough at once: a string that grows would leave pieces of a password behind. */
    GString *word = g_string_sized_new ((gsize)(reader->end - reader->at) + 1);
    while (reader->at < reader->end && *reader->at != '"') {
        char c = *reader->at++;
        reader->line += c == '\n';
        if (c == '\\' && reader->at < reader->end)
            c = unescape (*reader->at++);
        g_string_append_c (word, c);
    }
    if (reader->at < reader->end)
        reader->at++;
    return g_string_free (word, FALSE);
}

/* The next word, or NULL at the end. @is_value: it follows a keyword, so a '#' or a quote belongs to it. */
static char *
next_word (Reader *reader, gboolean is_value)
{
    for (;;) {
        skip_blank (reader);
        if (reader->at >= reader->end)
            return NULL;
        if (is_value || *reader->at != '#')
            break;
        skip_line (reader);
    }
    if (*reader->at == '"') {
        reader->at++;
        return quoted (reader);
    }
    const char *start = reader->at;
    while (reader->at < reader->end && !g_ascii_isspace (*reader->at) && *reader->at != '\0')
        reader->at++;
    return g_strndup (start, (gsize)(reader->at - start));
}

static XnNetrcEntry *
add_entry (XnNetrc *netrc, char *machine, guint line)
{
    XnNetrcEntry *entry = g_new0 (XnNetrcEntry, 1);
    entry->machine = machine;
    entry->line = line;
    g_ptr_array_add (netrc->entries, entry);
    return entry;
}

static gboolean
is_word (const char *word, const char *keyword)
{
    return g_ascii_strcasecmp (word, keyword) == 0;
}

/* Notes a word that is skipped, once for a line. Not the word itself: misplaced, it may be a password. */
static void
note_unknown (XnNetrc *netrc, const Reader *reader)
{
    char *warning = g_strdup_printf ("line %u: unknown words are skipped; a password with blanks needs double quotes",
                                     reader->line);
    const GPtrArray *all = netrc->warnings;
    if (all->len > 0 && g_str_equal (all->pdata[all->len - 1], warning))
        g_free (warning);
    else
        g_ptr_array_add (netrc->warnings, warning);
}

/* Takes one word, and its value if it is a keyword that has one. */
static void
take_word (XnNetrc *netrc, Reader *reader, XnNetrcEntry **entry, const char *word)
{
    const guint line = reader->line;
    const gboolean is_machine = is_word (word, "machine");
    const gboolean is_login = is_word (word, "login") || is_word (word, "user");
    const gboolean is_password = is_word (word, "password");
    if (is_word (word, "default")) {
        *entry = add_entry (netrc, NULL, line);
        return;
    }
    if (is_word (word, "macdef")) {
        skip_macro (reader);
        return;
    }
    if (!is_machine && !is_login && !is_password && !is_word (word, "account")) {
        note_unknown (netrc, reader);
        return;
    }
    char *value = next_word (reader, TRUE);
    if (value != NULL && is_machine) {
        *entry = add_entry (netrc, value, line);
        return;
    }
    if (value == NULL || *entry == NULL || (!is_login && !is_password)) {
        xn_secret_free (value);
        return;
    }
    char **member = is_login ? &(*entry)->login : &(*entry)->password;
    xn_secret_free (*member);
    *member = value;
}

XnNetrc *
xn_netrc_parse (const char *text, gsize length)
{
    XnNetrc *netrc = g_new0 (XnNetrc, 1);
    netrc->entries = g_ptr_array_new_with_free_func (entry_free);
    netrc->warnings = g_ptr_array_new_with_free_func (g_free);
    Reader reader = {.at = text, .end = text + length, .line = 1};
    if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
        reader.at += 3;
    XnNetrcEntry *entry = NULL;
    for (;;) {
        g_autoptr (XnSecret) word = next_word (&reader, FALSE);
        if (word == NULL)
            return netrc;
        take_word (netrc, &reader, &entry, word);
    }
}

/* The first entry of @machine (NULL: the default) with @login; with none if @login is NULL, unless @any_login. */
static const XnNetrcEntry *
find_machine (const XnNetrc *netrc, const char *machine, const char *login, gboolean any_login)
{
    for (guint i = 0; i < netrc->entries->len; i++) {
        const XnNetrcEntry *entry = (const XnNetrcEntry *)netrc->entries->pdata[i];
        const gboolean same = machine == NULL
                                  ? entry->machine == NULL
                                  : entry->machine != NULL && g_ascii_strcasecmp (entry->machine, machine) == 0;
        if (same && (any_login || g_strcmp0 (entry->login, login) == 0))
            return entry;
    }
    return NULL;
}

const XnNetrcEntry *
xn_netrc_find (const XnNetrc *netrc, const char *host, guint port, const char *login)
{
    g_autofree char *bracketed = strchr (host, ':') != NULL ? g_strdup_printf ("[%s]", host) : g_strdup (host);
    g_autofree char *with_port = g_strdup_printf ("%s:%u", bracketed, port);
    const char *const machines[] = {with_port, bracketed, host, NULL};
    const XnNetrcEntry *entry = NULL;
    for (guint i = 0; entry == NULL && i < G_N_ELEMENTS (machines); i++)
        entry = find_machine (netrc, machines[i], login, login == NULL);
    /* An entry that names no login goes with any, but only where none names the one that is wanted. */
    for (guint i = 0; entry == NULL && i < G_N_ELEMENTS (machines); i++)
        entry = find_machine (netrc, machines[i], NULL, FALSE);
    return entry;
}

gboolean
xn_netrc_has_url_of (const XnNetrc *netrc, const char *host)
{
    const gsize length = strlen (host);
    for (guint i = 0; i < netrc->entries->len; i++) {
        const char *machine = ((const XnNetrcEntry *)netrc->entries->pdata[i])->machine;
        const char *name = machine != NULL ? strstr (machine, "://") : NULL;
        name = name != NULL ? name + strlen ("://") : machine;
        if (machine == NULL || (name == machine && strchr (machine, '/') == NULL))
            continue;
        const char *at = memchr (name, '@', strcspn (name, "/"));
        name = at != NULL ? at + 1 : name;
        name += *name == '[' ? 1 : 0;
        if (g_ascii_strncasecmp (name, host, length) == 0 && strchr ("]:/", name[length]) != NULL)
            return TRUE;
    }
    return FALSE;
}

static gboolean
check_file (const char *path, const struct stat *info, GError **error)
{
    if (!S_ISREG (info->st_mode)) {
        xn_error_set (error, XN_ERROR_AUTH, "netrc file %s is not a regular file", path);
        return FALSE;
    }
    if (info->st_uid != geteuid ()) {
        xn_error_set (error, XN_ERROR_AUTH,
                      "netrc file %s belongs to another user (id %u, not %u): make a copy of your own", path,
                      (guint)info->st_uid, (guint)geteuid ());
        return FALSE;
    }
    if ((info->st_mode & 077) != 0) {
        xn_error_set (error, XN_ERROR_AUTH, "netrc file %s is open to other users (mode %04o): run chmod 600 %s", path,
                      (guint)(info->st_mode & 07777), path);
        return FALSE;
    }
    if (info->st_size > MAX_FILE_SIZE) {
        xn_error_set (error, XN_ERROR_AUTH, "netrc file %s is larger than 1 MiB", path);
        return FALSE;
    }
    return TRUE;
}

/* Reads up to @size bytes; the number, or -1 with an error. */
static gssize
read_all (int fd, char *buffer, gsize size, const char *path, GError **error)
{
    gsize length = 0;
    while (length < size) {
        const ssize_t count = read (fd, buffer + length, size - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            xn_error_set_errno (error, errno, "cannot read netrc file %s", path);
            return -1;
        }
        if (count == 0)
            break;
        length += (gsize)count;
    }
    return (gssize)length;
}

static XnNetrc *
load_open (int fd, const char *path, GError **error)
{
    struct stat info;
    if (fstat (fd, &info) != 0) {
        xn_error_set_errno (error, errno, "cannot look at netrc file %s", path);
        return NULL;
    }
    if (S_ISCHR (info.st_mode))
        return xn_netrc_parse ("", 0);
    if (!check_file (path, &info, error))
        return NULL;
    const gsize size = (gsize)info.st_size;
    g_autofree char *text = g_malloc (size + 1);
    const gssize length = read_all (fd, text, size, path, error);
    XnNetrc *netrc = length >= 0 ? xn_netrc_parse (text, (gsize)length) : NULL;
    explicit_bzero (text, size);
    return netrc;
}

XnNetrc *
xn_netrc_load (const char *path, gboolean *out_missing, GError **error)
{
    *out_missing = FALSE;
    /* Not to hang on a named pipe. */
    const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *out_missing = TRUE;
        return NULL;
    }
    if (fd < 0) {
        xn_error_set_errno (error, errno, "cannot open netrc file %s", path);
        return NULL;
    }
    XnNetrc *netrc = load_open (fd, path, error);
    close (fd);
    for (guint i = 0; netrc != NULL && i < netrc->warnings->len; i++)
        xn_log (XN_LOG_WARNING, "netrc file %s, %s", path, (const char *)netrc->warnings->pdata[i]);
    return netrc;
}
