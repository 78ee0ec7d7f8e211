/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file faults.h
 * Random faults of the server and of the network before it.
 */
#pragma once

#include <glib.h>

/** Orders one, for a few requests of those that come next. */
void faults_order (GRand *random);
/** Takes all back. @return how many requests met one since the last time. */
guint faults_clear (void);
