/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file users.h
 * What only the session code needs to know of accounts; the rest is in app.h.
 */
#pragma once

/** Makes the accounts that every stand-in has. */
void users_init (void);

/** @return the user's name behind a login name, which may be an alias; @p name itself when it is none. */
const char *login_owner (const char *name);
