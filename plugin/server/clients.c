/* SPDX-License-Identifier: Apache-2.0 */
/* The set of clients: each is made by the first thread that asks for it, while the others wait. */
#include "server/client-private.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/sync.h"
#include "login/credentials.h"
#include "login/probe.h"

#include <stdlib.h>

struct XnClients {
    XnEngine *engine; /* (borrowed) */
    XnKeeper *keeper; /* (owned) */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GPtrArray *clients; /* [mutex] (element-type XnClient) ready ones, and those that are being made */
};

static void
client_free (gpointer data)
{
    XnClient *client = (XnClient *)data;
    xn_session_free (client->session);
    xn_server_clear (&client->given);
    g_free (client->netrc);
    if (client->ready)
        xn_server_clear (&client->found);
    g_clear_error (&client->failure);
    g_free (client);
}

XnClients *
xn_clients_new (XnEngine *engine)
{
    XnClients *clients = g_new0 (XnClients, 1);
    clients->engine = engine;
    clients->keeper = xn_keeper_new ();
    clients->clients = g_ptr_array_new_with_free_func (client_free);
    pthread_mutex_init (&clients->mutex, NULL);
    xn_cond_init (&clients->changed);
    return clients;
}

void
xn_clients_free (XnClients *clients)
{
    if (clients == NULL)
        return;
    xn_keeper_free (clients->keeper);
    for (guint i = 0; i < clients->clients->len; i++)
        xn_session_close (((XnClient *)clients->clients->pdata[i])->session);
    g_ptr_array_unref (clients->clients);
    pthread_cond_destroy (&clients->changed);
    pthread_mutex_destroy (&clients->mutex);
    g_free (clients);
}

void
xn_clients_abandon (XnClients *clients)
{
    /* A thread of the parent may have been in the middle of anything: nothing in there can be freed safely. */
    (void)clients;
}

static gboolean
is_same_server (const XnServer *a, const XnServer *b)
{
    return a->tls == b->tls && a->port == b->port && a->verify == b->verify && g_str_equal (a->host, b->host) &&
           g_str_equal (a->prefix, b->prefix) && g_strcmp0 (a->login, b->login) == 0;
}

/* A guest's client does not do for who wants a login. The mutex is held. */
static XnClient *
find_client (XnClients *clients, const XnServer *server, const char *netrc, gboolean guest_will_do)
{
    for (guint i = 0; i < clients->clients->len; i++) {
        XnClient *client = (XnClient *)clients->clients->pdata[i];
        if (is_same_server (&client->given, server) && g_strcmp0 (client->netrc, netrc) == 0 &&
            (guest_will_do || !client->ready || !xn_session_is_guest (client->session)))
            return client;
    }
    return NULL;
}

/* Finds server and credentials. No lock is held. */
static gboolean
client_prepare (XnClient *client, XnOp *op, GError **error)
{
    const XnSettings *settings = xn_op_settings (op);
    XnServer found;
    if (!xn_credentials_may_exist (&client->given, settings, g_getenv, error) ||
        !xn_probe_server (client->engine, &client->given, op, &found, &client->closed, error))
        return FALSE;
    XnCredentials *credentials = xn_credentials_find (&client->given, &found, settings, g_getenv, error);
    if (credentials == NULL) {
        xn_server_clear (&found);
        return FALSE;
    }
    client->found = found;
    g_autofree char *base = xn_server_base (&found);
    client->session = xn_session_new (client->engine, base, found.verify, credentials);
    return TRUE;
}

/* Makes a client; the mutex is held, but not meanwhile. */
static XnClient *
client_make (XnClients *clients, const XnServer *server, XnOp *op, GError **error)
{
    XnClient *client = g_new0 (XnClient, 1);
    client->engine = clients->engine;
    client->keeper = clients->keeper;
    client->given = xn_server_copy (server);
    client->netrc = g_strdup (xn_op_settings (op)->netrc);
    g_ptr_array_add (clients->clients, client);
    pthread_mutex_unlock (&clients->mutex);
    GError *own_error = NULL;
    const gboolean made = client_prepare (client, op, &own_error);
    pthread_mutex_lock (&clients->mutex);
    client->ready = made;
    pthread_cond_broadcast (&clients->changed);
    if (made)
        return client;
    guint index;
    if (g_ptr_array_find (clients->clients, client, &index))
        g_ptr_array_steal_index_fast (clients->clients, index);
    client->failure = g_error_copy (own_error);
    g_propagate_error (error, own_error);
    if (client->waiting == 0)
        client_free (client);
    return NULL;
}

/* Waits a moment for another thread that makes @client. FALSE with an error: the operation should stop, or there will be
 * no client, which is this thread's failure, too. The mutex is held, but not while asking the operation. */
static gboolean
wait_for_client (XnClients *clients, XnClient *client, XnOp *op, GError **error)
{
    client->waiting++;
    xn_cond_wait_ms (&clients->changed, &clients->mutex, XN_OP_TICK_MS);
    pthread_mutex_unlock (&clients->mutex);
    gboolean go_on = xn_op_check (op, error);
    pthread_mutex_lock (&clients->mutex);
    client->waiting--;
    if (client->failure == NULL)
        return go_on;
    /* Another operation's end is its own. */
    if (go_on && !xn_error_is (client->failure, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, g_error_copy (client->failure));
        go_on = FALSE;
    }
    if (client->waiting == 0)
        client_free (client);
    return go_on;
}

XnClient *
xn_clients_get (XnClients *clients, const XnServer *server, XnOp *op, GError **error)
{
    XN_LOCKED (&clients->mutex);
    for (;;) {
        XnClient *client = find_client (clients, server, xn_op_settings (op)->netrc, xn_op_settings (op)->guest);
        if (client == NULL)
            return client_make (clients, server, op, error);
        if (client->ready)
            return client;
        if (!wait_for_client (clients, client, op, error))
            return NULL;
    }
}

const char *
xn_client_base (const XnClient *client)
{
    return xn_session_base (client->session);
}

guint
xn_client_generation (XnClient *client)
{
    return xn_session_generation (client->session);
}

gboolean
xn_client_claim_first (XnClient *client)
{
    return g_atomic_int_compare_and_exchange (&client->used, FALSE, TRUE);
}

char *
xn_client_log_in (XnClient *client, XnOp *op, GError **error)
{
    g_auto (XnTicket) ticket = {0};
    if (xn_session_is_guest (client->session))
        return g_strdup ("guest");
    if (!xn_session_ticket (client->session, XN_TICKET_CHECKED, op, &ticket, error))
        return NULL;
    return xn_session_user (client->session);
}

void
xn_client_hold (XnClient *client)
{
    xn_keeper_hold (client->keeper, client->session);
}

void
xn_client_release (XnClient *client)
{
    xn_keeper_release (client->keeper, client->session);
}
