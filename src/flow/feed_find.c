/*
 * feed_find.c - which files a list's feeds are at the moment.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "flow/feed.h"

struct finding {
	struct feed_files *out;
	struct zone *zone;
	int64_t now;
	bool all;
};

bool
feed_file_same(const struct feed_file *a, const struct feed_file *b)
{
	return a->size == b->size && a->mtime_ns == b->mtime_ns &&
	    a->ctime_ns == b->ctime_ns && strcmp(a->path, b->path) == 0;
}

void
feed_files_release(struct feed_files *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		free(f->file[i].path);
	for (i = 0; i < f->missings; i++)
		free(f->missing[i].path);
	free(f->file);
	free(f->missing);
	*f = (struct feed_files){ 0 };
}

/* ---- names ---- */

static bool
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* A name that says that the file is on its way. */
static bool
is_partial(const char *name)
{
	static const char *const ends[] = { ".part", ".partial", ".tmp",
		".temp", ".filepart", ".crdownload", ".download", ".swp", "~" };
	size_t i;

	if (name[0] == '.')
		return true;
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends_in(name, ends[i]))
			return true;
	return false;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* The day in a name: dnc-2026-03-01.txt, dnc_20260301.csv. */
static bool
name_date(int64_t *out, const char *name, struct zone *zone)
{
	struct clock_time t;
	size_t n;

	for (; *name; name += n ? n : 1) {
		n = digits(name);
		if ((n == 8 ||
			(n == 4 && name[4] == '-' && digits(name + 5) == 2 &&
			    name[7] == '-' && digits(name + 8) == 2)) &&
		    clock_parse(&t, span_of(name, n == 8 ? 8 : 10), NULL,
			zone)) {
			*out = t.from;
			return true;
		}
	}
	return false;
}

/* The last number in a name, its ending aside: changes-0042.csv. */
static uint64_t
name_number(const char *name)
{
	const char *dot = strrchr(name, '.');
	uint64_t number = 0;
	size_t n;

	for (; *name && name != dot; name += n ? n : 1) {
		n = digits(name);
		if (n > 0 && n < 19)
			number = strtoull(name, NULL, 10);
	}
	return number;
}

/* ---- files ---- */

static void
file_describe(struct finding *f, struct feed_file *file, char *path,
    const struct stat *st)
{
	const char *name = base_name(path);

	*file = (struct feed_file){
		.path = path,
		.size = st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 +
		    st->st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 +
		    st->st_ctim.tv_nsec,
		.date = st->st_mtim.tv_sec,
		.number = name_number(name),
	};
	file->dated_by_name = name_date(&file->date, name, f->zone);
}

/* Takes over `path`. */
static int
file_add(struct finding *f, char *path, const struct stat *st, struct err *err)
{
	struct feed_files *out = f->out;
	struct feed_file *file;

	file = reallocarray(out->file, out->n + 1, sizeof(*file));
	if (!file) {
		free(path);
		return err_nomem(err);
	}
	out->file = file;
	file_describe(f, &out->file[out->n++], path, st);
	return 0;
}

/* Which of two files of a folder is the newer? */
static bool
is_newer(const struct feed_file *a, const struct feed_file *b)
{
	if (a->date != b->date)
		return a->date > b->date;
	if (a->mtime_ns != b->mtime_ns)
		return a->mtime_ns > b->mtime_ns;
	return strcmp(a->path, b->path) > 0;
}

/* Of the files from `first` on only the newest stays. */
static void
newest_keep(struct feed_files *out, size_t first)
{
	size_t i, best = first;
	struct feed_file keep;

	if (out->n <= first)
		return;
	for (i = first + 1; i < out->n; i++)
		if (is_newer(&out->file[i], &out->file[best]))
			best = i;
	keep = out->file[best];
	for (i = first; i < out->n; i++)
		if (i != best)
			free(out->file[i].path);
	out->file[first] = keep;
	out->n = first + 1;
}

/*
 * Was it written to just now?  A time far ahead is none: such a file is for the
 * guards to judge, not to be passed over for an older one.
 */
static bool
is_settling(const struct finding *f, const struct stat *st)
{
	int64_t at = st->st_mtim.tv_sec;

	return at > f->now - FEED_SETTLE && at <= f->now + FEED_AHEAD;
}

static int
folder_entry(struct finding *f, const char *dir, const char *name,
    struct err *err)
{
	struct stat st;
	char *path;

	if (is_partial(name))
		return 0;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return err_nomem(err);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    is_settling(f, &st)) {
		free(path); /* gone, no file, or still growing */
		return 0;
	}
	return file_add(f, path, &st, err);
}

static int
folder_find(struct finding *f, const char *dir, struct err *err)
{
	size_t first = f->out->n;
	struct dirent *e;
	DIR *d = opendir(dir);
	int ret = 0;

	if (!d)
		return err_sys(err, "%s: cannot read", dir);
	errno = 0;
	while (ret == 0 && (e = readdir(d))) {
		ret = folder_entry(f, dir, e->d_name, err);
		errno = 0;
	}
	if (ret == 0 && errno)
		ret = err_sys(err, "%s: cannot read", dir);
	closedir(d);
	if (!f->all)
		newest_keep(f->out, first);
	return ret;
}

static int
missing_add(struct feed_files *out, const char *feed, bool irregular,
    struct err *err)
{
	struct feed_missing *p = reallocarray(out->missing, out->missings + 1,
	    sizeof(*p));

	if (!p)
		return err_nomem(err);
	out->missing = p;
	p += out->missings;
	*p = (struct feed_missing){ strdup(feed), irregular };
	if (!p->path)
		return err_nomem(err);
	out->missings++;
	return 0;
}

static int
one_find(struct finding *f, const char *feed, struct err *err)
{
	size_t first = f->out->n;
	bool irregular = false;
	struct stat st;
	char *path;

	if (stat(feed, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_sys(err, "%s", feed);
	} else if (S_ISDIR(st.st_mode)) {
		if (folder_find(f, feed, err) < 0)
			return -1;
	} else if (!S_ISREG(st.st_mode)) {
		irregular = true; /* opening a pipe would wait for ever */
	} else {
		if (!(path = strdup(feed)))
			return err_nomem(err);
		if (file_add(f, path, &st, err) < 0)
			return -1;
	}
	return f->out->n > first ? 0 :
				   missing_add(f->out, feed, irregular, err);
}

/* By number, then by name. */
static int
by_number(const void *a, const void *b)
{
	const struct feed_file *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->path, y->path);
}

int
feed_find(struct feed_files *out, const char *const *feed, size_t feeds,
    bool all, struct zone *zone, int64_t now, struct err *err)
{
	struct finding f = { out, zone, now, all };
	size_t i;

	*out = (struct feed_files){ 0 };
	for (i = 0; i < feeds; i++) {
		if (one_find(&f, feed[i], err) < 0) {
			feed_files_release(out);
			return -1;
		}
	}
	if (all && out->n > 1)
		qsort(out->file, out->n, sizeof(*out->file), by_number);
	return 0;
}
