/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts, their failure counters and alias tokens. Must not know sessions. */
#include "app.h"
#include "users.h"

#include <string.h>

typedef struct Token {
    const char *alias;
    const char *secret;
    const User *user;
    guint id;
    gint64 created_ms;
} Token;

static GMutex lock;
static GHashTable *users;
static GHashTable *tokens;
static guint token_count;

const User *
user_find (const char *name)
{
    const User *user;

    g_mutex_lock (&lock);
    user = g_hash_table_lookup (users, name);
    g_mutex_unlock (&lock);
    return user;
}

static gboolean
parse_state (const char *text, UserState *state)
{
    static const char *const names[] = {"ok", "expired", "inactive", "locked", "disabled"};

    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        if (strcmp (names[i], text) == 0) {
            *state = (UserState)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
user_set (const char *name, const char *password, const char *state, const char *admin)
{
    UserState parsed = USER_OK;
    User *user;

    if (state && !parse_state (state, &parsed))
        return FALSE;
    g_mutex_lock (&lock);
    user = g_hash_table_lookup (users, name);
    if (!user) {
        user = g_new0 (User, 1);
        user->name = S (name);
        user->password = S (name);
        g_hash_table_insert (users, (gpointer)user->name, user);
    }
    if (password)
        user->password = S (password);
    if (state) {
        user->state = parsed;
        user->failures = 0;
    }
    if (admin)
        user->admin = strcmp (admin, "true") == 0;
    g_mutex_unlock (&lock);
    return TRUE;
}

char *
users_json (void)
{
    GString *out = g_string_new ("{");
    GHashTableIter iter;
    gpointer value;

    g_mutex_lock (&lock);
    g_hash_table_iter_init (&iter, users);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const User *user = value;

        json_string (out, user->name);
        g_string_append_printf (out, ":{\"failures\":%u,\"state\":%d},", user->failures, user->state);
    }
    g_mutex_unlock (&lock);
    if (out->str[out->len - 1] == ',')
        g_string_truncate (out, out->len - 1);
    g_string_append_c (out, '}');
    return g_string_free (out, FALSE);
}

void
users_init (void)
{
    static const char *const accounts[][3] = {
        {"alice", "alice-pw", "ok"},
        {"reader", "reader-pw", "ok"},
        {"outsider", "outsider-pw", "ok"},
        {"expired", "expired-pw", "expired"},
        {"inactive", "inactive-pw", "inactive"},
        {"locked", "locked-pw", "locked"},
        {"disabled", "disabled-pw", "disabled"},
    };

    users = g_hash_table_new (g_str_hash, g_str_equal);
    tokens = g_hash_table_new (g_str_hash, g_str_equal);
    user_set ("admin", "admin", "ok", "true");
    for (guint i = 0; i < G_N_ELEMENTS (accounts); i++)
        user_set (accounts[i][0], accounts[i][1], accounts[i][2], NULL);
}

static const User *
check_password (User *user, const char *password)
{
    gboolean locked = user->state == USER_LOCKED || (gint)user->failures >= app.settings.max_failed;

    /* A locked or disabled account is refused before its counter is looked at. */
    if (locked || user->state == USER_DISABLED)
        return NULL;
    if (strcmp (user->password, password) != 0) {
        user->failures++;
        return NULL;
    }
    user->failures = 0;
    return user;
}

const User *
auth_login (const char *name, const char *password)
{
    const User *found = NULL;
    const Token *token;
    User *user;

    /* The digest of a password is slow on purpose, whether it is right or not. */
    cost_us ((gint64)app.settings.login_ms * 1000);
    g_mutex_lock (&lock);
    user = g_hash_table_lookup (users, name);
    token = g_hash_table_lookup (tokens, name);
    if (user)
        found = check_password (user, password);
    else if (token && strcmp (token->secret, password) == 0 && token->user->state != USER_DISABLED)
        found = token->user;
    g_mutex_unlock (&lock);
    return found;
}

const char *
login_owner (const char *name)
{
    const Token *token;
    const char *owner;

    g_mutex_lock (&lock);
    token = g_hash_table_lookup (tokens, name);
    owner = token ? token->user->name : name;
    g_mutex_unlock (&lock);
    return owner;
}

static char *
token_json (const Token *token)
{
    GString *out = g_string_new ("{");

    json_member (out, "alias", token->alias);
    json_member (out, "secret", token->secret);
    json_member (out, "xdatUserId", token->user->name);
    g_string_append (out, ",\"singleUse\":false,\"enabled\":true");
    json_member_int (out, "estimatedExpirationTime", token->created_ms + G_GINT64_CONSTANT (172800000));
    json_member_int (out, "created", token->created_ms);
    json_member_int (out, "id", token->id);
    g_string_append_c (out, '}');
    return g_string_free (out, FALSE);
}

char *
token_issue (const User *user)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    Token *token = g_new0 (Token, 1);
    g_autofree char *alias = g_uuid_string_random ();
    char secret[65] = "";
    char *json;

    for (guint i = 0; i < 64; i++)
        secret[i] = letters[g_random_int () % (sizeof letters - 1)];
    token->alias = S (alias);
    token->secret = S (secret);
    token->user = user;
    token->created_ms = g_get_real_time () / 1000;
    g_mutex_lock (&lock);
    token->id = ++token_count;
    g_hash_table_insert (tokens, (gpointer)token->alias, token);
    json = token_json (token);
    g_mutex_unlock (&lock);
    return json;
}

const User *
token_valid (const char *alias, const char *secret)
{
    const Token *token;
    const User *user;

    g_mutex_lock (&lock);
    token = g_hash_table_lookup (tokens, alias);
    user = token && strcmp (token->secret, secret) == 0 ? token->user : NULL;
    g_mutex_unlock (&lock);
    return user;
}

gboolean
token_invalidate (const char *alias, const char *secret)
{
    gboolean found = token_valid (alias, secret) != NULL;

    g_mutex_lock (&lock);
    if (found)
        g_hash_table_remove (tokens, alias);
    g_mutex_unlock (&lock);
    return found;
}

char *
tokens_json (const User *user)
{
    GString *out = g_string_new ("[");
    GHashTableIter iter;
    gpointer value;

    g_mutex_lock (&lock);
    g_hash_table_iter_init (&iter, tokens);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Token *token = value;
        g_autofree char *json = token->user == user ? token_json (token) : NULL;

        if (json)
            g_string_append_printf (out, "%s%s", out->len > 1 ? "," : "", json);
    }
    g_mutex_unlock (&lock);
    g_string_append_c (out, ']');
    return g_string_free (out, FALSE);
}
