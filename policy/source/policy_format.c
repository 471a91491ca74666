/* Hides how a policy file is laid out, and how comments, which the YAML reader does not give, are kept where they were. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"
#include "policy_shape.h"

enum { LINE_LETTERS_MAX = 120, INDENT = 2 };

typedef struct comment {
    size_t line;
    const char *text; /* from its # on; borrowed */
    int length;
    bool is_behind; /* something stands before it in its line */
} comment;

typedef struct formatting {
    yaml_tree *tree;
    comment *comments;
    size_t comment_count, next; /* those before `next` have been written */
    text_buffer out;
} formatting;

/* ---- Comments: what stands between the tokens of YAML ----------------------------------------------------------------------------------- */

static bool add_comment(formatting *formatting, comment comment)
{
    if ((formatting->comment_count & (formatting->comment_count - 1)) == 0) {
        size_t count = formatting->comment_count == 0 ? 1 : formatting->comment_count * 2;
        void *grown = realloc(formatting->comments, count * sizeof comment);
        if (grown == NULL) return false;
        formatting->comments = grown;
    }
    formatting->comments[formatting->comment_count++] = comment;
    return true;
}

/* The comments in bytes `from` to `end`, of which the first stands in line `line`. */
static bool collect_between(formatting *formatting, size_t from, size_t end, size_t line)
{
    const char *bytes = formatting->tree->bytes;
    for (size_t i = from; i < end && i < formatting->tree->size; i++) {
        if (bytes[i] == '\n') line++;
        if (bytes[i] != '#') continue;
        size_t begin = i, back = i;
        while (i < formatting->tree->size && bytes[i] != '\n' && bytes[i] != '\r') i++;
        while (back > 0 && (bytes[back - 1] == ' ' || bytes[back - 1] == '\t')) back--;
        size_t length = i - begin;
        while (length > 0 && (bytes[begin + length - 1] == ' ' || bytes[begin + length - 1] == '\t')) length--;
        if (!add_comment(formatting, (comment){ line, bytes + begin, (int)length, back > 0 && bytes[back - 1] != '\n' })) return false;
        if (i < formatting->tree->size && bytes[i] == '\n') line++;
    }
    return true;
}

/* Marks of YAML count letters, a file has bytes. */
typedef struct place {
    size_t byte, letter;
} place;

static void advance(const yaml_tree *tree, place *place, size_t letter)
{
    while (place->byte < tree->size && (place->letter < letter || ((unsigned char)tree->bytes[place->byte] & 0xc0) == 0x80)) {
        place->byte++;
        place->letter += place->byte == tree->size || ((unsigned char)tree->bytes[place->byte] & 0xc0) != 0x80;
    }
}

