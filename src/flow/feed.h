/*
 * feed.h - files from outside that make up a list: finding and reading them.
 *
 * A list has one feed or several (one for each area code, say).  A feed is a
 * file, or a drop folder, of which the newest complete file counts: names that
 * begin with a dot or end in .part, .tmp and the like, and files touched less
 * than FEED_SETTLE seconds ago, are still on their way.  Of change lists every
 * file of the folder counts, in the order of their numbers.
 *
 * What a line says of whom is handed to a sink; nothing is kept here, so that
 * memory does not grow with the feed.  What cannot be used is counted and
 * written to a quarantine file.  A feed that looks like an accident is a
 * result, not a failure: struct feed_result has the facts, rules/feed_guard.h
 * judges them.
 */
#ifndef SCRUB_FLOW_FEED_H
#define SCRUB_FLOW_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/outfile.h"
#include "base/span.h"
#include "flow/lists.h"
#include "flow/pipeline.h"
#include "rules/feed_guard.h"
#include "store/fact.h"
#include "text/number.h"

enum feed_layout {
	FEED_LINES,    /* one number a line */
	FEED_CSV,      /* columns by name or map.FIELD */
	FEED_REGISTRY, /* AAA,NNNNNNN */
	FEED_CHANGES,  /* CSV: action (add, delete), number, ... */
	FEED_DNCL_XML, /* <ac val='416'><ph val='1234567' />...</ac> */
	FEED_LAYOUTS
};

enum {
	FEED_SETTLE = 60, /* seconds a file of a folder has to be left alone */
	FEED_MAPS_MAX = 16,
	FEED_COVERAGE_MAX = 512,
};

/* "lines", "csv", "registry", "changes", "dncl-xml". */
const char *feed_layout_name(enum feed_layout l);
bool feed_layout_parse(enum feed_layout *out, struct span name);

/* A list as its section of scrub.conf describes it.  Texts are the owner's. */
struct feed_list {
	const char *name;
	enum list_kind kind;
	enum feed_layout layout;
	const char **feed; /* files and folders */
	size_t feeds;
	/* change lists: what they change, and the number it includes */
	const char *base; /* NULL: they begin with nothing */
	enum feed_layout base_layout;
	uint64_t base_sequence;
	struct number_rules rules;
	struct feed_limits limits;
	int64_t keep;      /* of calls, those of so many seconds; 0: all */
	const char *owner; /* NULL: not said */
	uint64_t coverage[FEED_COVERAGE_MAX]; /* E.164 digits as integers */
	size_t coverages;                     /* 0: everything */
	const char *encoding;                 /* NULL: detect */
	char delimiter;                       /* 0: detect */
	bool header_said, header;
	struct list_setting map[FEED_MAPS_MAX];
	size_t maps;
	struct list_setting date_format[FEED_MAPS_MAX];
	size_t date_formats;
	const char *action;   /* columns of a change list; NULL: by name */
	const char *sequence; /* NULL: the number in the file's name */
};

/* One file of a feed. */
struct feed_file {
	char *path;
	int64_t size;
	int64_t mtime_ns;
	int64_t ctime_ns; /* anybody can set the one above, nobody this */
	int64_t date; /* the day its name says, else when it was written; UTC */
	bool dated_by_name;
	uint64_t number; /* the last number in its name; 0: none */
};

/* A feed that has no complete file. */
struct feed_missing {
	char *path;
	bool irregular; /* there is something, but neither file nor folder */
};

struct feed_files {
	struct feed_file *file;
	size_t n;
	struct feed_missing *missing;
	size_t missings;
};

/*
 * Find the files of `feed[0..feeds)` as they are now; `all` of each folder, by
 * number, or its newest.  `now` is the present, whatever a refresh is planned
 * for.  Fails with ERR_IO, ERR_NOMEM; that one is missing is
 * no failure.
 */
int feed_find(struct feed_files *out, const char *const *feed, size_t feeds,
    bool all, struct zone *zone, int64_t now, struct err *err);
void feed_files_release(struct feed_files *f);

/* Is it the same file, untouched? */
bool feed_file_same(const struct feed_file *a, const struct feed_file *b);

/* What one line says of one subject. */
struct feed_fact {
	uint64_t key;       /* of a number or a prefix; 0: it is about: */
	struct span person; /* a customer id */
	struct fact fact;   /* without list and scope */
	uint32_t granted;   /* a consent: when it was given; 0: not said */
	struct span topic, campaign; /* it is limited to; "": it is not */
	bool remove; /* change lists: the number comes off the list */
};

/* Where they go: add(arg[i], ...) is called by thread i alone. */
struct feed_sink {
	int (*add)(void *arg, const struct feed_fact *f, struct err *err);
	void *arg[PIPELINE_THREADS_MAX];
};

struct feed_options {
	const struct feed_list *list;
	struct zone *zone;
	int64_t now;
	size_t threads;
	const struct feed_sink *sink;
	struct outfile *quarantine; /* open, or NULL */
	void (*progress)(void *arg, const char *file, uint64_t done,
	    int64_t size);
	void *progress_arg;
};

/* What was found in a file.  Zero it; several files may add up in one. */
struct feed_result {
	uint64_t lines, blank, unusable, bad_dates, wildcards;
	uint64_t facts; /* handed to the sink */
	uint64_t first_bad;
	char why[96];
	bool growing;
	char layout_bad[256]; /* "": it is as the layout says */
	char cut[256]; /* where: what is open; "": it ends where it should */
	/* change lists whose numbers a column says */
	uint64_t first, last, gap_after, replayed;
};

/*
 * Read one file, adding to *out.  Stops early where it is not of its layout.
 * Fails with ERR_IO, ERR_NOMEM, ERR_INTERRUPTED and what the sink fails with;
 * ERR_USAGE for a setting that names no column.
 */
int feed_read(const struct feed_options *o, const struct feed_file *file,
    enum feed_layout layout, struct feed_result *out, struct err *err);

/* The first line of a quarantine file. */
extern const char feed_quarantine_head[];

#endif
