#include "flow/compiled.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flow/overlay.h"

_Static_assert(INDEX_MARKS == 4, "a mark for each part of register_mark");

void
compiled_set_mark(struct index_about *about, const struct register_mark *mark)
{
	about->mark[0] = mark->audits;
	about->mark[1] = mark->audit_end;
	about->mark[2] = mark->facts;
	about->mark[3] = mark->calls;
}

void
compiled_mark(struct register_mark *out, const struct index_about *about)
{
	*out = (struct register_mark){ .audits = about->mark[0],
		.audit_end = about->mark[1],
		.facts = about->mark[2],
		.calls = about->mark[3] };
}

/* ---- names ---- */

int
compiled_name(struct compiled *c, uint64_t entry, struct err *err)
{
	size_t cap = c->n ? 2 * c->n : 16;
	uint64_t *more;

	if (c->many || c->n == COMPILED_NAMES_MAX) {
		c->many = true;
		return 0;
	}
	if (c->n == 0 || (c->n >= 16 && (c->n & (c->n - 1)) == 0)) {
		if (!(more = reallocarray(c->entry, cap, sizeof(*more))))
			return err_nomem(err);
		c->entry = more;
	}
	c->entry[c->n++] = entry;
	return 0;
}

int
compiled_join(struct compiled *to, const struct compiled *from, struct err *err)
{
	size_t i;

	if (from->settled > to->settled)
		to->settled = from->settled;
	to->many |= from->many;
	for (i = 0; i < from->n; i++)
		if (compiled_name(to, from->entry[i], err) < 0)
			return -1;
	return 0;
}

void
compiled_release(struct compiled *c)
{
	free(c->entry);
	*c = (struct compiled){ 0 };
}

/* ---- as text ---- */

void
compiled_write(struct buf *out, const struct compiled *c)
{
	size_t i;

	buf_addf(out, "settled %" PRId64 "\nbegins", c->settled);
	for (i = 0; i < c->n && !c->many; i++)
		buf_addf(out, " %" PRIu64, c->entry[i]);
	buf_adds(out, c->many ? " many\n" : "\n");
	buf_addc(out, '\0');
}

static int
unreadable(struct err *err)
{
	err_set(err, ERR_AUTH,
	    "the index does not say how the register was compiled");
	return err_hint(err, "'scrub refresh --force' builds it anew");
}

static int
names_read(struct compiled *out, const char *s, struct err *err)
{
	unsigned long long v;
	char *end;

	if (strcmp(s, " many\n") == 0) {
		out->many = true;
		return 0;
	}
	for (; *s == ' '; s = end) {
		errno = 0;
		v = strtoull(s + 1, &end, 10);
		if (errno || end == s + 1)
			return unreadable(err);
		if (compiled_name(out, v, err) < 0)
			return -1;
	}
	return strcmp(s, "\n") == 0 ? 0 : unreadable(err);
}

int
compiled_read(struct compiled *out, const struct index_about *about,
    struct err *err)
{
	static const char settled[] = "settled ", begins[] = "\nbegins";
	const struct index_list *l;
	const char *s;
	char *end;

	*out = (struct compiled){ 0 };
	l = index_list_find(about, overlay_list_name(OVERLAY_INTERNAL), true);
	if (!l)
		return 0;
	s = l->state;
	if (strncmp(s, settled, sizeof(settled) - 1) != 0)
		return unreadable(err);
	errno = 0;
	out->settled = strtoll(s + sizeof(settled) - 1, &end, 10);
	if (errno || strncmp(end, begins, sizeof(begins) - 1) != 0)
		return unreadable(err);
	if (names_read(out, end + sizeof(begins) - 1, err) < 0) {
		compiled_release(out);
		return -1;
	}
	return 1;
}
