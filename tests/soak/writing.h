/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file writing.h
 * The calls that change the server; each is checked against what the server stores. After one that did not succeed its resource is
 * left alone, and taken up again when all is quiet.
 */
#pragma once

#include "world.h"

/** Puts a file, a new one or another version, into the worker's own resource. */
void put_file (Worker *worker);
/** Puts a directory of new files, other versions and files that are there already into it; makes it if there is none. */
void put_tree (Worker *worker);
/** Puts a file into a resource into which the other threads put theirs. */
void put_common (Worker *worker);
/** Removes a file from the worker's own resource. */
void remove_file (Worker *worker);

/** Puts all files of a resource, in new versions, without faults about; what was in doubt no longer is. */
void put_whole (Worker *worker, Resource *resource);
/** Removes a resource, without faults about. */
void remove_whole (Worker *worker, const Resource *resource);
/** Checks that the server stores just what is known. */
void check_stored (Verb verb, const Resource *resource);
/** Checks what a write that did not succeed has left: whole files, or such that were named. */
void check_doubtful (const Resource *resource);
/** The number of the common resource that the worker writes to, which it shares with others. */
char *common_label (guint number);
/** Checks that a common resource holds all that the worker has put there. */
void check_common (const Worker *worker);
