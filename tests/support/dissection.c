/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tshark writes PDML, one element a line, so nothing here has to know XML. Which protocols are off is
 * told by a file in a folder of settings, for options would be thousands.
 */
#include "tests/support/dissection.h"

#include <string.h>
#include <sys/wait.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

/* As grep's fixed strings. */
#define PROTOCOLS                                                                                  \
    "frame\\neth\\nethertype\\nllc\\nvlan\\nieee8021ad\\nmpls\\npwethheuristic\\npwethnocw\\n"     \
    "pwethcw\\npppoed\\npppoes\\nppp\\nchdlc\\nnull\\nloop\\nraw\\nsll\\nradiotap\\nprism\\nwlan"  \
    "\\nwlan_radio\\nwlan_aggregate\\nip\\nipv6\\nipv6.hopopts\\nipv6.routing\\nipv6.fraghdr\\n"   \
    "ipv6."                                                                                        \
    "dstopts\\nah\\narp\\nicmp\\nicmpv6\\ntcp\\nudp\\nudplite\\ndccp\\nsctp\\nerf\\natm\\npflog\\" \
    "n"

/* Runs shell in the folder. */
static FILE *run(const char *folder, const char *format, ...) PRINTF_LIKE(2, 3);

static FILE *run(const char *folder, const char *format, ...)
{
    char line[2500], command[3000];
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(line, sizeof(line), format, arguments) < (int)sizeof(line));
    va_end(arguments);
    assert_true(snprintf(command, sizeof(command), "{ S='%s'; %s; } 2>/dev/null", folder, line) <
                (int)sizeof(command));
    FILE *output = popen(command, "r");
    assert_non_null(output);
    return output;
}

/* Settings take tshark a second to make, so they are made once for a folder. */
static bool make_settings(const char *folder)
{
    FILE *output = run(folder,
                       "[ -e \"$S/wireshark/disabled_protos\" ] || "
                       "{ mkdir -p \"$S/wireshark\" && tshark -G protocols >\"$S/all\" && "
                       "printf '%s' >\"$S/on\" && cut -f3 \"$S/all\" | grep -vxF -f \"$S/on\" "
                       ">\"$S/wireshark/disabled_protos\"; }",
                       PROTOCOLS);
    return pclose(output) == 0;
}

bool dissection_open(struct dissection *dissection, const char *path, const char *folder)
{
    *dissection = (struct dissection){0};
    if (!make_settings(folder))
        return false;
    dissection->output = run(folder,
                             "XDG_CONFIG_HOME=\"$S\" exec tshark -n -o ip.defragment:FALSE "
                             "-o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE "
                             "-o tcp.analyze_sequence_numbers:FALSE -o erf.rawcell_first:TRUE "
                             "-o erf.aal5_type:LLC -T pdml -r '%s'",
                             path);
    return true;
}

/* Room for one more of `size` bytes. */
static void *grow(void *elements, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return elements;
    *room = 2 * n + 64;
    void *moved = realloc(elements, *room * size);
    assert_non_null(moved);
    return moved;
}

/* The value of an attribute; a quote in a text is written in another way, so this finds no texts. */
static const char *attribute(const char *line, const char *name, char *value, size_t room)
{
    const char *start = strstr(line, name);
    value[0] = '\0';
    if (!start)
        return value;
    start += strlen(name);
    size_t n = strcspn(start, "\"");
    if (n >= room)
        n = room - 1;
    memcpy(value, start, n);
    value[n] = '\0';
    return value;
}

static void add_layer(struct dissection *dissection, const char *line)
{
    char at[16];
    dissection->layers = grow(dissection->layers, dissection->n_layers, &dissection->layers_room,
                              sizeof(*dissection->layers));
    struct layer *layer = &dissection->layers[dissection->n_layers++];
    attribute(line, "<proto name=\"", layer->name, sizeof(layer->name));
    layer->at = (unsigned)strtoul(attribute(line, "\" pos=\"", at, sizeof(at)), NULL, 10);
    layer->first_field = dissection->n_fields;
    layer->n_fields = 0;
}

static void add_field(struct dissection *dissection, const char *line)
{
    char raw[20];
    if (dissection->n_layers == 0)
        return;
    dissection->fields = grow(dissection->fields, dissection->n_fields, &dissection->fields_room,
                              sizeof(*dissection->fields));
    struct layer_field *field = &dissection->fields[dissection->n_fields++];
    attribute(line, "<field name=\"", field->name, sizeof(field->name));
    attribute(line, "\" show=\"", field->show, sizeof(field->show));
    attribute(line, "\" unmaskedvalue=\"", raw, sizeof(raw));
    if (raw[0] == '\0')
        attribute(line, "\" value=\"", raw, sizeof(raw));
    field->raw = strtoul(raw, NULL, 16);
    dissection->layers[dissection->n_layers - 1].n_fields++;
}

bool dissection_next(struct dissection *dissection)
{
    dissection->n_layers = 0;
    dissection->n_fields = 0;
    while (getline(&dissection->line, &dissection->line_room, dissection->output) >= 0) {
        const char *line = dissection->line + strspn(dissection->line, " ");
        const bool is_mark = strstr(line, "\" hide=\"yes\"") != NULL; /* of a complaint */
        if (strncmp(line, "<proto ", 7) == 0 && !is_mark)
            add_layer(dissection, line);
        else if (strncmp(line, "<field ", 7) == 0)
            add_field(dissection, line);
        else if (strncmp(line, "</packet>", 9) == 0)
            return true;
    }
    return false;
}

int dissection_close(struct dissection *dissection)
{
    const int status = pclose(dissection->output);
    free(dissection->line);
    free(dissection->layers);
    free(dissection->fields);
    *dissection = (struct dissection){0};
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct layer_field *find(const struct dissection *dissection, size_t layer,
                                      const char *name)
{
    if (layer >= dissection->n_layers)
        return NULL;
    const struct layer *in = &dissection->layers[layer];
    for (size_t i = in->first_field; i < in->first_field + in->n_fields; i++)
        if (strcmp(dissection->fields[i].name, name) == 0)
            return &dissection->fields[i];
    return NULL;
}

const char *dissection_field(const struct dissection *dissection, size_t layer, const char *name)
{
    const struct layer_field *field = find(dissection, layer, name);
    return field ? field->show : NULL;
}

unsigned long dissection_raw(const struct dissection *dissection, size_t layer, const char *name)
{
    const struct layer_field *field = find(dissection, layer, name);
    return field ? field->raw : 0;
}

unsigned long dissection_number(const struct dissection *dissection, size_t layer, const char *name,
                                unsigned long otherwise)
{
    const char *text = dissection_field(dissection, layer, name);
    return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

size_t dissection_find(const struct dissection *dissection, size_t from, const char *name)
{
    size_t layer = from;
    while (layer < dissection->n_layers && strcmp(dissection->layers[layer].name, name) != 0)
        layer++;
    return layer;
}
