/* SPDX-License-Identifier: Apache-2.0 */
/* The command `ioplug`: reads the command line, loads the plugins, runs one subcommand, ends with its exit code. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cancel.h"
#include "commands.h"
#include "complete.h"
#include "help.h"
#include "kinds.h"
#include "loading.h"
#include "messages.h"
#include "output.h"

/* A standard stream that is closed would be the number of the next file that somebody opens, and results or messages
 * would go into that. The stand-ins are opened the wrong way round, so that using them is an error. */
static void
fill_closed_streams (void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl (fd, F_GETFD) == -1 && open ("/dev/null", modes[fd]) != fd)
            _exit (kind_exit_code (IO_KIND_IO));
}

/* Tells what lies behind a failure of usage, and where to read more. */
static int
tell_error (const GError *error, const char *command)
{
    gboolean known = command != NULL && command_find (command) != NULL;

    if (error->code == IO_KIND_USAGE)
        message_error (error->code, "%s (see ioplug %s%s--help)", error->message, known ? command : "",
                       known ? " " : "");
    else
        message_error (error->code, "%s", error->message);
    return error->code;
}

static int
show_help (Options *options)
{
    g_autoptr (IOPluginHost) host = NULL;

    if (options->command != NULL && command_find (options->command) == NULL) {
        g_autoptr (GError) error = NULL;

        command_set_unknown (options->command, &error);
        return tell_error (error, NULL);
    }
    host = loading_open (options, NULL);
    help_write (options->command, host);
    return IO_KIND_OK;
}

static int
run_command (Options *options)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IOPluginHost) host = NULL;
    const Command *command = options->command != NULL ? command_find (options->command) : NULL;

    if (command == NULL) {
        if (options->command == NULL)
            g_set_error_literal (&error, IOPLUG_ERROR, IO_KIND_USAGE, "no command is given");
        else
            command_set_unknown (options->command, &error);
        return tell_error (error, NULL);
    }
    if (!command_check (command, options, &error))
        return tell_error (error, options->command);
    if (command->changes && !options->dry_run)
        output_want_reader ();
    host = loading_open (options, &error);
    if (host == NULL || !loading_check_settings (options, host, &error))
        return tell_error (error, options->command);
    return command->run (options, host);
}

static int
run (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (Options) options = options_parse (argc, argv, &error);

    if (options == NULL)
        return tell_error (error, argc > 1 ? argv[1] : NULL);
    messages_set_level (options->level);
    output_init (options->json);
    if (options->help)
        return show_help (options);
    if (options->version) {
        output_text ("ioplug " XNATSTORAGE_VERSION "\n");
        return IO_KIND_OK;
    }
    return run_command (options);
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    int kind;

    fill_closed_streams ();
    /* Its words are no command line of its own, and a signal just ends it. */
    if (argc > 2 && g_str_equal (argv[1], COMPLETE_COMMAND) && g_str_equal (argv[2], "--")) {
        complete_write (argv + 3);
        return fflush (stdout) == 0 ? 0 : kind_exit_code (IO_KIND_IO);
    }
    cancel_install ();
    kind = run (argc, argv);
    if (!output_flush (&error)) {
        if (error->message[0] != '\0')
            message_error (error->code, "%s", error->message);
        kind = error->code;
    }
    if (cancel_signal () == 0)
        return kind_exit_code (kind);
    /* Nothing ends with a failure that is not said: the signal may have come while the plugins tidied up. */
    if (!messages_said_cancelled ())
        message_error (IO_KIND_CANCELLED, kind == IO_KIND_OK ? "asked to stop when all was done" : "asked to stop");
    return 128 + cancel_signal ();
}
