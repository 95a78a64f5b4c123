/* label.c: see label.h. */
#include "report/label.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* Copies bytes; each that is no character, and each zero byte, is written as the format says. */
static char *copy_text(const char *bytes, size_t length, const char *format, struct pg_error *err) {
    char *text = allocate(length + 1, sizeof "\\xE9" - 1, err), *out = text;
    int32_t character;
    for (size_t i = 0, n; text && i < length; i += n) {
        character = utf8_next(bytes + i, length - i, &n);
        if (character > 0)
            out = mempcpy(out, bytes + i, n);
        else
            out += sprintf(out, format, (unsigned char)bytes[i]);
    }
    return text;
}

char *label_text(const char *bytes, size_t length, struct pg_error *err) {
    return copy_text(bytes, length, "\uFFFD", err);
}

char *label_escaped(const char *bytes, size_t length, struct pg_error *err) {
    return copy_text(bytes, length, "\\x%02X", err);
}

/* Scripts whose letters join, are put above or below each other, or change their order: without a shaping
 * engine they read as another word. The right-to-left ones are told by their direction. */
static const struct {
    int32_t first, last;
} shaped[] = {
    {0x0590, 0x05CF},   /* marks of Hebrew */
    {0x0600, 0x08FF},   /* marks of Arabic, Syriac, N'Ko, Mandaic */
    {0x0900, 0x0DFF},   /* Devanagari to Sinhala */
    {0x0E00, 0x0FFF},   /* Thai, Lao, Tibetan */
    {0x1000, 0x109F},   /* Myanmar */
    {0x1700, 0x18AF},   /* Tagalog to Mongolian */
    {0x1900, 0x1C7F},   /* Limbu to Ol Chiki */
    {0xA800, 0xA82F},   /* Syloti Nagri */
    {0xA840, 0xABFF},   /* Phags-pa to Meetei Mayek */
    {0x11000, 0x11FFF}, /* Brahmi and its like */
};

static bool needs_shaping(int32_t character) {
    const utf8proc_bidi_class_t direction = utf8proc_get_property(character)->bidi_class;
    if (direction == UTF8PROC_BIDI_CLASS_R || direction == UTF8PROC_BIDI_CLASS_AL) return true;
    for (size_t i = 0; i < sizeof shaped / sizeof *shaped; i++)
        if (character >= shaped[i].first && character <= shaped[i].last) return true;
    return false;
}

char *label_drawable(const struct font *font, const char *text, struct pg_error *err) {
    size_t length = strlen(text);
    char *drawable = allocate(length + 1, sizeof "\\U00012345", err), *out = drawable;
    int32_t character;
    for (size_t i = 0, n; drawable && i < length; i += n) {
        character = utf8_next(text + i, length - i, &n);
        if (font_has(font, character) && !needs_shaping(character) && !utf8_is_invisible(character))
            out = mempcpy(out, text + i, n);
        else
            out += sprintf(out, character > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)character);
    }
    return drawable;
}
