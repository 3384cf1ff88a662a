/* Man pages in the macros of man(7), made of the records that --help is made of. They carry no date, so that the same
 * sources make the same pages. */
#include "cli/pages.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Text of a page: whatever is in it stands for itself. */
static void put(const char *text)
{
    static const struct {
        char character;
        const char *roff;
    } special[] = { { '\\', "\\e" },    { '-', "\\-" },    { '\'', "\\(aq" },
                    { '~', "\\(ti" }, { '^', "\\(ha" }, { '`', "\\(ga" } };
    if (*text == '.')
        fputs("\\&", stdout);
    for (; *text; text++) {
        size_t i = 0, n = sizeof special / sizeof *special;
        while (i < n && special[i].character != *text)
            i++;
        if (i < n)
            fputs(special[i].roff, stdout);
        else
            putchar(*text);
    }
}

static void put_paragraph(const char *text)
{
    put(text);
    putchar('\n');
}

static void put_option(const cli_option *option)
{
    puts(".TP");
    if (strlen(option->name) == 1) {
        printf(".B \\-%s", option->name);
    } else {
        fputs(".B ", stdout);
        if (option->letter)
            printf("\\-%c\\fR,\\fB ", option->letter);
        fputs("\\-\\-", stdout);
        put(option->name);
    }
    if (option->value) {
        fputs(" \\fI", stdout);
        put(option->value);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put_paragraph(option->help);
}

static void put_options(const char *head, const cli_option *list, bool json)
{
    if (!list || !list->name)
        return;
    printf(".SH %s\n", head);
    for (; list->name; list++)
        if (json || strcmp(list->name, "json") != 0)
            put_option(list);
}

static void put_commands(const cli_command *const *list, const char *parent)
{
    puts(".SH COMMANDS");
    for (; *list; list++) {
        printf(".TP\n.BR kin%s%s\\-%s (1)\n", *parent ? "\\-" : "", parent, (*list)->name);
        put_paragraph((*list)->summary);
    }
}

/* "kin-job-list", in capitals or not. */
static void put_title(const char *path, bool capitals)
{
    fputs(capitals ? "KIN" : "kin", stdout);
    if (*path)
        fputs("\\-", stdout);
    for (; *path; path++)
        if (*path == ' ')
            fputs("\\-", stdout);
        else
            putchar(capitals ? toupper((unsigned char)*path) : *path);
}

static void begin(const char *path, const char *summary)
{
    fputs(".TH ", stdout);
    put_title(path, true);
    puts(" 1 \"\" \"kin " KIN_VERSION "\" \"kin manual\"");
    puts(".SH NAME");
    put_title(path, false);
    fputs(" \\- ", stdout);
    put(summary);
    putchar('\n');
    puts(".SH SYNOPSIS");
}

static void put_exits(void)
{
    static const char *const exits[4] = { "Done.", "Failed; the last line on standard error says why.",
                                          "Wrong use: an option or word that is not there, or a value out of range.",
                                          "Done in part: some files could not be read, and each is named." };
    puts(".SH EXIT STATUS");
    for (int i = 0; i < 4; i++) {
        printf(".TP\n.B %d\n", i);
        put_paragraph(exits[i]);
    }
}

static void put_environment(void)
{
    static const struct {
        const char *name, *text;
    } list[] = {
        { "KIN_DATASET", "The data set's folder, where --dataset is not given." },
        { "KIN_MODELS", "The folder with models by name, in place of share/kin/models of the installation." },
        { "KIN_KERNEL", "plain, blas, avx2 or avx512: what to compute with, where this processor can." },
        { "NO_COLOR", "Set to anything: no colours on a terminal." },
        { "USER", "The reviewer, where --reviewer is not given." },
    };
    puts(".SH ENVIRONMENT");
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        printf(".TP\n.B %s\n", list[i].name);
        put_paragraph(list[i].text);
    }
}

static void put_program(void)
{
    begin("", "find the kin of a mistake in annotated image data sets");
    puts(".B kin\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH DESCRIPTION");
    put_paragraph(cli_about);
    put_commands(cli_commands, "");
    put_options("OPTIONS", cli_global_options, true);
    put_exits();
    put_environment();
    puts(".SH FILES\n.TP\n.I .kin/\nThe workspace of a data set, in its folder.");
}

static void put_example(const cli_command *command)
{
    if (!command->example)
        return;
    fputs(".SH EXAMPLE\n.EX\n.RS\nkin ", stdout);
    put(command->example);
    puts("\n.RE\n.EE\n.PP");
    put_paragraph(command->example_about);
}

void cli_man_print(const char *path, const cli_command *command)
{
    if (!command) {
        put_program();
        return;
    }
    begin(path, command->summary);
    printf(".B kin %s\n", path);
    if (command->children) {
        puts(".I COMMAND\n[\\fIOPTION\\fR]...");
        put_commands(command->children, path);
    } else {
        if (command->usage[0]) {
            fputs(".I ", stdout);
            put(command->usage);
            putchar('\n');
        }
        if (command->options)
            puts("[\\fIOPTION\\fR]...");
        puts(".SH DESCRIPTION");
        put_paragraph(command->about);
        put_options("OPTIONS", command->options, true);
    }
    put_options("OPTIONS OF EVERY COMMAND", cli_global_options, command->json != NULL);
    put_example(command);
    if (command->json) {
        puts(".SH JSON\nThe keys of\n.BR \\-\\-json :");
        put_paragraph(command->json);
    }
    puts(".SH SEE ALSO\n.BR kin (1)");
}
