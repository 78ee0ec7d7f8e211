/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file control.h
 * The stand-in server's own interface: what it stores, who is logged in, and the faults that are ordered. None of its requests
 * meets a fault. Thread: any.
 */
#pragma once

#include <glib.h>

/** Where the server is; @url as http://127.0.0.1:8080. Called once, before the rest. */
void control_init (const char *url);

/** One request. @what is behind the interface's own path. @return (transfer full) the answer's body; the program ends where there
 *  is none. */
char *control (const char *method, const char *what, const char *body);

/** One file that the server stores. */
typedef struct {
    char *resource; /**< number */
    char *path;
    gint64 size; /**< as listed */
    char *md5;   /**< as listed, "" if it is not */
    char *place; /**< where its bytes are */
} Stored;

/** What it stores in all resources of a label. @param n_resources set to their number.
 *  @return (transfer full) (element-type Stored). */
GPtrArray *control_store (const char *label, guint *n_resources);

/** How many sessions the user has. */
guint control_sessions (const char *user);

/** Waits until nobody but this program's caller is connected: all that was ever asked has been done. */
void control_wait_until_quiet (void);
