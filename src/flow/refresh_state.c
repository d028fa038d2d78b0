/*
 * refresh_state.c - a list's feeds as they were when they were read.
 *
 * It lies in the sealed directory of the index, as text:
 *
 *	entries 1234567
 *	file SIZE MTIME CTIME DATE NUMBER DIGEST PATH
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/refresh_impl.h"

enum { HEX = 2 * CRYPT_SHA256 };

int
state_add(struct state *s, const struct feed_file *file,
    const unsigned char digest[CRYPT_SHA256], struct err *err)
{
	struct state_file *p = reallocarray(s->file, s->n + 1, sizeof(*p));

	if (!p)
		return err_nomem(err);
	s->file = p;
	p[s->n] = (struct state_file){ .file = *file };
	memcpy(p[s->n].digest, digest, CRYPT_SHA256);
	if (!(p[s->n].file.path = strdup(file->path)))
		return err_nomem(err);
	s->n++;
	return 0;
}

void
state_release(struct state *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->file[i].file.path);
	free(s->file);
	*s = (struct state){ 0 };
}

void
state_write(struct buf *out, const struct state *s)
{
	size_t i, k;

	buf_addf(out, "entries %" PRIu64 "\n", s->entries);
	for (i = 0; i < s->n; i++) {
		const struct feed_file *f = &s->file[i].file;

		buf_addf(out,
		    "file %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
		    " %" PRIu64 " ",
		    f->size, f->mtime_ns, f->ctime_ns, f->date, f->number);
		for (k = 0; k < CRYPT_SHA256; k++)
			buf_addf(out, "%02x", s->file[i].digest[k]);
		buf_addf(out, " %s\n", f->path);
	}
	buf_addc(out, '\0');
}

static bool
digest_read(unsigned char out[CRYPT_SHA256], const char *hex)
{
	unsigned byte;
	size_t i;

	for (i = 0; i < CRYPT_SHA256; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (unsigned char)byte;
	}
	return true;
}

/* One line without its end, which may be changed. */
static int
line_read(struct state *s, char *line, struct err *err)
{
	unsigned char digest[CRYPT_SHA256];
	char hex[HEX + 1];
	struct feed_file f = { 0 };
	int at = 0;

	if (sscanf(line, "entries %" SCNu64, &s->entries) == 1)
		return 0;
	if (sscanf(line,
		"file %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNu64
		" %64s %n",
		&f.size, &f.mtime_ns, &f.ctime_ns, &f.date, &f.number, hex,
		&at) < 6 ||
	    at == 0 || strlen(hex) != HEX || !digest_read(digest, hex))
		return err_set(err, ERR_AUTH,
		    "the index has a list whose feeds cannot be read");
	f.path = line + at;
	return state_add(s, &f, digest, err);
}

int
state_read(struct state *s, const char *text, struct err *err)
{
	char *copy = strdup(text), *line, *rest = copy;
	int ret = 0;

	*s = (struct state){ 0 };
	if (!copy)
		return err_nomem(err);
	while (ret == 0 && (line = strsep(&rest, "\n")))
		if (*line)
			ret = line_read(s, line, err);
	free(copy);
	if (ret < 0)
		state_release(s);
	return ret;
}
