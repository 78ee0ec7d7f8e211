/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file reading.h
 * The calls that only read; each checks every byte and every word that it gets.
 */
#pragma once

#include "world.h"

/** Fetches a file of a resource to a place that may have an older version. */
void fetch_file (Worker *worker, const Resource *resource);
/** Fetches a resource into a directory that may be there. @destination: (nullable) the one to be used. */
void fetch_tree (Worker *worker, Resource *resource, const char *destination);
/** Fetches files of several resources at once. */
void fetch_many (Worker *worker);
/** Finds the resources that nobody changes. */
void expand (Worker *worker);
/** Asks for a file, or for one that is not there. */
void stat_file (Worker *worker, const Resource *resource);
/** Lists the files of a resource. */
void list_files (Worker *worker, const Resource *resource);
/** Reads a part of a file. */
void read_part (Worker *worker, const Resource *resource);