static bool collect_comments(formatting *formatting)
{
    yaml_parser_t parser;
    bool is_good = yaml_parser_initialize(&parser) != 0;
    place end = { 0, 0 };
    size_t line = 1;
    if (!is_good) return false;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)formatting->tree->bytes, formatting->tree->size);
    for (bool is_done = false; is_good && !is_done;) {
        yaml_token_t token;
        is_good = yaml_parser_scan(&parser, &token) != 0;
        if (!is_good) break;
        is_done = token.type == YAML_STREAM_END_TOKEN;
        place start = end;
        advance(formatting->tree, &start, token.start_mark.index);
        is_good = token.start_mark.index < end.letter || collect_between(formatting, end.byte, start.byte, line);
        if (token.end_mark.index >= end.letter) {
            advance(formatting->tree, &end, token.end_mark.index);
            line = token.end_mark.line + 1;
        }
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return is_good;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------------------------------- */

static void add_blanks(text_buffer *out, int count) { text_add(out, "%*s", count, ""); }

/* Comments of lines before `line`, each on a line of its own. */
static void write_comments_before(formatting *formatting, size_t line, int indent)
{
    for (; formatting->next < formatting->comment_count && formatting->comments[formatting->next].line < line; formatting->next++) {
        const comment *comment = &formatting->comments[formatting->next];
        add_blanks(&formatting->out, indent);
        text_add(&formatting->out, "%.*s\n", comment->length, comment->text);
    }
}

/* Ends a line that stood in lines up to `line`, with the comment that stood behind it. */
static void end_line(formatting *formatting, size_t line)
{
    if (formatting->next < formatting->comment_count && formatting->comments[formatting->next].is_behind && formatting->comments[formatting->next].line <= line) {
        const comment *comment = &formatting->comments[formatting->next++];
        text_add(&formatting->out, "  %.*s", comment->length, comment->text);
    }
    text_add(&formatting->out, "\n");
}

static size_t first_line(const yaml_node_t *node) { return node->start_mark.line + 1; }
static size_t last_line(const yaml_node_t *node) { return node->end_mark.line + 1; }

static void write_mapping(formatting *formatting, const yaml_node_t *node, int indent, bool is_item);

/* [a, b], or one a line if that is too long or has comments in it. */
static void write_texts(formatting *formatting, const yaml_node_t *node, int indent)
{
    text_buffer line = { 0 };
    const yaml_node_t *item;
    text_add(&line, " [");
    for (size_t i = 0; (item = yaml_tree_item(formatting->tree, node, i)) != NULL; i++) {
        text_add(&line, "%s", i == 0 ? "" : ", ");
        text_add_scalar(&line, yaml_tree_text(item), TEXT_IN_LIST);
    }
    text_add(&line, "]");
    size_t last = formatting->next;
    while (last < formatting->comment_count && formatting->comments[last].line < last_line(node)) last++;
    bool has_comments = last > formatting->next && first_line(node) < last_line(node);
    if (line.used + (size_t)indent + 16 <= LINE_LETTERS_MAX && !has_comments && !line.has_failed) {
        text_add(&formatting->out, "%s", line.bytes);
        end_line(formatting, last_line(node));
    } else {
        text_add(&formatting->out, "\n");
        for (size_t i = 0; (item = yaml_tree_item(formatting->tree, node, i)) != NULL; i++) {
            write_comments_before(formatting, first_line(item), indent + INDENT);
            add_blanks(&formatting->out, indent + INDENT);
            text_add(&formatting->out, "- ");
            text_add_scalar(&formatting->out, yaml_tree_text(item), TEXT_IN_LIST);
            end_line(formatting, last_line(item));
        }
    }
    free(line.bytes);
}

static void write_value(formatting *formatting, const yaml_node_t *node, int indent)
{
    const yaml_node_t *first = yaml_tree_item(formatting->tree, node, 0);
    if (node->type == YAML_SCALAR_NODE) {
        bool is_flag = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (strcmp(yaml_tree_text(node), "true") == 0 || strcmp(yaml_tree_text(node), "false") == 0);
        text_add(&formatting->out, is_flag ? " %s" : " ", yaml_tree_text(node));
        if (!is_flag) text_add_scalar(&formatting->out, yaml_tree_text(node), TEXT_BEHIND_KEY);
        end_line(formatting, last_line(node));
    } else if (node->type == YAML_MAPPING_NODE) {
        bool is_empty = node->data.mapping.pairs.start == node->data.mapping.pairs.top;
        text_add(&formatting->out, is_empty ? " {}" : "");
        end_line(formatting, is_empty ? last_line(node) : first_line(node) - 1);
        if (!is_empty) write_mapping(formatting, node, indent + INDENT, false);
    } else if (first == NULL) {
        text_add(&formatting->out, " []");
        end_line(formatting, last_line(node));
    } else if (first->type == YAML_SCALAR_NODE) {
        write_texts(formatting, node, indent);
    } else {
        end_line(formatting, first_line(node) - 1);
        for (size_t i = 0; (first = yaml_tree_item(formatting->tree, node, i)) != NULL; i++) write_mapping(formatting, first, indent + INDENT, true);
    }
}

/* Keys stay in their order. Of an item of a list, the first key stands behind the dash. */
static void write_mapping(formatting *formatting, const yaml_node_t *node, int indent, bool is_item)
{
    int here = is_item ? indent + INDENT : indent;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_tree_node(formatting->tree, pair->key), *value = yaml_tree_node(formatting->tree, pair->value);
        bool is_first = pair == node->data.mapping.pairs.start;
        if (indent == 0 && !is_first && value->type != YAML_SCALAR_NODE) text_add(&formatting->out, "\n");
        write_comments_before(formatting, first_line(key), is_item && is_first ? indent : here);
        add_blanks(&formatting->out, is_item && is_first ? indent : here);
        text_add(&formatting->out, "%s%s:", is_item && is_first ? "- " : "", yaml_tree_text(key));
        write_value(formatting, value, here);
    }
}

bool policy_format(const char *bytes, size_t size, const char *file_name, char **text_out, policy_message *message)
{
    policy *policy = NULL;
    yaml_tree tree = { .bytes = bytes, .size = size, .file_name = file_name, .message = message };
    formatting formatting = { .tree = &tree };
    *text_out = NULL;
    if (!policy_read(bytes, size, file_name, NULL, &policy, message)) return false;
    policy_destroy(policy);
    if (!yaml_tree_load(&tree)) return false;
    if (collect_comments(&formatting)) {
        write_mapping(&formatting, yaml_tree_root(&tree), 0, false);
        write_comments_before(&formatting, SIZE_MAX, 0);
        *text_out = text_take(&formatting.out);
    }
    free(formatting.comments);
    yaml_tree_release(&tree);
    return *text_out != NULL || yaml_tree_complain(&tree, (policy_position){ 0, 0 }, "out of memory");
}
