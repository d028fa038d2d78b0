#include "flow/summary.h"

#include <inttypes.h>
#include <stdlib.h>

static int
mismatch(const char *what, uint64_t rows, uint64_t kept, uint64_t rejected,
    struct err *err)
{
	return err_set(err, ERR_INTERNAL,
	    "%s: %" PRIu64 " rows in, but %" PRIu64 " kept and %" PRIu64
	    " rejected; nothing was put in place",
	    what, rows, kept, rejected);
}

int
summary_reconcile(const struct summary *s, struct err *err)
{
	uint64_t reasons = 0;
	size_t i;

	for (i = 0; i < s->files; i++) {
		const struct summary_file *f = &s->file[i];

		if (f->rows != f->kept + f->rejected)
			return mismatch(f->input, f->rows, f->kept, f->rejected,
			    err);
	}
	if (s->rows != s->kept + s->rejected)
		return mismatch("in all", s->rows, s->kept, s->rejected, err);
	for (i = 0; i < VERDICT_REASONS; i++)
		reasons += s->headline[i];
	if (reasons != s->rejected)
		return err_set(err, ERR_INTERNAL,
		    "reasons add up to %" PRIu64 " rows, and %" PRIu64
		    " were rejected; nothing was put in "
		    "place",
		    reasons, s->rejected);
	return 0;
}

void
summary_release(struct summary *s)
{
	size_t i;

	for (i = 0; i < s->files; i++) {
		free(s->file[i].input);
		free(s->file[i].clean);
		free(s->file[i].rejects);
		free(s->file[i].columns);
	}
	free(s->file);
	*s = (struct summary){ 0 };
}
