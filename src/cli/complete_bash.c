/* Completion for bash: one function with the table of commands as a case for each. Files are left to readline, which
 * takes over where nothing of the table fits. */
#include "cli/pages.h"

#include <stdio.h>
#include <string.h>

static void put_names(const char *variable, const cli_option *const lists[2], bool (*wanted)(const cli_option *option))
{
    const char *gap = "";
    printf(" %s='", variable);
    for (int i = 0; i < 2; i++)
        for (const cli_option *o = lists[i]; o && o->name; o++) {
            if (!wanted(o))
                continue;
            printf("%s%s%s", gap, strlen(o->name) == 1 ? "-" : "--", o->name);
            if (o->letter && strlen(o->name) > 1)
                printf(" -%c", o->letter);
            gap = " ";
        }
    putchar('\'');
}

static bool any(const cli_option *option)
{
    return option->name != NULL;
}

static bool takes_value(const cli_option *option)
{
    return option->value != NULL;
}

static bool takes_file(const cli_option *option)
{
    return cli_names_file(option->value);
}

/* The choices of each word of a command, in their order; '' where a word is free. */
static void put_words(const char *usage)
{
    cli_word word;
    fputs(" words=(", stdout);
    while (usage && cli_next_word(&usage, &word))
        printf("'%s' ", word.choices);
    putchar(')');
}

/* What an option may be: "asset|shape" gives `--unit) choices='asset shape' ;;`. */
static void put_choices(const cli_option *list)
{
    for (; list && list->name; list++) {
        cli_word word;
        const char *value = list->value;
        if (value && cli_next_word(&value, &word) && word.choices[0])
            printf(" --%s) choices='%s' ;;", list->name, word.choices);
    }
}

static void put_case(void *user, const char *path, const cli_command *command)
{
    const cli_option *const lists[2] = { command ? command->options : NULL, cli_global_options };
    (void)user;
    printf("    '%s')\n        commands='", path);
    for (const cli_command *const *c = command ? command->children : cli_commands; c && *c; c++)
        printf("%s ", (*c)->name);
    putchar('\'');
    put_names("options", lists, any);
    put_names("valued", lists, takes_value);
    put_names("files", lists, takes_file);
    put_words(command ? command->usage : NULL);
    fputs("\n        case ${2-} in", stdout);
    put_choices(lists[0]);
    puts(" esac\n        ;;");
}

void cli_bash_print(void)
{
    puts("# bash completion for kin\n\n"
         "# What may follow the command $1; the choices of its option $2.\n"
         "_kin_table()\n{\n"
         "    commands= options= valued= files= choices= words=()\n"
         "    case $1 in");
    cli_each_command(put_case, NULL);
    puts("    esac\n}\n\n"
         "_kin()\n{\n"
         "    local path= word= skip= count=0 i=1 choice\n"
         "    local commands options valued files choices words\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    COMPREPLY=()\n"
         "    if [[ $cur == '=' ]]; then\n"
         "        cur=\n"
         "    elif [[ $prev == '=' ]]; then\n"
         "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    fi\n"
         "    _kin_table ''\n"
         "    for ((; i < COMP_CWORD; i++)); do\n"
         "        word=${COMP_WORDS[i]}\n"
         "        if [[ -n $skip ]]; then\n"
         "            skip=\n"
         "            [[ $word == '=' ]] && skip=value\n"
         "        elif [[ $word == -* ]]; then\n"
         "            [[ \" $valued \" == *\" $word \"* ]] && skip=value\n"
         "        elif [[ \" $commands\" == *\" $word \"* ]]; then\n"
         "            path=${path:+$path }$word\n"
         "            _kin_table \"$path\"\n"
         "        else\n"
         "            ((count++))\n"
         "        fi\n"
         "    done\n"
         "    _kin_table \"$path\" \"$prev\"\n"
         "    if [[ \" $valued \" == *\" $prev \"* ]]; then\n"
         "        [[ \" $files \" == *\" $prev \"* ]] || compopt +o default 2>/dev/null\n"
         "        choice=$choices\n"
         "    elif [[ $cur == -* ]]; then\n"
         "        choice=$options\n"
         "    elif [[ -n $commands ]]; then\n"
         "        choice=$commands\n"
         "        compopt +o default 2>/dev/null\n"
         "    else\n"
         "        choice=${words[count]:-}\n"
         "    fi\n"
         "    COMPREPLY=($(compgen -W \"$choice\" -- \"$cur\"))\n"
         "}\n\n"
         "complete -o default -F _kin kin");
}
