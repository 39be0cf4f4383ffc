/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All names are looked at before the first is read: a list that ends in a misspelled name should
 * not be found out after hours of processing.
 */
#include "lib/io/file_list.h"

#include <errno.h>
#include <glob.h>
#include <libtrace/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/io/source.h"

static int out_of_memory(struct error *error)
{
    return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for the list of files");
}

static int append(struct file_list *list, const char *name, struct error *error)
{
    char **names = mem_resize_array(list->names, list->n_names + 1, sizeof(*names));
    if (!names)
        return out_of_memory(error);
    list->names = names;
    names[list->n_names] = mem_copy_string(name);
    if (!names[list->n_names])
        return out_of_memory(error);
    list->n_names++;
    return 0;
}

static bool exists(const char *name)
{
    struct stat status;
    return strcmp(name, "-") == 0 || lstat(name, &status) == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int append_matches(struct file_list *list, const char *pattern, struct error *error)
{
    glob_t matches;
    int outcome = glob(pattern, GLOB_NOSORT, NULL, &matches);
    if (outcome == GLOB_NOMATCH)
        return error_set(error, ENOENT, "No file matches '%s'", pattern);
    if (outcome == GLOB_NOSPACE)
        return out_of_memory(error);
    if (outcome != 0)
        return error_set(error, EIO, "Cannot list the files that match '%s'", pattern);

    qsort(matches.gl_pathv, matches.gl_pathc, sizeof(*matches.gl_pathv), compare_names);
    int result = 0;
    for (size_t i = 0; i < matches.gl_pathc && result == 0; i++)
        result = append(list, matches.gl_pathv[i], error);
    globfree(&matches);
    return result;
}

/* A name, or a pattern when there is no file of that name. Names that are neither are found out by
 * check(). */
static int append_part(struct file_list *list, const char *part, struct error *error)
{
    if (!exists(part) && strpbrk(part, "*?["))
        return append_matches(list, part, error);
    return append(list, part, error);
}

static int split(struct file_list *list, const char *where, struct error *error)
{
    if (exists(where))
        return append(list, where, error);

    struct text rest = text_from(where);
    struct text part;
    bool has_more;
    do {
        has_more = text_cut(&rest, ',', &part);
        if (part.n_bytes == 0)
            return error_set(error, ENOENT, "An empty file name in '%s'", where);
        char *name = mem_copy_characters(part.at, part.n_bytes);
        if (!name)
            return out_of_memory(error);
        int result = append_part(list, name, error);
        mem_free(name);
        if (result != 0)
            return -1;
    } while (has_more);
    return 0;
}

typedef int inspector(const char *name, struct source_facts *facts, struct error *error);

static int check(struct file_list *list, inspector *inspect, struct error *error)
{
    bool is_size_known = true;
    list->is_positional = true;
    for (size_t i = 0; i < list->n_names; i++) {
        struct source_facts facts;
        if (inspect(list->names[i], &facts, error) != 0)
            return -1;
        list->is_positional = list->is_positional && facts.is_positional;
        list->total_bytes += facts.size_bytes;
        is_size_known = is_size_known && facts.is_size_known;
    }
    if (!is_size_known)
        list->total_bytes = 0;
    return 0;
}

static int open_with(struct file_list *list, const char *where, inspector *inspect,
                     struct error *error)
{
    *list = (struct file_list){0};
    if (split(list, where, error) == 0 && check(list, inspect, error) == 0)
        return 0;
    file_list_close(list);
    return -1;
}

int file_list_open(struct file_list *list, const char *where, struct error *error)
{
    return open_with(list, where, source_inspect, error);
}

int file_list_open_plain(struct file_list *list, const char *where, struct error *error)
{
    return open_with(list, where, source_inspect_plain, error);
}

void file_list_close(struct file_list *list)
{
    for (size_t i = 0; i < list->n_names; i++)
        mem_free(list->names[i]);
    mem_free(list->names);
    *list = (struct file_list){0};
}
