/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file operation.h
 * One operation that gfal2 asks for: what the storage plugin gets for it from gfal2 (settings, a way to stop, reports), and its
 * outcome as gfal2 wants it. Used by the one thread that runs it.
 */
#ifndef GFAL_XNAT_OPERATION_H
#define GFAL_XNAT_OPERATION_H

#include <gfal_plugins_api.h>
#include <glib.h>

#include "ioplugin.h"

/** The group in gfal2's configuration. Its keys are the names of the plugin's settings, in capitals, and URL_OPTIONS. */
#define OPERATION_GROUP "XNAT PLUGIN"

/** A running operation. Begins zeroed; ended by g_auto (Operation). */
typedef struct Operation {
    const IOPlugin *plugin; /**< who is asked; has all operations of the host API 1.1 */
    gfal2_context_t context;
    IOCall call;      /**< handed to the plugin */
    IOResult *result; /**< of what was asked last, after operation_took() */
    gboolean begun;
    volatile int32_t stop;
    gint64 deadline;   /**< of the monotonic clock; 0 for none */
    GPtrArray *values; /**< settings that were handed out */
    gfal_cancel_token_t token;
    gboolean replaces; /**< local files are to be replaced, and nothing is to be said about it */
    void *reports;     /**< the owner's, for its progress function */
} Operation;

/**
 * Begins an operation: finds the plugin of `url`, and watches for gfal2_cancel(), which waits for the operation's end.
 * @return FALSE with an error if there is no plugin, or everything is being cancelled.
 */
gboolean operation_begin (Operation *operation, gfal2_context_t context, const char *url, GError **error);

/**
 * Takes what the plugin answered; the one before is given back.
 * @return FALSE with an error if it was a failure; else `operation->result` holds the answer.
 */
gboolean operation_took (Operation *operation, IOResult *result, GError **error);

/** Ends an operation and gives back what it holds. */
void operation_end (Operation *operation);

/** Returns the attribute `name` of an item, owned by it, or NULL. */
const char *operation_attribute (const IOItem *item, const char *name);

/** Returns a decimal attribute, or 0. */
guint64 operation_number (const IOItem *item, const char *name);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Operation, operation_end)

#endif /* GFAL_XNAT_OPERATION_H */
