# What the head commit changes. count copies each word before it hashes it, as a
# careless refactoring does; sort counts digits instead of comparing numbers.
s|unsigned seen = ++counts\[hash_word(text + start, i - start) % slots\];|char *word = strndup(text + start, i - start);\n                unsigned seen = ++counts[hash_word(word, strlen(word)) % slots];\n                free(word);|
s|    qsort(numbers, n, sizeof \*numbers, by_value);|    uint32_t *other = malloc(n * sizeof *other);\n    for (int shift = 0; shift < 32; shift += 8) {\n        size_t places[257] = {0};\n        for (size_t i = 0; i < n; i++) places[(numbers[i] >> shift \& 255) + 1]++;\n        for (int i = 0; i < 256; i++) places[i + 1] += places[i];\n        for (size_t i = 0; i < n; i++) other[places[numbers[i] >> shift \& 255]++] = numbers[i];\n        uint32_t *swap = numbers; numbers = other; other = swap;\n    }|
/^static int by_value/,/^}/d
