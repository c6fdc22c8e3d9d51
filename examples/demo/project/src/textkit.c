/* textkit: four small jobs on a text, each one pass over a file in memory. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t size;

static void read_all(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    text = malloc(size + 1);
    if (fread(text, 1, size, file) != size) { perror(path); exit(1); }
    text[size] = 0;
    fclose(file);
}

static uint64_t hash_word(const char *word, size_t length) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)word[i]) * 1099511628211u;
    return hash;
}

/* count: how often the most frequent word is there, in six passes */
static void count(void) {
    enum { slots = 1 << 16 };
    static unsigned counts[slots];
    unsigned most = 0;
    for (int round = 0; round < 6; round++)
        for (size_t i = 0; i < size;) {
            size_t start = i;
            while (i < size && text[i] > ' ') i++;
            if (i > start) {
                unsigned seen = ++counts[hash_word(text + start, i - start) % slots];
                if (seen > most) most = seen;
            }
            while (i < size && text[i] <= ' ') i++;
        }
    printf("%u\n", most);
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* sort: the median of all numbers in the text */
static void sort(void) {
    size_t n = 0, room = 1 << 20;
    uint32_t *numbers = malloc(room * sizeof *numbers);
    for (char *at = text; *at && n < room;) {
        char *end;
        numbers[n++] = (uint32_t)strtoul(at, &end, 10);
        at = end == at ? at + 1 : end;
        while (*at == '\n') at++;
    }
    qsort(numbers, n, sizeof *numbers, by_value);
    printf("%u\n", numbers[n / 2]);
}

/* checksum: Adler-32 of the text, four times */
static void checksum(void) {
    uint32_t a = 1, b = 0;
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < size; i++) {
            a = (a + (unsigned char)text[i]) % 65521;
            b = (b + a) % 65521;
        }
    printf("%08x\n", b << 16 | a);
}

/* reverse: turn the text around, an odd number of times */
static void reverse(void) {
    for (int round = 0; round < 45; round++)
        for (size_t i = 0, j = size - 1; i < j; i++, j--) {
            char c = text[i];
            text[i] = text[j];
            text[j] = c;
        }
    printf("%c\n", text[0]);
}

int main(int argc, char **argv) {
    if (argc != 3) { fputs("usage: textkit count|sort|checksum|reverse FILE\n", stderr); return 2; }
    read_all(argv[2]);
    if (!strcmp(argv[1], "count")) count();
    else if (!strcmp(argv[1], "sort")) sort();
    else if (!strcmp(argv[1], "checksum")) checksum();
    else if (!strcmp(argv[1], "reverse")) reverse();
    else { fprintf(stderr, "textkit: no such job: %s\n", argv[1]); return 2; }
    return 0;
}
