/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the storage plugins and ends what they hold. Must not know contexts of gfal2, but for counting them. */
#include "plugins.h"

#include <errno.h>
#include <gfal_api.h>
#include <stdlib.h>

#include "ioplug/host.h"

/* How long the end of a process waits for its sessions' ends. */
#define LONGEST_END (5 * G_TIME_SPAN_SECOND)

static GMutex lock;
static IOPluginHost *host; /* made once, never freed */
static guint contexts;
static gboolean watched;
static gint ending;

static const GLogLevelFlags gfal_level[] = {
    [IO_LOG_ERROR] = G_LOG_LEVEL_CRITICAL,
    [IO_LOG_WARNING] = G_LOG_LEVEL_WARNING,
    [IO_LOG_INFO] = G_LOG_LEVEL_INFO,
    [IO_LOG_DEBUG] = G_LOG_LEVEL_DEBUG,
};

static GLogLevelFlags
level_of (IOLogLevel level)
{
    return level < G_N_ELEMENTS (gfal_level) ? gfal_level[level] : G_LOG_LEVEL_DEBUG;
}

static int
on_log_wanted (void *user_data, IOLogLevel level)
{
    return level_of (level) <= gfal2_log_get_level ();
}

static void
on_log (void *user_data, IOLogLevel level, const char *message)
{
    gfal2_log (level_of (level), "%s", message);
}

/* The host with its plugins, or NULL with an error. Called with the lock held. */
static IOPluginHost *
load (GError **error)
{
    const IOHost services = {.log = on_log, .log_wanted = on_log_wanted};
    const char *named = g_getenv ("IOPLUG_PATH");
    const char *directories = named != NULL && named[0] != '\0' ? named : IOPLUG_PLUGIN_DIR;
    IOPluginHost *made = io_host_new (&services);

    if (made != NULL && io_host_add_search_path (made, directories) > 0)
        return made;
    gfal2_set_error (error, PLUGINS_ERROR, ELIBACC, __func__,
                     "no storage plugin found in %s; name its directory in IOPLUG_PATH", directories);
    io_host_free (made);
    return NULL;
}

const IOPlugin *
plugins_find (const char *url, GError **error)
{
    IOHostError reason;
    const IOPlugin *plugin;

    g_mutex_lock (&lock);
    if (host == NULL)
        host = load (error);
    plugin = host != NULL ? io_host_find (host, url, &reason) : NULL;
    if (host != NULL && plugin == NULL)
        gfal2_set_error (error, PLUGINS_ERROR, EPROTONOSUPPORT, __func__, "%s", reason.message);
    g_mutex_unlock (&lock);
    if (plugin == NULL || plugin->abi_minor >= 1)
        return plugin;
    gfal2_set_error (error, PLUGINS_ERROR, ELIBBAD, __func__, "the storage plugin %s %s is too old: it cannot list",
                     plugin->name, plugin->version);
    return NULL;
}

static gpointer
end_sessions (gpointer data)
{
    GAsyncQueue *done = data;

    io_host_cleanup (host);
    g_async_queue_push (done, host);
    return NULL;
}

/* Tools end with operations on threads of theirs, which are told to stop. Such a thread may have been ended in the middle of
 * one by its interpreter, so there is an end to waiting for it. */
static void
on_exit_of_process (void)
{
    GAsyncQueue *done = g_async_queue_new ();

    g_atomic_int_set (&ending, 1);
    g_thread_unref (g_thread_new ("xnat-end", end_sessions, done));
    g_async_queue_timeout_pop (done, LONGEST_END);
}

void
plugins_used (void)
{
    g_mutex_lock (&lock);
    /* Not before there was a session: what was made later is unmade earlier, and the library of TLS must outlive the session. */
    if (!watched)
        watched = atexit (on_exit_of_process) == 0;
    g_mutex_unlock (&lock);
}

gboolean
plugins_ending (void)
{
    return g_atomic_int_get (&ending) != 0;
}

void
plugins_hold (void)
{
    g_mutex_lock (&lock);
    contexts++;
    g_mutex_unlock (&lock);
}

/* Ends the sessions unless more than @others contexts may use them. */
static void
end_unless_used (guint others)
{
    IOPluginHost *unused;

    g_mutex_lock (&lock);
    unused = contexts <= others ? host : NULL;
    g_mutex_unlock (&lock);
    if (unused != NULL)
        io_host_cleanup (unused);
}

void
plugins_cancelled (void)
{
    end_unless_used (1);
}

void
plugins_release (void)
{
    g_mutex_lock (&lock);
    contexts--;
    g_mutex_unlock (&lock);
    end_unless_used (0);
}
