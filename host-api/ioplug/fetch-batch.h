/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching the entries of a list by calls that each take many of them. */
#pragma once

#include "fetch-run.h"

/** The plugin that all entries of @run are for, if it can fetch many at a time; else NULL: then they are fetched singly. */
const IOPlugin *fetch_batch_plugin (const Run *run);

/** Works on all entries; the function of a thread, which takes the Run. */
gpointer fetch_batch_run (gpointer run);
