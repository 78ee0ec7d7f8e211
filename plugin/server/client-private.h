/* SPDX-License-Identifier: Apache-2.0 */
/* What a client is made of; for the two files that make and use it. */
#pragma once

#include "server/client.h"
#include "server/keep-alive.h"
#include "server/session.h"

struct XnClient {
    XnEngine *engine;   /* (borrowed) */
    XnKeeper *keeper;   /* (borrowed) */
    XnServer given;     /* (owned) as URLs name it */
    char *netrc;        /* (owned) (nullable) the setting: logins in another file are others */
    guint waiting;      /* [clients' mutex] threads that wait for it to be made */
    GError *failure;    /* [clients' mutex] (owned) (nullable) why it was not, for these */
    gboolean ready;     /* [clients' mutex] what follows is set */
    XnServer found;     /* (owned) as it answers */
    gint used;          /* (atomic) there was a call, or somebody claimed to make the first one */
    gboolean closed;    /* known to be closed to guests: a lost session always shows as a refusal */
    XnSession *session; /* (owned) */
    gint false_ranges;  /* (atomic) it has sent another part of a file than was asked for, or none */
};
