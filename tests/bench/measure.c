/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and says how long it took and the most memory it had: measure FILE COMMAND [ARGUMENT...]
 * A program of its own, since a child's peak counts what its parent had at the fork: the measurer must be small. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now (void)
{
    struct timespec at;

    clock_gettime (CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int
main (int argc, char **argv)
{
    struct rusage usage;
    double began = now ();
    int status;
    pid_t child;
    FILE *out;

    if (argc < 3 || (child = fork ()) < 0)
        return 125;
    if (child == 0) {
        execvp (argv[2], argv + 2);
        _exit (126);
    }
    if (wait4 (child, &status, 0, &usage) != child || !(out = fopen (argv[1], "w")))
        return 125;
    fprintf (out, "%.6f %ld %.6f\n", now () - began, usage.ru_maxrss,
             (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 + (double)usage.ru_stime.tv_sec +
                 (double)usage.ru_stime.tv_usec / 1e6);
    if (fclose (out) != 0)
        return 125;
    return WIFEXITED (status) ? WEXITSTATUS (status) : 124;
}
