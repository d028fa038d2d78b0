#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * The new text is composed beside the old one: a caller may hand err->text
 * itself as an argument.
 */
static void
text_set(struct err *err, enum err_code code, const char *text)
{
	err->code = code;
	snprintf(err->text, sizeof(err->text), "%s", text);
	err->hint[0] = '\0';
}

/* Append ": tail"; what does not fit is cut. */
static void
text_append(char text[ERR_TEXT_MAX], const char *tail)
{
	size_t n = strlen(text), room = ERR_TEXT_MAX - 1 - n;
	size_t len = strnlen(tail, ERR_TEXT_MAX);

	memcpy(text + n, ": ", room < 2 ? room : 2);
	n += room < 2 ? room : 2;
	room = ERR_TEXT_MAX - 1 - n;
	memcpy(text + n, tail, len < room ? len : room);
	text[n + (len < room ? len : room)] = '\0';
}

int
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_set(err, code, text);
	return -1;
}

int
err_sys(struct err *err, const char *fmt, ...)
{
	int cause = errno; /* before anything below can change it */
	char text[ERR_TEXT_MAX], why[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_append(text, strerror_r(cause, why, sizeof(why)));
	text_set(err, cause == ENOMEM ? ERR_NOMEM : ERR_IO, text);
	return -1;
}

int
err_in(struct err *err, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_append(text, err->text);
	memcpy(err->text, text, strlen(text) + 1);
	return -1;
}

int
err_hint(struct err *err, const char *fmt, ...)
{
	char hint[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	memcpy(err->hint, hint, strlen(hint) + 1);
	return -1;
}

int
err_nomem(struct err *err)
{
	return err_set(err, ERR_NOMEM, "out of memory");
}
