/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server on a loopback port whose paths each behave, or misbehave, in one way. It counts what it sees. */
#pragma once

#include <glib.h>

typedef struct Scenario Scenario;

/** Starts the server; ends the test program if it cannot. */
Scenario *scenario_start (void);
/** Cuts all connections and ends. */
void scenario_stop (Scenario *scenario);

guint16 scenario_port (const Scenario *scenario);
/** The URL of @path; (transfer full). */
char *scenario_url (const Scenario *scenario, const char *path);

/** Connections accepted, requests read, body bytes read, and the most requests to /together at one time. */
guint scenario_connections (Scenario *scenario);
guint scenario_requests (Scenario *scenario);
guint64 scenario_body_bytes (Scenario *scenario);
guint scenario_most_at_once (Scenario *scenario);

/** The byte at @offset of every large body. */
guint8 scenario_byte (guint64 offset);
